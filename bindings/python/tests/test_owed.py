"""What a stopped call still owes is done before it ends: a droplet that was switched off is on again (B26)."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import snapline
from conftest import INTERRUPTIBLE, Answer, Request, Server, soon, until

QUICK: Any = {"first_interval": 0.02, "max_interval": 0.05}


class Droplet:
    """One droplet of a server. Its snapshot is never finished, and switching it on takes a while."""

    def __init__(self, server: Server) -> None:
        self.status = "active"
        self.asked: list[str] = []
        # When the droplet may come on.
        self.may_come_on = threading.Event()
        self.begun = 0.0
        server.answer = self.answer

    def answer(self, request: Request) -> Answer:
        if request.method == "POST":
            kind = request.body["type"]
            self.asked.append(kind)
            if kind == "power_on":
                self.begun = time.monotonic()
            if kind == "shutdown":
                self.status = "off"
            return Answer(201, {"action": self.action(kind, "in-progress")})
        if "/actions/" in request.path:
            kind = request.path.rpartition("/")[2]
            return Answer(200, {"action": self.action(self.kind(int(kind)), self.state(int(kind)))})
        droplet = {
            "id": 11,
            "name": "db",
            "status": self.status,
            "created_at": "2026-03-04T05:06:07Z",
        }
        return Answer(200, {"droplet": droplet})

    KINDS = ("shutdown", "snapshot", "power_on")

    def kind(self, number: int) -> str:
        return self.KINDS[number - 1]

    def state(self, number: int) -> str:
        kind = self.kind(number)
        if kind == "snapshot":
            return "in-progress"
        if kind == "power_on":
            if not self.may_come_on.is_set() or time.monotonic() < self.begun + 0.2:
                return "in-progress"
            self.status = "active"
        return "completed"

    def action(self, kind: str, status: str) -> dict[str, Any]:
        number = self.KINDS.index(kind) + 1
        began = "2026-03-04T05:06:07Z"
        return {
            "id": number,
            "type": kind,
            "status": status,
            "started_at": began,
            "resource_id": 11,
        }

    def is_off_for_its_snapshot(self) -> bool:
        return self.asked[-1:] == ["snapshot"]


@pytest.fixture
def droplet(server: Server) -> Droplet:
    return Droplet(server)


def make(server: Server) -> snapline.AsyncDigitalOcean:
    return snapline.AsyncDigitalOcean("t", base_url=server.url, backoff_base=0.01)


def take(client: snapline.AsyncDigitalOcean) -> Any:
    return client.droplets.actions.snapshot_powered_off(droplet_id=11, name="nightly", **QUICK)


async def begun(client: snapline.AsyncDigitalOcean, droplet: Droplet) -> asyncio.Task[Any]:
    task = asyncio.ensure_future(take(client))
    await until(droplet.is_off_for_its_snapshot)
    return task


PROGRAM = """
import asyncio, sys, snapline
async def main():
    async with snapline.AsyncDigitalOcean("t", base_url=sys.argv[1]) as client:
        take = client.droplets.actions.snapshot_powered_off
        await take(droplet_id=11, name="nightly", first_interval=0.02, max_interval=0.05)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
    sys.exit(7)
"""
WAITING = """
import sys, snapline
client = snapline.DigitalOcean("t", base_url=sys.argv[1])
try:
    take = client.droplets.actions.snapshot_powered_off
    take(droplet_id=11, name="nightly", first_interval=0.02, max_interval=0.05)
except KeyboardInterrupt:
    print("interrupted")
    sys.exit(7)
