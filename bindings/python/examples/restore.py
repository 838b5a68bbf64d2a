"""Makes a volume or a droplet from a snapshot of one, in a region that has the snapshot, and waits until it can be used.

    DIGITALOCEAN_TOKEN=… python restore.py SNAPSHOT_ID NAME [SIZE]

SIZE is the slug of a droplet's size; unless given it is the cheapest that the snapshot fits on.
SNAPLINE_DIGITALOCEAN_URL points it at another server, such as snapline-mock.
"""

from __future__ import annotations

import sys
from datetime import datetime

import snapline
from snapline.digitalocean import Droplet, Snapshot, Volume
from surely import surely


def restore(do: snapline.DigitalOcean, snapshot_id: str, name: str, size: str | None = None) -> str:
    """Gives what was made, in words."""
    snapshot = do.snapshots.get(snapshot_id)
    if not snapshot.regions:
        raise LookupError(f"snapshot {snapshot_id} is in no region")
    region = snapshot.regions[0]
    print(f"{snapshot.name} of {snapshot.size_gigabytes} GB, in {region}", file=sys.stderr)
    if snapshot.resource_type == "volume":
        return f"volume {volume(do, snapshot, region, name).id}"
    size = size or cheapest(do, snapshot.min_disk_size, region)
    print(f"a droplet of size {size}", file=sys.stderr)
    return f"droplet {droplet(do, snapshot, region, name, size).id}"


def volume(do: snapline.DigitalOcean, snapshot: Snapshot, region: str, name: str) -> Volume:
    size = snapshot.min_disk_size

    def find(since: datetime) -> Volume | None:
        found = do.volumes.find_created(since=since, name=name, region=region, size_gigabytes=size)
        return found[-1] if found else None

    def make() -> Volume:
        return do.volumes.create_and_wait(name=name, size_gigabytes=size, region=region, snapshot_id=snapshot.id)

    return surely(make, find)


def droplet(do: snapline.DigitalOcean, snapshot: Snapshot, region: str, name: str, size: str) -> Droplet:
    def find(since: datetime) -> Droplet | None:
        found = do.droplets.find_created(since=since, name=name, size=size, region=region)
        return do.droplets.wait_until_active(found[-1].id) if found else None

    def make() -> Droplet:
        return do.droplets.create_and_wait(name=name, size=size, image=int(snapshot.id), region=region)

    return surely(make, find)


def cheapest(do: snapline.DigitalOcean, disk: int, region: str) -> str:
    """The cheapest size with so much disk in a region."""
    fit = [it for it in do.sizes.list() if it.available and it.disk >= disk and region in it.regions]
    if not fit:
        raise LookupError(f"no size in {region} has a disk of {disk} GiB; name one")
    return min(fit, key=lambda it: it.price_hourly).slug


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with snapline.DigitalOcean() as do:
            print(restore(do, *sys.argv[1:]), "is ready")
    except (LookupError, snapline.SnaplineError) as error:
        print(f"restore: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
