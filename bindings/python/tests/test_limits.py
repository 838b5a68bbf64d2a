"""Many processes, many calls, signals in every place: what a long life brings."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import Answer, Server, in_time, interrupted

Do = snapline.DigitalOcean
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and fork")

PLACES = {
    "call": "client.nfs.list()",
    "raw": "client.with_raw_response.nfs.get('a')",
    "request": "client.request('GET', '/v2/x')",
    "post": "client.nfs.snapshot('a', name='n')",
    "page": "client.snapshots.list()",
    "wait": "client.nfs.wait_until_active('a')",
    "gone": "client.nfs.wait_until_deleted('a')",
    "watched": "client.nfs.wait_until_active('a', on_poll=print)",
    "async": "asyncio.run(awaited())",
}

INTERRUPTED = """
import asyncio, sys, time, snapline
client = snapline.DigitalOcean("t", base_url=sys.argv[1])
async def awaited():
    async with snapline.AsyncDigitalOcean("t", base_url=sys.argv[1]) as other:
        await other.nfs.list()
try:
    {place}
except KeyboardInterrupt:
    print(repr(time.time()))
    # The client still works.
    client.close()
    sys.exit(7)
"""


@POSIX
@pytest.mark.parametrize("place", PLACES)
def test_b20_ctrl_c_in_every_blocking_place(place: str, server: Server) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {}, hold=hold)
    try:
        # 100 ms are promised; the rest is for a busy machine.
        code = INTERRUPTED.format(place=PLACES[place])
        assert in_time(lambda: interrupted(server, code), 0.3)
    finally:
        hold.set()


@POSIX
def test_b20_ctrl_c_between_pages(server: Server, snapshot: dict[str, Any]) -> None:
    hold = threading.Event()

    def answer(request: Any) -> Answer:
        if "?page=2" in request.path:
            return Answer(200, {"snapshots": []}, hold=hold)
        links = {"pages": {"next": "https://x.example/?page=2"}}
        return Answer(200, {"snapshots": [snapshot], "links": links})

    server.answer = answer
    code = INTERRUPTED.format(place="list(client.snapshots.list())")
    try:
        assert in_time(lambda: interrupted(server, code, requests=2), 0.3)
    finally:
        hold.set()


FORKED = """
import multiprocessing, sys, threading, snapline

made_before = snapline.DigitalOcean("t", base_url=sys.argv[2])
awaited_before = snapline.AsyncDigitalOcean("t", base_url=sys.argv[2])

def old(kind, queue):
    try:
        if kind == "async":
            import asyncio
            async def main():
                return await awaited_before.nfs.list()
            asyncio.run(main())
        else:
            made_before.nfs.list()
        queue.put("worked")
    except snapline.ClientClosedError as error:
        queue.put("refused" if "fork" in str(error) else str(error))

def new(queue):
    with snapline.DigitalOcean("t", base_url=sys.argv[2]) as client:
        queue.put(client.nfs.list())

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    assert made_before.nfs.list() == []
    # Others are in the middle of calls when the process forks.
    stop = threading.Event()
    def busy():
        while not stop.is_set():
            made_before.nfs.list()
    threads = [threading.Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for target, given, wanted in (
        (old, ("sync",), sys.argv[3]), (old, ("async",), sys.argv[3]), (new, (), []),
    ):
        for _ in range(3):
            queue = context.SimpleQueue()
            process = context.Process(target=target, args=(*given, queue))
            process.start()
            got = queue.get()
            process.join(20)
            assert (got, process.exitcode) == (wanted, 0), (got, process.exitcode)
    stop.set()
    for thread in threads:
        thread.join()
    assert made_before.nfs.list() == []
"""


@POSIX
@pytest.mark.parametrize(("method", "wanted"), [("fork", "refused"), ("spawn", "worked")])
def test_b22_multiprocessing(method: str, wanted: str, server: Server, tmp_path: Path) -> None:
    server.always(200, {"shares": []})
    script = tmp_path / "forked.py"
    script.write_text(FORKED)
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(script)]
    done = subprocess.run(
        [*command, method, server.url, wanted], timeout=60, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


PREFORK = """
import os, sys, snapline
# As a server does it: the module with the client is loaded once, then workers are forked, and each
# makes a client of its own on its first request.
before = snapline.DigitalOcean("t", base_url=sys.argv[1])
assert before.nfs.list() == []
workers = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        own = None
        for _ in range(5):
            try:
                (own or before).nfs.list()
            except snapline.ClientClosedError:
                own = snapline.DigitalOcean("t", base_url=sys.argv[1])
                assert own.nfs.list() == []
        del before
        sys.exit(0)
    workers.append(child)
statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in workers]
assert statuses == [0] * 4, statuses
assert before.nfs.list() == []
"""


@POSIX
def test_b22_prefork(server: Server) -> None:
    server.always(200, {"shares": []})
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PREFORK, server.url]
    done = subprocess.run(command, timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_b25_the_end_with_many_calls_under_way(server: Server) -> None:
    """Threads that come back from a call, or look for signals, while the interpreter ends."""

    def answer(request: Any) -> Answer:
        time.sleep(0.002)
        return Answer(200, {"shares": []})

    server.answer = answer
    code = f"""