"""


@pytest.mark.parametrize("program", [PROGRAM, WAITING], ids=["asyncio.run", "waiting"])
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_b26_ctrl_c_switches_it_on_before_the_program_ends(
    server: Server, droplet: Droplet, program: str, twice: bool
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + program, server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert soon(droplet.is_off_for_its_snapshot)
        child.send_signal(signal.SIGINT)
        # It is not over as long as the droplet is off.
        assert soon(lambda: droplet.asked[-1] == "power_on")
        time.sleep(0.3)
        assert child.poll() is None
        if twice:
            child.send_signal(signal.SIGINT)
        else:
            droplet.may_come_on.set()
        output, errors = child.communicate(timeout=20)
    finally:
        child.kill()
    assert (child.returncode, output) == (7, "interrupted\n"), errors
    assert droplet.status == ("off" if twice else "active")
    assert droplet.asked == ["shutdown", "snapshot", "power_on"]


def test_b26_a_cancelled_task_switches_it_on_before_its_client_is_closed(
    server: Server, droplet: Droplet
) -> None:
    seen: list[str] = []

    async def main() -> None:
        async with make(server) as client:
            task = await begun(client, droplet)
            task.cancel()
            await until(lambda: droplet.asked[-1] == "power_on")
            assert not task.done()
            droplet.may_come_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            seen.append(droplet.status)

    asyncio.run(main())
    assert seen == ["active"]


def test_b26_the_end_of_a_loop_switches_it_on(server: Server, droplet: Droplet) -> None:
    """Nobody cancels it: the client is closed while it is under way, and then its loop ends."""
    droplet.may_come_on.set()

    async def main() -> None:
        async with make(server) as client:
            await begun(client, droplet)

    asyncio.run(main())
    assert droplet.status == "active"


@pytest.mark.parametrize("kind", ["timeout", "wait_for"])
def test_b26_a_time_out_of_asyncio_switches_it_on(
    server: Server, droplet: Droplet, kind: str
) -> None:
    droplet.may_come_on.set()

    async def main() -> None:
        async with make(server) as client:
            with pytest.raises(asyncio.TimeoutError):
                if kind == "wait_for":
                    await asyncio.wait_for(take(client), 1)
                elif sys.version_info >= (3, 11):
                    async with asyncio.timeout(1):
                        await take(client)
                else:
                    raise asyncio.TimeoutError
            assert not droplet.asked or droplet.status == "active"

    asyncio.run(main())
    assert droplet.status == "active"


def test_b26_a_second_cancel_leaves_it_undone_and_says_so(
    server: Server, droplet: Droplet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "snapline")

    async def main() -> None:
        async with make(server) as client:
            task = await begun(client, droplet)
            task.cancel()
            await until(lambda: droplet.asked[-1] == "power_on")
            task.cancel()
            before = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - before < 0.3
            await until(lambda: any("left undone" in line for line in caplog.messages))
            asked = len(server.requests)
            await asyncio.sleep(0.2)
            assert len(server.requests) <= asked + 1

    asyncio.run(main())
    assert droplet.status == "off"
    undone = [record for record in caplog.records if "left undone" in record.getMessage()]
    assert [record.levelname for record in undone] == ["ERROR"]
    assert "power_on" in undone[0].getMessage()


def test_b26_a_look_that_ends_it_switches_it_on(server: Server, droplet: Droplet) -> None:
    droplet.may_come_on.set()

    async def main() -> None:
        async with make(server) as client:
            take = client.droplets.actions.snapshot_powered_off
            with pytest.raises(snapline.CancelledError):
                await take(
                    droplet_id=11,
                    name="nightly",
                    on_poll=lambda poll: not droplet.is_off_for_its_snapshot(),
                    **QUICK,
                )
            assert droplet.status == "active"

    asyncio.run(main())


def test_b26_what_is_closed_without_a_wait_is_switched_on_behind_it(
    server: Server, droplet: Droplet
) -> None:
    """A coroutine that is closed cannot wait; a client that is closed at once does not stop it."""
    droplet.may_come_on.set()

    async def main() -> None:
        async with make(server) as client:
            call = take(client)
            call.send(None)
            await until(droplet.is_off_for_its_snapshot)
            call.close()

    asyncio.run(main())
    assert soon(lambda: droplet.status == "active")


def test_b20_a_wait_that_owes_nothing_is_cancelled_at_once(
    server: Server, share: dict[str, Any]
) -> None:
    server.always(200, {"share": {**share, "status": "CREATING"}})

    async def main() -> None:
        async with make(server) as client:
            task = asyncio.ensure_future(client.nfs.wait_until_active("a", **QUICK))
            await asyncio.sleep(0.2)
            task.cancel()
            # The loop turns twice: once for the cancelled future, once for the task.
            for _ in range(3):
                await asyncio.sleep(0)
            assert task.cancelled()

    asyncio.run(main())
