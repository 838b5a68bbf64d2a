"""The client whose calls are awaited."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
import snapline
from conftest import Answer, Request, Server, numbered, stateful

uvloop = pytest.importorskip("uvloop") if os.name == "posix" else None
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]
if uvloop is not None:
    LOOPS.append(uvloop.new_event_loop)


def run(main: Coroutine[Any, Any, Any], new: Callable[[], asyncio.AbstractEventLoop]) -> Any:
    loop = new()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


def make(server: Server, **settings: Any) -> snapline.AsyncDigitalOcean:
    return snapline.AsyncDigitalOcean(
        "s3cret-t0ken", base_url=server.url, backoff_base=0.01, backoff_cap=0.02, **settings
    )


@pytest.fixture(params=LOOPS, ids=["asyncio", "uvloop"][: len(LOOPS)])
def new(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_many_calls_at_once(server: Server, share: dict[str, Any], new: Any) -> None:
    def answer(request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        return Answer(200, {"share": {**share, "id": name}})

    server.answer = answer

    async def main() -> None:
        async with make(server) as client:
            calls = [client.nfs.get(f"s{number}") for number in range(64)]
            shares = await asyncio.gather(*calls)
            assert [share.id for share in shares] == [f"s{number}" for number in range(64)]
            task = asyncio.create_task(client.nfs.get("task"))
            assert (await task).id == "task"
            assert (await asyncio.wait_for(client.nfs.get("bounded"), 10)).id == "bounded"

    run(main(), new)


def test_results_come_in_batches(server: Server) -> None:
    """Results that pile up while the loop is busy come by one wake-up."""
    server.always(200, {"shares": []})
    wakes = 0

    class Loop(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(self, *given: Any, **named: Any) -> Any:  # type: ignore[override]
            nonlocal wakes
            if threading.current_thread() is not threading.main_thread():
                wakes += 1
            return super().call_soon_threadsafe(*given, **named)

    async def main() -> None:
        async with make(server) as client:
            tasks = [asyncio.ensure_future(client.nfs.list()) for _ in range(50)]
            await asyncio.sleep(0)
            # The loop is busy until all answers are there.
            for _ in range(50):
                assert server.arrived.acquire(timeout=10)
            time.sleep(0.5)
            assert await asyncio.gather(*tasks) == [[]] * 50

    run(main(), Loop)
    assert 1 <= wakes <= 10


def test_b20_cancelling_drops_the_request(new: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen: list[Any] = []
        arrived = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                assert connection.recv(65536)
                arrived.set()
                # Nothing is answered; the end of the stream is the dropped request.
                rest = connection.recv(65536)
                seen.append((rest, time.monotonic()))

        thread = threading.Thread(target=serve)
        thread.start()
        cancelled = 0.0

        async def main() -> None:
            nonlocal cancelled
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            client = snapline.AsyncDigitalOcean("t", base_url=url)
            task = asyncio.ensure_future(client.nfs.list())
            while not arrived.is_set():
                await asyncio.sleep(0.01)
            cancelled = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(main(), new)
        thread.join(10)
        assert len(seen) == 1 and seen[0][0] == b""
        assert seen[0][1] - cancelled < 0.3


def test_a_timeout_of_asyncio_ends_a_wait(server: Server, share: dict[str, Any], new: Any) -> None:
    server.always(200, {"share": {**share, "status": "CREATING"}})

    async def main() -> None:
        async with make(server) as client:
            wait = client.nfs.wait_until_active("a", first_interval=0.01, max_interval=0.02)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(wait, 0.2)
            before = len(server.requests)
            await asyncio.sleep(0.2)
            # One may have been under way.
            assert len(server.requests) <= before + 1

    run(main(), new)


def test_loops_one_after_another_and_one_per_thread(server: Server, new: Any) -> None:
    server.always(200, {"shares": []})
    client = make(server)

    async def main() -> int:
        lists = await asyncio.gather(*(client.nfs.list() for _ in range(5)))
        return sum(1 for one in lists if one == [])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            assert run(main(), new) == 5
            gc.collect()
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.extend(run(main(), new) for _ in range(3)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == [5] * 18


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"] if uvloop else ["asyncio"])
def test_no_warning_at_the_end_of_a_loop(server: Server, loop: str) -> None:
    server.always(200, {"shares": []})
    code = f"""
