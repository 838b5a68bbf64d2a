"""Many calls with a bound on how many at once."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import snapline
from conftest import Answer, Request, Server, interrupted, soon


class Gauge:
    """How many are in it, and how many there were at most."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.all = 0

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.all += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.now -= 1


def outcome(item: int) -> int:
    if item % 3 == 0:
        raise KeyError(item)
    return item * 2


def is_right(told: list[tuple[int, Any]]) -> bool:
    """Whether each item of 20 came once, with what belongs to it."""
    seen = {item: repr(result) for item, result in told}
    wanted = {item: repr(KeyError(item)) if item % 3 == 0 else repr(item * 2) for item in range(20)}
    return len(told) == 20 and seen == wanted


@pytest.mark.parametrize("parallel", [1, 3, 50])
def test_never_more_than_the_bound_and_a_failure_stops_no_other(parallel: int) -> None:
    gauge = Gauge()

    def call(item: int) -> int:
        with gauge:
            # The first have to be there together before one may end.
            assert soon(lambda: gauge.most >= min(parallel, 20))
            # One too many would come in meanwhile.
            time.sleep(0.02)
            return outcome(item)

    assert is_right(list(snapline.each(call, range(20), parallel=parallel)))
    assert gauge.most == min(parallel, 20)


@pytest.mark.parametrize("parallel", [1, 3, 50])
def test_never_more_tasks_than_the_bound(parallel: int) -> None:
    gauge = Gauge()

    async def call(item: int) -> int:
        with gauge:
            await asyncio.sleep(0.01)
            return outcome(item)

    async def all_of_them() -> list[tuple[int, Any]]:
        return [told async for told in snapline.each_async(call, range(20), parallel=parallel)]

    assert is_right(asyncio.run(all_of_them()))
    assert gauge.most == min(parallel, 20)


def test_results_come_as_calls_end() -> None:
    first = threading.Event()

    def call(item: int) -> bool:
        return first.wait(20) if item == 0 else True

    calls = snapline.each(call, range(3), parallel=2)
    assert [next(calls)[0], next(calls)[0]] == [1, 2]
    first.set()
    assert list(calls) == [(0, True)]

    async def later(steps: int) -> None:
        await asyncio.sleep(steps / 20)

    async def in_order() -> list[int]:
        return [item async for item, _ in snapline.each_async(later, [3, 1, 2])]

    assert asyncio.run(in_order()) == [1, 2, 3]


def test_who_stops_early_begins_nothing_more() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(9):
            taken.append(item)
            yield item

    with pytest.raises(LookupError):
        for _ in snapline.each(str, items(), parallel=2):
            raise LookupError
    assert len(taken) == 3

    ended: list[int] = []

    async def call(item: int) -> None:
        try:
            await asyncio.sleep(item * 20)
        finally:
            ended.append(item)

    async def stopped() -> None:
        async with contextlib.aclosing(snapline.each_async(call, range(9), parallel=3)) as calls:
            async for item, _ in calls:
                assert item == 0
                break
        assert sorted(ended) == [0, 1, 2]

    begun = time.monotonic()
    asyncio.run(stopped())
    assert time.monotonic() - begun < 15


def test_a_cancelled_task_cancels_its_calls() -> None:
    ended: list[int] = []

    async def call(item: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(item)

    async def use() -> None:
        async for _ in snapline.each_async(call, range(9), parallel=2):
            pass

    async def cancelled() -> None:
        task = asyncio.ensure_future(use())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sorted(ended) == [0, 1]

    asyncio.run(cancelled())


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="'parallel' must be 1 or more, not 0"):
        snapline.each(str, [1], parallel=0)

    async def refused() -> None:
        async for _ in snapline.each_async(asyncio.sleep, [0], parallel=-1):
            pass

    with pytest.raises(ValueError, match="not -1"):
        asyncio.run(refused())


def test_what_ends_a_program_is_not_a_result() -> None:
    def leave(_: int) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        list(snapline.each(leave, [1, 2]))


CTRL_C = """
import sys, time, snapline

with snapline.DigitalOcean("dop_v1_test", base_url=sys.argv[1]) as do:
    try:
        for _ in snapline.each(do.nfs.get, map(str, range(50)), parallel=4):
            raise SystemExit("one ended")
    except KeyboardInterrupt:
        print(time.time(), flush=True)
        raise SystemExit(7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_ctrl_c_stops_what_has_not_begun_and_the_program_ends(server: Server) -> None:
    hold = threading.Event()

    def answer(_: Request) -> Answer:
        return Answer(200, {}, hold=hold)

    server.answer = answer
    assert interrupted(server, CTRL_C, requests=4) < 5
    assert len(server.requests) == 4
    assert server.is_left()


def test_it_is_loaded_when_it_is_used() -> None:
    code = """
import sys, snapline
assert "snapline._each" not in sys.modules and "threading" not in sys.modules
assert list(snapline.each(str, [1])) == [(1, "1")]
assert "asyncio" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
