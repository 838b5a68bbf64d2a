"""What the surroundings give and do not give; more is in the fault scenarios."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import Server

# Leaves no file descriptor but those that are given back, tries, gives them back and tries again.
SCARCE = """
import asyncio, os, resource, sys, snapline

url, face = sys.argv[1:]
Client = {"sync": snapline.DigitalOcean, "async": snapline.AsyncDigitalOcean}[face]

def listed(client):
    if face == "sync":
        return client.nfs.list()
    return loop.run_until_complete(listing(client))

async def listing(client):
    return list(await client.nfs.list())

loop = asyncio.new_event_loop()
before = Client("dop_v1_test", base_url=url, max_attempts=1)
resource.setrlimit(resource.RLIMIT_NOFILE, (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
for attempt in (lambda: Client("dop_v1_test", base_url=url), lambda: listed(before)):
    try:
        attempt()
    except snapline.ConnectionError as error:
        assert "Too many open files" in str(error) and "ulimit -n" in str(error), error
    else:
        raise SystemExit("it went well")
for descriptor in taken:
    os.close(descriptor)
assert list(listed(before)) == []
assert list(listed(Client("dop_v1_test", base_url=url))) == []
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize("face", ["sync", "async"])
def test_b5_without_file_descriptors_it_is_said_and_works_later(face: str, server: Server) -> None:
    server.always(200, {"shares": []})
    command = [sys.executable, "-c", SCARCE, server.url, face]
    done = subprocess.run(command, timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
