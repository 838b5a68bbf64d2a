"""Runs files of Python, each as if it were called alone, and prints for each what went wrong, or null.

Usage: run.py LIST, where LIST is a JSON array of {"file": …, "environment": {…}}."""

import contextlib
import io
import json
import os
import runpy
import sys
import traceback
from pathlib import Path


def run(file: str, environment: dict[str, str]) -> str | None:
    os.environ.update(environment)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(file, run_name="__main__")
    except BaseException:
        return traceback.format_exc(limit=-3).strip()
    finally:
        for name in environment:
            del os.environ[name]
    return None


jobs = json.loads(Path(sys.argv[1]).read_text())
print(json.dumps([run(job["file"], job["environment"]) for job in jobs]))
