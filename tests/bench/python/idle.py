"""Tells by how many MiB a process with a client exceeds one without."""

import resource
import subprocess
import sys

TELL = "\nprint(open('/proc/self/statm').read().split()[1])"
CLIENT = "import snapline\nclient = snapline.DigitalOcean('dop_v1_bench', base_url='http://127.0.0.1:9')"


def resident(code: str) -> int:
    command = [sys.executable, "-I", "-c", code + TELL]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


runs = [(resident("pass"), resident(CLIENT)) for _ in range(5)]
pages = min(run[1] for run in runs) - min(run[0] for run in runs)
print(pages * resource.getpagesize() / 2**20)
