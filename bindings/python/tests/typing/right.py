"""What type checkers must take. Never run."""

# pyright: strict
from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import snapline
from snapline.digitalocean import (
    Action,
    AsyncNfsResource,
    NfsAction,
    NfsShare,
    NfsShareStatus,
    NfsSnapshot,
    ResourceType,
    Snapshot,
)


def waited_for() -> None:
    with snapline.DigitalOcean(timeout=3) as do:
        share: NfsShare = do.nfs.get("a", max_attempts=2)
        status: NfsShareStatus | None = share.status
        when: datetime | None = share.created_at
        page: snapline.Page[Snapshot] = do.snapshots.list(resource_type="volume")
        again = do.snapshots.list(resource_type=ResourceType.VOLUME)
        names: list[str] = [item.name for item in again]
        raw: snapline.Response[NfsShare] = do.with_raw_response.nfs.get("a")
        parsed: NfsShare = raw.parse()
        pages: snapline.Page[Snapshot] = do.with_raw_response.snapshots.list().parse()
        short: snapline.DigitalOcean = do.with_options(timeout=1.5)
        action: NfsAction = do.nfs.snapshot("a", name="n")
        done: NfsSnapshot = do.nfs.snapshots.wait_until_active(
            action, "a", name="n", on_poll=lambda poll: print(poll.status), progress=True
        )
        begun: Action = do.droplets.actions.snapshot(1, name="n")
        ended: Action = do.droplets.actions.wait_for(begun)
        ended = do.actions.wait_for(begun, timeout=60, not_found_grace=5)
        nothing: None = do.nfs.delete("a")  # type: ignore[func-returns-value]
        print(status, when, page, names, parsed, pages, short, done, ended, nothing)


async def awaited() -> None:
    async with snapline.AsyncDigitalOcean() as do:
        nfs: AsyncNfsResource = do.nfs
        call: Coroutine[Any, Any, NfsShare] = nfs.get("a")
        share: NfsShare = await call
        both: tuple[NfsShare, list[NfsShare]] = await asyncio.gather(nfs.get("a"), nfs.list())
        task: asyncio.Task[NfsShare] = asyncio.create_task(nfs.get("a"))
        page: snapline.AsyncPage[Snapshot] = await do.snapshots.list()
        names: list[str] = [item.name async for item in do.snapshots.list()]
        sizes: list[float] = [item.size_gigabytes async for item in page]
        raw: snapline.Response[NfsShare] = await do.with_raw_response.nfs.get("a")
        ready: NfsShare = await do.nfs.wait_until_active("a")
        print(share, both, await task, names, sizes, raw.parse(), ready)
