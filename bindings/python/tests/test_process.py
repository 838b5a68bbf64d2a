"""Living inside the caller's process: threads, signals, forks, the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import snapline
from conftest import Answer, Server, in_time, interrupted

Do = snapline.DigitalOcean
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and fork")


def test_b21_other_threads_run_while_one_waits(server: Server, client: Do) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(client.nfs.list()))
    thread.start()
    # With the GIL held, neither the server's thread nor this one would come this far.
    assert server.arrived.acquire(timeout=10)
    assert got == []
    hold.set()
    thread.join(10)
    assert got == [[]]


def test_b21_many_threads_share_a_client(server: Server, client: Do) -> None:
    count = 32
    together = threading.Barrier(count, timeout=20)

    def answer(request: Any) -> Answer:
        # All must be under way at once.
        together.wait()
        name = request.path.rpartition("/")[2]
        return Answer(200, {"share": {"id": name, "name": name}})

    server.answer = answer
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda number=number: got.append(client.nfs.get(f"s{number}").name))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == sorted(f"s{number}" for number in range(count))


@POSIX
def test_b20_a_signal_handler_that_raises_ends_the_call(server: Server, client: Do) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {}, hold=hold)

    class Enough(Exception):
        pass

    def ring(*_: object) -> None:
        raise Enough

    before = signal.signal(signal.SIGALRM, ring)
    try:
        for call in (
            lambda: client.nfs.list(),
            lambda: client.request("GET", "/v2/x"),
            lambda: client.nfs.wait_until_active("a"),
        ):

            def took() -> float:
                started = time.monotonic()
                signal.setitimer(signal.ITIMER_REAL, 0.2)
                with pytest.raises(Enough):
                    call()
                return time.monotonic() - started

            assert in_time(took, 0.2 + 0.1 + 0.2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        hold.set()


CHILD = """
import sys, time, snapline
client = snapline.DigitalOcean("t", base_url=sys.argv[1])
try:
    if sys.argv[2] == "wait":
        client.nfs.wait_until_active("a", first_interval=30, max_interval=30)
    else:
        client.nfs.list()
except KeyboardInterrupt:
    print(repr(time.time()))
    sys.exit(7)
"""


@POSIX
@pytest.mark.parametrize("kind", ["call", "wait"])
def test_b20_ctrl_c_in_a_real_process(kind: str, server: Server, share: dict[str, Any]) -> None:
    hold = threading.Event()
    share["status"] = "CREATING"
    # A call hangs in its request; a wait has its answer and pauses.
    server.answer = lambda request: Answer(200, {"share": share}, hold=None if kind == "wait" else hold)
    try:
        # 100 ms are promised; the rest is for a busy machine.
        assert in_time(lambda: interrupted(server, CHILD, kind), 0.3)
    finally:
        hold.set()


@POSIX
def test_b22_a_fork_fails_at_once_and_can_start_anew(server: Server, client: Do) -> None:
    server.always(200, {"shares": []})
    assert client.nfs.list() == []
    code = f"""
import os, sys, snapline
client = snapline.DigitalOcean("t", base_url={server.url!r})
nfs = client.nfs
assert nfs.list() == []
child = os.fork()
if child == 0:
    for call in (nfs.list, lambda: client.nfs.list(), lambda: client.request("GET", "/v2/nfs")):
        try:
            call()
        except snapline.ClientClosedError as error:
            assert "fork" in str(error), error
        else:
            os._exit(3)
    with snapline.DigitalOcean("t", base_url={server.url!r}) as fresh:
        assert fresh.nfs.list() == []
    del client, nfs, call
    os._exit(0)
_, status = os.waitpid(child, 0)
assert nfs.list() == []
sys.exit(os.waitstatus_to_exitcode(status))
"""
    # Python itself warns of a fork beside threads since 3.12.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    done = subprocess.run(command, timeout=30, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


LEFT_IN_A_CHILD = """
import asyncio, os, sys, snapline
client = snapline.DigitalOcean("t", base_url=sys.argv[1])
awaited = snapline.AsyncDigitalOcean("t", base_url=sys.argv[1])
assert client.nfs.list() == []

async def other():
    async with awaited:
        sys.exit(7)

def child():
    if sys.argv[2] == "async":
        asyncio.run(other())
    with client:
        if sys.argv[2] == "raise":
            raise SystemExit(7)
        if sys.argv[2] == "call":
            try:
                client.nfs.list()
            except snapline.ClientClosedError as error:
                # As in every language.
                assert error.kind == "closed", error.kind
                assert "fork" in str(error), error
        client.close()
        client.with_raw_response.close()
        sys.exit(7)

with client:
    pid = os.fork()
    if pid == 0:
        child()
    _, status = os.waitpid(pid, 0)
    # The parent's connection was left alone.
    assert client.nfs.list() == []
sys.exit(os.waitstatus_to_exitcode(status))
"""


@POSIX
@pytest.mark.parametrize("how", ["exit", "raise", "call", "async"])
def test_b22_the_end_of_a_with_raises_nothing_in_a_child(how: str, server: Server) -> None:
    server.always(200, {"shares": []})
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", LEFT_IN_A_CHILD]
    done = subprocess.run([*command, server.url, how], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (7, "")
    assert server.connections == 1


UNDER_WAY = """
import asyncio, gc, os, sys, snapline

async def main():
    async with snapline.AsyncDigitalOcean("t", base_url=sys.argv[1]) as client:
        given_up, dropped = client.nfs.list(), client.nfs.list()
        task = asyncio.ensure_future(client.nfs.list())
        await asyncio.sleep(0)
        for call in (given_up, dropped):
            call.send(None)
        pid = os.fork()
        if pid == 0:
            given_up.close()
            del dropped, call
            gc.collect()
            os._exit(7)
        _, status = os.waitpid(pid, 0)
        # Nothing of it reached the parent.
        assert await asyncio.wait_for(task, 20) == []
        return os.waitstatus_to_exitcode(status)

