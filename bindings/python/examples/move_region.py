"""Copies the snapshot of a droplet to each region where it is not yet, one after the other, and waits for each.

    DIGITALOCEAN_TOKEN=… python move_region.py SNAPSHOT_ID REGION...

It ends with 1 if one of them failed. SNAPLINE_DIGITALOCEAN_URL points it at another server, such as snapline-mock.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

import snapline
from snapline.digitalocean import Image
from surely import surely


def spread(do: snapline.DigitalOcean, image_id: int, regions: Iterable[str]) -> Iterator[tuple[str, str | Exception]]:
    """Gives for each region what became of it, in words."""
    there = do.images.get(image_id).regions or []

    def transfer(region: str) -> str:
        if region in there:
            return "it was there"
        print(f"{region}: begun", file=sys.stderr)
        surely(
            lambda: do.images.actions.transfer_and_wait(image_id, region=region),
            lambda since: find(do, image_id, region, since),
        )
        return "it is there"

    # An image takes one transfer at a time.
    return snapline.each(transfer, regions, parallel=1)


def find(do: snapline.DigitalOcean, image_id: int, region: str, since: datetime) -> Image | None:
    found = do.images.actions.find_transfer(image_id, since=since, region=region)
    if not found:
        return None
    do.images.actions.wait_for(found[-1])
    return do.images.get(image_id)


def main() -> int:
    if len(sys.argv) < 3 or not sys.argv[1].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    code = 0
    try:
        with snapline.DigitalOcean() as do:
            for region, told in spread(do, int(sys.argv[1]), sys.argv[2:]):
                if isinstance(told, Exception):
                    code, told = 1, f"FAILED: {told}"
                print(f"{region}: {told}")
    except snapline.SnaplineError as error:
        print(f"move_region: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
