"""One of a thing and not two, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import snapline

_T = TypeVar("_T")


def surely(make: Callable[[], _T], find: Callable[[datetime], _T | None]) -> _T:
    """Sends a request that makes something. Where nobody knows whether it was carried out, it is looked for and not
    asked for again; only once it is certain that it did not happen, it is asked for once more."""
    last = False
    while True:
        try:
            return make()
        except snapline.SnaplineError as error:
            found = find(when_open(error))
            if found is not None:
                return found
            if last:
                raise
            last = True


async def surely_async(make: Callable[[], Awaitable[_T]], find: Callable[[datetime], Awaitable[_T | None]]) -> _T:
    """The same for asyncio."""
    last = False
    while True:
        try:
            return await make()
        except snapline.SnaplineError as error:
            found = await find(when_open(error))
            if found is not None:
                return found
            if last:
                raise
            last = True


def when_open(error: snapline.SnaplineError) -> datetime:
    """When the request was sent of which nobody knows what became; any other error is raised again."""
    # What has begun goes on: to ask again would make another.
    if not error.outcome_unknown or error.started is not None or error.sent_at is None:
        raise error
    return error.sent_at