import asyncio, snapline
async def main():
    client = snapline.AsyncDigitalOcean("t", base_url={server.url!r})
    await asyncio.gather(*(client.nfs.list() for _ in range(20)))
    # Never closed, and one call is still under way when the loop ends.
    asyncio.ensure_future(client.nfs.list())
    await asyncio.sleep(0)
if {loop!r} == "uvloop":
    import uvloop
    uvloop.run(main())
else:
    asyncio.run(main(), debug=True)
print("over")
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        timeout=30,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")


def test_b25_a_loop_closed_with_a_call_under_way(server: Server, new: Any) -> None:
    """The result finds no loop any more; nothing is said and nothing breaks."""
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)
    client = make(server)
    loop = new()

    async def main() -> Any:
        call = client.nfs.list()
        # By hand, so that no task is there that the loop would miss.
        call.send(None)
        return call

    call = loop.run_until_complete(main())
    loop.close()
    hold.set()
    time.sleep(0.2)
    call.close()
    server.always(200, {"shares": []})
    assert run(anything(client.nfs.list), new) == []


async def anything(call: Callable[[], Awaitable[Any]]) -> Any:
    return await call()


def test_a_call_is_sent_when_it_is_awaited(server: Server) -> None:
    server.always(200, {"shares": []})

    async def main() -> None:
        async with make(server) as client:
            with pytest.warns(RuntimeWarning, match="never awaited"):
                client.nfs.list()  # type: ignore[unused-coroutine]
                gc.collect()
            await asyncio.sleep(0.1)
            assert server.requests == []
            call = client.nfs.list()
            assert repr(call) == "<snapline.Call, not awaited>"
            assert asyncio.iscoroutine(call)
            assert await call == []
            with pytest.raises(RuntimeError, match="already"):
                await call
            # Wrong arguments are told at once, where they stand.
            with pytest.raises(TypeError, match="nfs_id"):
                client.nfs.get(7)  # type: ignore[arg-type, unused-coroutine]
        with pytest.raises(snapline.ClientClosedError):
            await client.nfs.list()

    asyncio.run(main())


def test_without_a_loop(server: Server) -> None:
    call = make(server).nfs.list()
    with pytest.raises(RuntimeError, match="no running event loop: .* asyncio.run"):
        call.send(None)


def test_a_call_runs_by_itself(server: Server) -> None:
    server.always(200, {"shares": []})
    assert asyncio.run(make(server).nfs.list()) == []


def test_trio_is_told_apart(server: Server) -> None:
    """Nothing hangs and nothing is sent; the error names what is needed."""
    trio = pytest.importorskip("trio")
    anyio = pytest.importorskip("anyio")

    async def main() -> None:
        async with make(server) as client:
            with pytest.raises(RuntimeError, match="need one of asyncio .* trio's will not do"):
                await client.nfs.list()
            with pytest.raises(RuntimeError, match="asyncio"):
                async for _ in client.snapshots.list():
                    pass

    trio.run(main)
    anyio.run(main, backend="trio")
    assert server.requests == []


