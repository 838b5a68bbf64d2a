"""Takes tonight's snapshot of every DigitalOcean droplet and volume that carries a tag, and deletes those of earlier
nights that are no longer to be kept: `nightly.py` with asyncio.

    DIGITALOCEAN_TOKEN=… python nightly_async.py TAG [--parallel N]
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

import snapline
from rotation import Rotation, Target, arguments, tonight
from snapline.digitalocean import Snapshot
from surely import surely_async


async def rotate(do: snapline.AsyncDigitalOcean, tag: str, name: str, parallel: int, grace: float = 30) -> Rotation:
    """Takes what is missing, then deletes what need not be kept. What goes wrong with one
    target is in the report.

    `grace` is how long something that was made may take to show, in seconds.
    """
    droplets = [it async for it in do.droplets.list(tag_name=tag)]
    night = Rotation(droplets, [it async for it in do.volumes.list()], tag, name)
    async for snapshot in do.snapshots.list():
        night.add(snapshot)

    async def take(target: Target) -> Snapshot:
        if target.kind == "droplet":
            return await of_droplet(do, int(target.id), name, grace)
        return await of_volume(do, target.id, name, grace)

    async for target, result in snapline.each_async(take, night.missing(), parallel=parallel):
        night.took(target, result)

    async def delete(snapshot: Snapshot) -> None:
        try:
            await do.snapshots.delete(snapshot.id)
        except snapline.NotFoundError:
            pass  # somebody else deleted it

    async for snapshot, error in snapline.each_async(delete, night.to_delete(), parallel=parallel):
        night.deleted(snapshot, error)
    return night


async def of_volume(do: snapline.AsyncDigitalOcean, id: str, name: str, grace: float) -> Snapshot:
    async def find(since: datetime) -> Snapshot | None:
        found = await do.volumes.snapshots.find_created(id, since=since, name=name, not_found_grace=grace)
        return found[-1] if found else None

    return await surely_async(lambda: do.volumes.snapshots.create_and_wait(id, name=name), find)


async def of_droplet(do: snapline.AsyncDigitalOcean, id: int, name: str, grace: float) -> Snapshot:
    async def find(since: datetime) -> Snapshot | None:
        found = await do.droplets.actions.find_snapshot(id, since=since, not_found_grace=grace)
        if not found:
            return None
        await do.droplets.actions.wait_for(found[-1])
        taken = await do.droplets.snapshots.wait_until_taken(found[-1], name=name)
        return await do.snapshots.wait_until_there(taken.id)

    return await surely_async(lambda: do.droplets.actions.snapshot_and_wait(id, name=name), find)


async def main() -> int:
    given = arguments(__doc__)
    try:
        # A night has time: calls wait rather than run into the rate limit.
        async with snapline.AsyncDigitalOcean(pacing=True) as do:
            return (await rotate(do, given.tag, tonight(), given.parallel)).end()
    except snapline.SnaplineError as error:
        print(f"nightly: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