import asyncio, threading, time, snapline
client = snapline.DigitalOcean("t", base_url={server.url!r})
other = snapline.AsyncDigitalOcean("t", base_url={server.url!r})
def busy():
    while True:
        client.nfs.list()
async def main():
    while True:
        await asyncio.gather(*(other.nfs.list() for _ in range(5)))
for _ in range(4):
    threading.Thread(target=busy, daemon=True).start()
threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
time.sleep(0.3)
"""
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", code], timeout=20, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class MallInfo2(ctypes.Structure):
    """What `mallinfo2` of glibc tells, as malloc.h has it."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


def in_use() -> tuple[int, int]:
    """Bytes of the heap, and blocks of Python's own allocator."""
    gc.collect()
    told = ctypes.CDLL(None).mallinfo2
    told.restype = MallInfo2
    heap = told()
    return heap.uordblks + heap.hblkhd, sys.getallocatedblocks()


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"),
    reason="glibc tells what is in use",
)
def test_calls_keep_no_memory() -> None:
    url = os.environ.get("SNAPLINE_MOCK_URL")
    if not url:
        pytest.skip("SNAPLINE_MOCK_URL must be the URL of snapline-mock")

    def waited_for(count: int) -> None:
        with snapline.DigitalOcean("dop_v1_test", base_url=url) as client:
            for _ in range(count):
                client.nfs.list()

    async def awaited(count: int) -> None:
        async with snapline.AsyncDigitalOcean("dop_v1_test", base_url=url) as client:
            for _ in range(count // 50):
                await asyncio.gather(*(client.nfs.list() for _ in range(50)))

    def calls(count: int) -> None:
        waited_for(count)
        asyncio.run(awaited(count))

    calls(2_000)
    before = resident()
    heap, blocks = in_use()
    calls(2_500)
    more_heap, more_blocks = in_use()
    # Of 5,000 calls not one in five keeps an object of Python, and none 40 bytes.
    assert more_blocks - blocks < 1_000
    assert more_heap - heap < 200_000
    # What is mapped beside them, such as the stacks of threads, is seen in pages alone, and these grow for other reasons too.
    assert resident() - before < 4_000_000


@pytest.mark.parametrize("face", ["sync", "async"])
def test_no_reference_is_kept_or_lost(face: str, server: Server, share: dict[str, Any]) -> None:
    server.always(200, {"share": share})
    name, watched = "".join(["sha", "re"]), lambda poll: None
    given: list[Any] = [name, watched, None, True, server]

    def calls() -> None:
        with snapline.DigitalOcean("t", base_url=server.url) as client:
            for _ in range(50):
                client.nfs.get(name)
                client.with_raw_response.nfs.get(name).parse()
                client.nfs.wait_until_active(name, on_poll=watched)
                with pytest.raises(TypeError):
                    client.nfs.get(given)  # type: ignore[arg-type]

    async def awaited() -> None:
        async with snapline.AsyncDigitalOcean("t", base_url=server.url) as client:
            for _ in range(50):
                await client.nfs.get(name)
                (await client.with_raw_response.nfs.get(name)).parse()
                await client.nfs.wait_until_active(name, on_poll=watched)

    def once() -> None:
        if face == "sync":
            calls()
        else:
            asyncio.run(awaited())
        server.requests.clear()
        gc.collect()

    once()
    counts = [sys.getrefcount(thing) for thing in (name, watched)]
    objects = len(gc.get_objects())
    once()
    assert [sys.getrefcount(thing) for thing in (name, watched)] == counts
    # Of 400 calls not one object for each; threads of the server come and go.
    assert len(gc.get_objects()) - objects < 100