@pytest.mark.parametrize("use_uvloop", [False, True] if uvloop else [False])
def test_anyio_on_asyncio(server: Server, share: dict[str, Any], use_uvloop: bool) -> None:
    anyio = pytest.importorskip("anyio")
    hold = threading.Event()
    server.answer = lambda request: Answer(
        200, {"share": share, "shares": []}, hold=hold if request.path == "/v2/nfs" else None
    )
    seen: list[str] = []

    async def main() -> None:
        async with make(server) as client:

            async def get(name: str) -> None:
                seen.append((await client.nfs.get(name)).name)

            async with anyio.create_task_group() as group:
                for number in range(5):
                    group.start_soon(get, f"s{number}")
            assert seen == ["media"] * 5
            # A scope that is cancelled drops the request with its connection.
            with anyio.move_on_after(0.3) as scope:
                await client.nfs.list()
            assert scope.cancelled_caught
            with pytest.raises(TimeoutError):
                with anyio.fail_after(0.3):
                    await client.nfs.list()
            # A client that waits is used from a thread of anyio's.
            with snapline.DigitalOcean("t", base_url=server.url) as waiting:
                assert (await anyio.to_thread.run_sync(waiting.nfs.get, "a")).name == "media"
        while server.open:
            await anyio.sleep(0.01)

    try:
        anyio.run(main, backend_options={"use_uvloop": use_uvloop})
    finally:
        hold.set()


def test_errors_and_raw_answers(server: Server, share: dict[str, Any]) -> None:
    async def main() -> None:
        async with make(server) as client:
            server.always(404, {"id": "not_found", "message": "gone"}, x_request_id="r1")
            with pytest.raises(snapline.NotFoundError, match="gone"):
                await client.nfs.get("a")
            server.always(200, {"share": share}, x_extra="yes")
            answer = await client.with_raw_response.nfs.get("a")
            assert (answer.status, answer.headers["x-extra"]) == (200, "yes")
            assert answer.parse() == await client.nfs.get("a")
            assert (await client.request("GET", "/v2/x")).json()["share"] == share
            server.always(503, {})
            with pytest.raises(snapline.ServerError) as caught:
                await client.with_options(max_attempts=2).nfs.list()
            assert len(caught.value.attempts) == 2

    asyncio.run(main())


def pages(server: Server, snapshot: dict[str, Any], count: int) -> None:
    def answer(request: Request) -> Answer:
        found = re.search(r"[?&]page=(\d+)", request.path)
        number = int(found[1]) if found else 1
        links = {}
        if number < count:
            links = {"pages": {"next": f"https://elsewhere.example/v2/x?page={number + 1}"}}
        items = [{**snapshot, "id": f"{number}-{index}"} for index in range(2)]
        body = {"snapshots": items, "links": links, "meta": {"total": 2 * count}}
        return Answer(200, body)

    server.answer = answer


def test_b16_pages(server: Server, snapshot: dict[str, Any], new: Any) -> None:
    pages(server, snapshot, 3)

    async def main() -> None:
        async with make(server) as client:
            every = [f"{page}-{index}" for page in (1, 2, 3) for index in (0, 1)]
            # Without and with an await for the first page.
            assert [item.id async for item in client.snapshots.list()] == every
            first = await client.snapshots.list()
            assert isinstance(first, snapline.AsyncPage)
            assert (first.number, first.next_page, first.total) == (1, 2, 6)
            assert [item.id for item in first.items] == every[:2]
            assert [item.id async for item in first] == every
            assert [page.number async for page in first.pages()] == [1, 2, 3]
            # Lazily: one that stops early asks for no more.
            server.requests.clear()
            async for item in client.snapshots.list():
                if item.id == "1-1":
                    break
            assert len(server.requests) == 1
            answer = await client.with_raw_response.snapshots.list()
            assert [item.id async for item in answer.parse()] == every
            call = client.snapshots.list()
            await call
            with pytest.raises(RuntimeError, match="already"):
                call.__aiter__()

    run(main(), new)


def test_b16_a_walk_passes_over_nothing_while_it_deletes(
    server: Server, snapshot: dict[str, Any], new: Any
) -> None:
    async def main() -> None:
        async with make(server) as client:
            left = stateful(server, snapshot, 60)
            got = []
            async for item in client.snapshots.list(per_page=20):
                got.append(item.id)
                await client.snapshots.delete(item.id)
            assert (sorted(got), left) == (numbered(60), [])
            left = stateful(server, snapshot, 60)
            got = []
            async for page in (await client.snapshots.list(per_page=20)).pages():
                for item in page.items:
                    got.append(item.id)
                    await client.snapshots.delete(item.id)
            assert (sorted(got), left) == (numbered(60), [])

    run(main(), new)


