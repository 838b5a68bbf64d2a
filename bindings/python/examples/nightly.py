"""Takes tonight's snapshot of every DigitalOcean droplet and volume that carries a tag, and deletes those of earlier
nights that are no longer to be kept: of seven days and of four weeks one each stays.

    DIGITALOCEAN_TOKEN=… python nightly.py TAG [--parallel N]

It deletes only what is called `nightly-…`, and only of what has a snapshot of tonight that can be used. To run it
twice in a night takes nothing twice. It ends with 1 if anything failed. SNAPLINE_DIGITALOCEAN_URL points it at another
server, such as snapline-mock.
"""

from __future__ import annotations

import sys
from datetime import datetime

import snapline
from rotation import Rotation, Target, arguments, tonight
from snapline.digitalocean import Snapshot
from surely import surely


def rotate(do: snapline.DigitalOcean, tag: str, name: str, parallel: int, grace: float = 30) -> Rotation:
    """Takes what is missing, then deletes what need not be kept. What goes wrong with one
    target is in the report.

    `grace` is how long something that was made may take to show, in seconds.
    """
    night = Rotation(do.droplets.list(tag_name=tag), do.volumes.list(), tag, name)
    for snapshot in do.snapshots.list():
        night.add(snapshot)

    def take(target: Target) -> Snapshot:
        if target.kind == "droplet":
            return of_droplet(do, int(target.id), name, grace)
        return of_volume(do, target.id, name, grace)

    for target, result in snapline.each(take, night.missing(), parallel=parallel):
        night.took(target, result)

    def delete(snapshot: Snapshot) -> None:
        try:
            do.snapshots.delete(snapshot.id)
        except snapline.NotFoundError:
            pass  # somebody else deleted it

    for snapshot, error in snapline.each(delete, night.to_delete(), parallel=parallel):
        night.deleted(snapshot, error)
    return night


def of_volume(do: snapline.DigitalOcean, id: str, name: str, grace: float) -> Snapshot:
    def find(since: datetime) -> Snapshot | None:
        found = do.volumes.snapshots.find_created(id, since=since, name=name, not_found_grace=grace)
        return found[-1] if found else None

    return surely(lambda: do.volumes.snapshots.create_and_wait(id, name=name), find)


def of_droplet(do: snapline.DigitalOcean, id: int, name: str, grace: float) -> Snapshot:
    def find(since: datetime) -> Snapshot | None:
        found = do.droplets.actions.find_snapshot(id, since=since, not_found_grace=grace)
        if not found:
            return None
        do.droplets.actions.wait_for(found[-1])
        taken = do.droplets.snapshots.wait_until_taken(found[-1], name=name)
        return do.snapshots.wait_until_there(taken.id)

    return surely(lambda: do.droplets.actions.snapshot_and_wait(id, name=name), find)


def main() -> int:
    given = arguments(__doc__)
    try:
        # A night has time: calls wait rather than run into the rate limit.
        with snapline.DigitalOcean(pacing=True) as do:
            return rotate(do, given.tag, tonight(), given.parallel).end()
    except snapline.SnaplineError as error:
        print(f"nightly: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
