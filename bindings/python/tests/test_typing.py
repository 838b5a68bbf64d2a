"""The stubs as type checkers read them: they take what is right and refuse what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "typing"
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"


def mypy(file: Path, cache: Path) -> set[int]:
    command = ["-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    done = subprocess.run(
        [sys.executable, *command, f"--cache-dir={cache}", str(file)],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    print(done.stdout)
    return {int(line) for line in re.findall(r":(\d+): error:", done.stdout)}


def pyright(file: Path, cache: Path) -> set[int]:
    command = ["-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(
        [sys.executable, *command, str(file)],
        cwd=cache,
        capture_output=True,
        text=True,
        timeout=200,
    )
    try:
        told = json.loads(done.stdout)
    except ValueError:
        pytest.fail(f"pyright did not run: {done.stdout}{done.stderr}")
    print(done.stdout)
    assert told["summary"]["filesAnalyzed"] == 1
    found = told["generalDiagnostics"]
    return {item["range"]["start"]["line"] + 1 for item in found if item["severity"] == "error"}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_what_is_right_is_taken(checker: object, tmp_path: Path) -> None:
    assert callable(checker)
    assert checker(RIGHT, tmp_path) == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_what_is_wrong_is_refused(checker: object, tmp_path: Path) -> None:
    assert callable(checker)
    lines = WRONG.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "# error" in line}
    assert len(marked) > 10
    # An expression that comes to nothing is told on the same lines.
    assert checker(WRONG, tmp_path) == marked