def test_b16_a_cancelled_step_loses_no_page(server: Server, snapshot: dict[str, Any]) -> None:
    pages(server, snapshot, 2)
    plain = server.answer

    async def main() -> None:
        async with make(server) as client:
            items = client.snapshots.list().__aiter__()
            got = [(await items.__anext__()).id for _ in range(2)]
            hold = threading.Event()
            server.answer = lambda request: plain(request)._replace(hold=hold)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(items.__anext__(), 0.1)
            step = asyncio.ensure_future(items.__anext__())
            await asyncio.sleep(0.05)
            with pytest.raises(RuntimeError, match="another task"):
                await items.__anext__()
            hold.set()
            got.append((await step).id)
            got.extend([item.id async for item in items])
            assert got == ["1-0", "1-1", "2-0", "2-1"]

    asyncio.run(main())


def test_b17_waits_show_each_look_on_the_loop(
    server: Server, share: dict[str, Any], new: Any
) -> None:
    states = iter(["CREATING", "CREATING", "ACTIVE"])
    server.answer = lambda request: Answer(200, {"share": {**share, "status": next(states)}})
    quick: Any = {"first_interval": 0.01, "max_interval": 0.02}
    seen: list[tuple[str | None, int]] = []

    def watch(poll: snapline.Poll) -> None:
        assert threading.current_thread() is threading.main_thread()
        asyncio.get_running_loop()
        seen.append((poll.status, poll.polls))

    async def main() -> None:
        nonlocal states
        async with make(server) as client:
            ready = await client.nfs.wait_until_active("a", on_poll=watch, **quick)
            assert ready.status == "ACTIVE"
            assert seen == [("CREATING", 1), ("CREATING", 2), ("ACTIVE", 3)]
            states = iter(["CREATING"] * 1000)
            with pytest.raises(snapline.CancelledError) as caught:
                await client.nfs.wait_until_active("a", on_poll=lambda poll: False, **quick)
            assert caught.value.last_object.status == "CREATING"
            with pytest.raises(ZeroDivisionError):
                await client.nfs.wait_until_active("a", on_poll=lambda poll: 1 / 0, **quick)

            async def wrong(poll: snapline.Poll) -> None:
                pass

            with pytest.raises(TypeError, match="on_poll"):
                await client.nfs.wait_until_active("a", on_poll=wrong, **quick)
            before = len(server.requests)
            await asyncio.sleep(0.2)
            assert len(server.requests) <= before + 1, "a wait that ended still looks"

    run(main(), new)


def test_b23_a_panic_is_an_error(new: Any) -> None:
    from snapline import _native

    async def main() -> None:
        with pytest.raises(snapline.InternalError, match="fault of snapline"):
            await asyncio.wait_for(_native._panic_async(), 10)  # type: ignore[attr-defined]

    run(main(), new)


def test_b25_the_end_with_calls_under_way(server: Server) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)
    code = f"""
import asyncio, threading, time, snapline
client = snapline.AsyncDigitalOcean("t", base_url={server.url!r})
async def main():
    await asyncio.gather(*(client.nfs.list() for _ in range(10)))
threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
time.sleep(0.5)
print("over")
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True)
    hold.set()
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")


def test_nothing_is_kept_of_calls_that_ended(server: Server, share: dict[str, Any]) -> None:
    import weakref

    server.always(200, {"share": share})

    async def main() -> list[Any]:
        async with make(server) as client:
            calls = [client.nfs.get("a") for _ in range(20)]
            kept = [weakref.ref(call) for call in calls]
            await asyncio.gather(*calls)
            task = asyncio.ensure_future(client.nfs.list())
            await asyncio.sleep(0)
            task.cancel()
            return kept

    kept = asyncio.run(main())
    gc.collect()
    assert [ref() for ref in kept] == [None] * 20
