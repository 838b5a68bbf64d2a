"""`python -m snapline_mock`: the program of this wheel, with the arguments that are given."""

from __future__ import annotations

import subprocess
import sys

from ._program import find_program

if __name__ == "__main__":
    try:
        sys.exit(subprocess.call([find_program(), *sys.argv[1:]]))
    except KeyboardInterrupt:
        # The program had it as well, and has ended.
        sys.exit(130)
