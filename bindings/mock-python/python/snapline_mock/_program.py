"""Where the program lies that the wheel has."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

__all__ = ["find_program"]


def find_program() -> str:
    """The path of `snapline-mock`: what `SNAPLINE_MOCK_PROGRAM` names, else the one of this wheel, else one of `PATH`.

    Raises:
        FileNotFoundError: If there is none.
    """
    told = os.environ.get("SNAPLINE_MOCK_PROGRAM")
    if told:
        return told
    name = "snapline-mock" + (sysconfig.get_config_var("EXE") or "")
    for folder in _folders():
        program = folder / name
        if program.is_file():
            return str(program)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"there is no {name}: install the wheel, or set SNAPLINE_MOCK_PROGRAM to its path")
    return found


def _folders() -> list[Path]:
    """The folders of programs in which installers put it."""
    schemes = [None, "nt_user" if os.name == "nt" else "posix_user"]
    paths = [sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts") for scheme in schemes]
    # `pip install --target` has it beside the package.
    beside = Path(__file__).resolve().parent.parent / "bin"
    return [*map(Path, paths), Path(sys.executable).parent, beside]
