"""What type checkers must take. Never run."""

# pyright: strict
from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta, timezone
from typing import Any

import snapline
from snapline import retention
from typing_extensions import Unpack
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


def handed_on(do: snapline.DigitalOcean, **options: Unpack[snapline.CallOptions]) -> snapline.Model:
    ready: snapline.WaitOptions = {"timeout": 3, "on_poll": lambda poll: poll.status != "FAILED"}
    share = do.nfs.wait_until_active("a", **ready)
    return do.nfs.get(share.id, **options)


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


def taken_and_waited_for(do: snapline.DigitalOcean, droplet_id: int) -> None:
    action = do.droplets.actions.snapshot(droplet_id, name="nightly")
    done: Action = do.droplets.actions.wait_until_completed(droplet_id, action.id)
    again: Action = do.actions.wait_until_completed(action.id)
    share = do.nfs.create(name="media", size_gib=50, region="atl1", vpc_ids=["v"])
    do.nfs.wait_until_active(share.id)
    taken = do.nfs.snapshot(share.id, name="nightly")
    snapshot = do.nfs.snapshots.wait_until_active(taken, share.id, name="nightly")
    do.nfs.snapshots.delete(snapshot.id)
    do.nfs.snapshots.wait_until_deleted(snapshot.id)
    small: snapline.DigitalOcean = do.with_options(check_bounds=False)
    small.nfs.resize(share.id, size_gib=10)
    do.nfs.resize(share.id, size_gib=10, check_bounds=False)
    print(done, again)


def rotated(do: snapline.DigitalOcean, droplet_id: int, volume_id: str) -> None:
    def age(snapshot: Snapshot) -> datetime:
        # A date that nobody can read is None; such a snapshot counts as new.
        return snapshot.created_at or datetime.max.replace(tzinfo=timezone.utc)

    for of_droplet in do.droplets.snapshots.list(droplet_id):
        do.snapshots.delete(of_droplet.id)
    for of_volume in do.volumes.snapshots.list(volume_id):
        do.volumes.snapshots.delete(of_volume.id)
    oldest_first = sorted(do.snapshots.list(resource_type="droplet"), key=age)
    for old in oldest_first[:-7]:
        do.snapshots.delete(old.id)
    before = datetime.now(timezone.utc) - timedelta(days=30)
    for one in do.snapshots.list():
        if one.name.startswith("nightly") and age(one) < before:
            do.snapshots.delete(one.id)


def elsewhere(ovh: snapline.OVHcloud) -> None:
    for service in ovh.netapp.list():
        for share in ovh.netapp.shares.list(service.id):
            made = ovh.netapp.snapshots.create(service.id, share.id, name="nightly")
            ready = ovh.netapp.snapshots.wait_until_available(service.id, share.id, made.id)
            ovh.netapp.snapshots.delete(service.id, share.id, ready.id)


def kept(do: snapline.DigitalOcean, seen: list[dict[str, Any]]) -> None:
    policy = retention.Policy(name_prefix="n", keep_tags=[["a"]], group_by=["group", "tags"], keep_last=retention.ALL)
    plan: retention.Plan[NfsSnapshot] = retention.plan(policy, do.nfs.snapshots.list())
    for snapshot in plan.to_delete:
        do.nfs.snapshots.delete(snapshot.id)
    lines: list[str] = [str(reason) for decision in plan for reason in decision.reasons if decision.delete]
    pages = retention.plan(policy, do.snapshots.list(), group=lambda it: it.resource_type)
    first: Snapshot = pages.decisions[0].snapshot
    usual = retention.plan(policy, seen, usable=lambda it: bool(it["ready"]))
    item = retention.Item("a", created_at=datetime.now(timezone.utc), tags=["t"])
    print(lines, first, usual.to_delete, retention.plan(policy, [item]))


def many(do: snapline.DigitalOcean, ids: list[str]) -> None:
    for id, share in snapline.each(do.nfs.get, ids, parallel=4):
        if isinstance(share, Exception):
            print(id.upper(), share.args)
        else:
            print(id.upper(), share.size_gib)


async def many_awaited(do: snapline.AsyncDigitalOcean, ids: list[int]) -> None:
    async for id, told in snapline.each_async(lambda it: do.droplets.get(it), ids):
        size: str = str(told) if isinstance(told, Exception) else told.size_slug
        print(id + 1, size)


async def all_of_it_awaited(do: snapline.AsyncDigitalOcean, droplet_id: int) -> None:
    action = await do.droplets.actions.snapshot(droplet_id)
    await do.droplets.actions.wait_until_completed(droplet_id, action.id)
    async for snapshot in do.droplets.snapshots.list(droplet_id):
        await do.snapshots.delete(snapshot.id, check_bounds=True)
