"""What is left of a call that was ended, and of a client that was closed: nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import Answer, Server, soon

POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
DESCRIPTORS = Path("/proc/self/fd")
LINUX = pytest.mark.skipif(not DESCRIPTORS.exists(), reason="Linux tells it")


class Enough(Exception):
    pass


@pytest.fixture
def hanging(server: Server) -> Iterator[Server]:
    """Takes requests and answers none."""
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {}, hold=hold)
    yield server
    hold.set()


@pytest.fixture
def alarm() -> Iterator[None]:
    """A signal in a while, whose handler raises; what Ctrl-C does."""

    def ring(*_: object) -> None:
        raise Enough

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def gone(server: Server) -> bool:
    """Whether the call's connection ends without another call, a close or a collection."""
    assert server.connections == 1
    return server.is_left()


@POSIX
@pytest.mark.parametrize("place", ["call", "post", "wait", "page"])
def test_b20_a_signal_drops_the_connection(place: str, hanging: Server, alarm: None) -> None:
    client = snapline.DigitalOcean("t", base_url=hanging.url)
    calls: dict[str, Callable[[], Any]] = {
        "call": lambda: client.nfs.list(),
        "post": lambda: client.nfs.snapshot("a", name="n"),
        "wait": lambda: client.nfs.wait_until_active("a"),
        "page": lambda: list(client.snapshots.list()),
    }
    with pytest.raises(Enough):
        calls[place]()
    assert gone(hanging)


@pytest.mark.parametrize("bound", ["timeout", "attempt_timeout"])
def test_b6_a_time_out_drops_the_connection(bound: str, hanging: Server) -> None:
    bounds: dict[str, Any] = {bound: 0.4, "max_attempts": 1}
    client = snapline.DigitalOcean("t", base_url=hanging.url, **bounds)
    with pytest.raises(snapline.TimeoutError):
        client.nfs.list()
    assert gone(hanging)


def test_b17_a_wait_out_of_time_drops_the_connection(hanging: Server) -> None:
    client = snapline.DigitalOcean("t", base_url=hanging.url)
    with pytest.raises(snapline.WaitTimeoutError):
        client.nfs.wait_until_active("a", timeout=0.4)
    assert gone(hanging)


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir()))


def threads_of_ours() -> list[str]:
    """What the threads of this process are called, Rust's included."""
    names = []
    for task in Path("/proc/self/task").iterdir():
        try:
            names.append((task / "comm").read_text().strip())
        except OSError:
            # It ended just now.
            pass
    return [name for name in names if name.startswith("snapline")]


@LINUX
def test_b25_closed_clients_hold_no_connection_and_no_descriptor(server: Server) -> None:
    server.always(200, {"shares": []})
    before = descriptors()
    kept: list[Any] = []
    for number in range(50):
        client = snapline.DigitalOcean("t", base_url=server.url)
        if number % 2:
            with client:
                assert client.nfs.list() == []
        else:
            view = client.with_options(timeout=30)
            assert view.nfs.list() == []
            view.close()
        kept.append((client, client.nfs, client.with_raw_response))
    assert server.connections == 50
    # Nothing is collected: all of them are kept. The server's side of each is in this process too.
    assert server.is_left()
    assert soon(lambda: descriptors() <= before), descriptors() - before
    for client, *_ in kept:
        with pytest.raises(snapline.ClientClosedError) as caught:
            client.nfs.list()
        assert caught.value.operation_id == "nfs_list"
    assert descriptors() <= before


@LINUX
def test_b25_closed_async_clients_hold_no_connection_and_no_descriptor(server: Server) -> None:
    server.always(200, {"shares": []})
    kept: list[Any] = []
    others = threads_of_ours()

    async def main() -> None:
        before = descriptors()
        for number in range(20):
            client = snapline.AsyncDigitalOcean("t", base_url=server.url)
            if number % 2:
                async with client:
                    assert await client.nfs.list() == []
            else:
                assert await client.nfs.list() == []
                await client.close()
            kept.append(client)
        while server.open or descriptors() > before:
            await asyncio.sleep(0.01)
        for client in kept:
            with pytest.raises(snapline.ClientClosedError) as caught:
                await client.nfs.list()
            assert caught.value.operation_id == "nfs_list"

    asyncio.run(asyncio.wait_for(main(), 60))
    assert server.connections == 20
    assert soon(lambda: len(threads_of_ours()) <= len(others)), threads_of_ours()


def test_b25_close_lets_calls_under_way_end(server: Server) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)
    client = snapline.DigitalOcean("t", base_url=server.url)
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(client.nfs.list())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert server.arrived.acquire(timeout=20)
    client.close()
    with pytest.raises(snapline.ClientClosedError):
        client.nfs.list()
    assert got == []
    hold.set()
    for thread in threads:
        thread.join(20)
    assert got == [[]] * 3
    assert server.is_left()


def test_b25_close_lets_awaited_calls_under_way_end(server: Server) -> None:
    hold = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=hold)

    async def main() -> None:
        async with snapline.AsyncDigitalOcean("t", base_url=server.url) as client:
            tasks = [asyncio.ensure_future(client.nfs.list()) for _ in range(3)]
            while len(server.requests) < 3:
                await asyncio.sleep(0.01)
        hold.set()
        assert await asyncio.gather(*tasks) == [[]] * 3
        while server.open:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_b25_close_ends_a_wait(server: Server, share: dict[str, Any]) -> None:
    server.always(200, {"share": {**share, "status": "CREATING"}})
    client = snapline.DigitalOcean("t", base_url=server.url)
    # From its own watching function, in the middle of the wait.
    with pytest.raises(snapline.ClientClosedError):
        client.nfs.wait_until_active("a", first_interval=0.01, on_poll=lambda poll: client.close())
    assert server.is_left()