sys.exit(asyncio.run(main()))
"""


@POSIX
def test_b22_a_call_under_way_stays_with_the_parent(server: Server) -> None:
    def answer(request: Any) -> Answer:
        time.sleep(0.5)
        return Answer(200, {"shares": []})

    server.answer = answer
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", UNDER_WAY, server.url]
    done = subprocess.run(command, timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (7, "")


# What the module of interpreters is called depends on the version, and so does how it tells an error.
INTERPRETERS = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
url, use = sys.argv[1:]
use = f"url = {url!r}\\n{use}"
def run(code):
    here = interpreters.create()
    try:
        told = interpreters.run_string(here, code)
        if told is not None:
            print(told.formatted)
    except Exception as error:
        print(error)
    return here
"""

USE = """
import asyncio, snapline
with snapline.DigitalOcean("t", base_url=url) as client:
    assert client.nfs.list() == []
async def main():
    async with snapline.AsyncDigitalOcean("t", base_url=url) as client:
        assert await client.nfs.list() == []
asyncio.run(main())
print("worked", flush=True)
"""

# What is printed before 3.12, and from then on, where Python itself refuses the module in an
# interpreter with a GIL of its own.
SUBINTERPRETERS = {
    "left": ('run("import snapline")', "^$", "does not support"),
    "destroyed": ('interpreters.destroy(run("import snapline"))', "^$", "does not support"),
    "used": ("run(use)", "worked", "does not support"),
    "main first": ('import snapline; run("import snapline"); exec(use)', "alone.*worked", "support.*worked"),
    "main last": ('run("import snapline"); import snapline', "alone", "does not support"),
}


@pytest.mark.parametrize("case", SUBINTERPRETERS)
def test_b25_a_process_with_a_subinterpreter_ends(case: str, server: Server) -> None:
    pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    server.always(200, {"shares": []})
    code, shown, refused = SUBINTERPRETERS[case]
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETERS + code, server.url, USE],
        timeout=60,
        capture_output=True,
        text=True,
    )
    wanted = refused if sys.version_info >= (3, 12) else shown
    assert re.search(wanted, done.stdout + done.stderr, re.DOTALL), (done.stdout, done.stderr)
    assert done.returncode == (1 if "Traceback" in done.stderr else 0)


def test_b25_the_end_with_a_call_under_way(server: Server) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)
    code = f"""
import threading, time, snapline
client = snapline.DigitalOcean("t", base_url={server.url!r})
threading.Thread(target=client.nfs.list, daemon=True).start()
time.sleep(0.5)
print("over")
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True)
    hold.set()
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")


BUSY = """
import asyncio, sys, threading, time, snapline

# The GIL goes round at every chance, so that the end meets threads in the middle of our code.
sys.setswitchinterval(1e-6)
url = sys.argv[1]
client = snapline.DigitalOcean("t", base_url=url)
share = snapline.digitalocean.NfsShare.from_dict(
    {"id": "a", "name": "n", "size_gib": 50, "region": "r", "status": "ODD", "created_at": "x"}
)

def read():
    while True:
        share.status, share.to_dict(), repr(share)

def call():
    while True:
        client.nfs.list()

def wait():
    async def main():
        async with snapline.AsyncDigitalOcean("t", base_url=url) as client:
            while True:
                await asyncio.gather(*(client.nfs.list() for _ in range(5)))
    asyncio.run(main())

for work in (read, call, wait):
    if sys.argv[2] in (work.__name__, "all"):
        for _ in range(2):
            threading.Thread(target=work, daemon=True).start()
time.sleep(0.15)
"""


@pytest.mark.parametrize("kind", ["read", "call", "wait", "all"])
def test_b25_the_end_with_busy_threads(kind: str, server: Server) -> None:
    server.always(200, {"shares": []})
    command = [sys.executable, "-c", BUSY, server.url, kind]
    for _ in range(3):
        done = subprocess.run(command, timeout=20, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_b25_a_call_in_a_function_at_exit(server: Server) -> None:
    """One that waits still works; one to await says so, since nothing could wake its loop."""
    server.always(200, {"shares": []})
    code = f"""
import asyncio, atexit
@atexit.register
def last():
    import snapline
    with snapline.DigitalOcean("t", base_url={server.url!r}) as client:
        print(client.nfs.list())
    try:
        asyncio.run(main(snapline.AsyncDigitalOcean("t", base_url={server.url!r})))
    except RuntimeError as error:
        print(error)
async def main(client):
    await client.nfs.list()
import snapline
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\nthe interpreter is shutting down\n", "")


def test_many_calls_leak_nothing(server: Server, client: Do, share: dict[str, Any]) -> None:
    resource = pytest.importorskip("resource")
    server.always(200, {"shares": [share] * 20})

    def grown(calls: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(calls):
            for item in client.nfs.list():
                assert item.vpc_ids == ["vpc-1"]
            server.requests.clear()
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

    grown(300)
    # 600 calls hold 12,000 objects; kept, they would take over 10 MiB.
    assert grown(600) < 4096


def test_objects_hold_one_reference(share: dict[str, Any]) -> None:
    made = snapline.digitalocean.NfsShare.from_dict(share)
    assert sys.getrefcount(made) <= 2
    status = made.status
    before = sys.getrefcount(status)
    for _ in range(100):
        _ = (made.status, made.vpc_ids, made.created_at, repr(made), made.to_dict())
    assert sys.getrefcount(status) - before <= 1
    assert sys.getrefcount(made) <= 2
