"""Many calls, with a bound on how many are under way at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from typing import TypeVar

__all__ = ["each", "each_async"]

_T = TypeVar("_T")
_R = TypeVar("_R")


def each(
    function: Callable[[_T], _R], items: Iterable[_T], *, parallel: int = 8
) -> Generator[tuple[_T, _R | Exception], None, None]:
    """Calls a function with each item, in threads, and gives each item with what came of it as calls end.

        for share, result in snapline.each(lambda it: do.nfs.snapshot_and_wait(it.id, name="nightly"), shares):
            if isinstance(result, Exception):
                print(share.id, result)

    A call that fails stops no other. An item is taken, and its call begun, only when there is room for it. Where the
    caller stops early, by an exception, `break` or Ctrl-C, nothing more begins; what is under way goes on to its end,
    but keeps no program from ending. A client with `pacing` holds calls back where
    its service's rate limit asks for it, however many may run.

    Args:
        function: What is called with an item, in a thread of its own.
        items: The items; they are taken in the caller's thread.
        parallel: How many calls at once, at least 1.

    Yields:
        The item, and what the function returned or the exception that it raised.

    Raises:
        ValueError: `parallel` is below 1.
    """
    _check(parallel)
    return _each(function, iter(items), parallel)


def _each(
    function: Callable[[_T], _R], items: Iterable[_T], parallel: int
) -> Generator[tuple[_T, _R | Exception], None, None]:
    import queue
    import threading

    ended: queue.SimpleQueue[tuple[_T, _R | BaseException]] = queue.SimpleQueue()

    def call(item: _T) -> None:
        try:
            ended.put((item, function(item)))
        except BaseException as error:
            ended.put((item, error))

    running = 0
    for item in items:
        if running == parallel:
            yield _told(ended.get())
            running -= 1
        # Not of a pool: its threads hold the interpreter up at its end, even after Ctrl-C.
        threading.Thread(target=call, args=(item,), name="snapline-each", daemon=True).start()
        running += 1
    for _ in range(running):
        yield _told(ended.get())


async def each_async(
    function: Callable[[_T], Awaitable[_R]], items: Iterable[_T], *, parallel: int = 8
) -> AsyncGenerator[tuple[_T, _R | Exception], None]:
    """Awaits a function with each item, in tasks, and gives each item with what came of it as calls end.

        async for share, result in snapline.each_async(lambda it: do.nfs.get(it), ids):
            ...

    As `each`, but calls under way are cancelled where the caller stops early. After a `break` that is so once the
    generator is closed, as `contextlib.aclosing` does.

    Args:
        function: What is awaited with an item.
        items: The items.
        parallel: How many calls at once, at least 1.

    Yields:
        The item, and what the function returned or the exception that it raised.

    Raises:
        ValueError: `parallel` is below 1.
    """
    # Here, as only those need it who have it already.
    import asyncio

    _check(parallel)
    ended: asyncio.Queue[tuple[_T, _R | BaseException]] = asyncio.Queue()
    tasks: set[asyncio.Task[None]] = set()

    async def call(item: _T) -> None:
        try:
            ended.put_nowait((item, await function(item)))
        except BaseException as error:
            ended.put_nowait((item, error))

    running = 0
    try:
        for item in items:
            if running == parallel:
                yield _told(await ended.get())
                running -= 1
            task = asyncio.ensure_future(call(item))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            running += 1
        for _ in range(running):
            yield _told(await ended.get())
    finally:
        left = list(tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _check(parallel: int) -> None:
    if parallel < 1:
        raise ValueError(f"argument 'parallel' must be 1 or more, not {parallel}")


def _told(ended: tuple[_T, _R | BaseException]) -> tuple[_T, _R | Exception]:
    item, result = ended
    # What is no Exception ends a program, as SystemExit does.
    if isinstance(result, BaseException) and not isinstance(result, Exception):
        raise result
    return item, result
