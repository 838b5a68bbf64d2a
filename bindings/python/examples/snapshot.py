"""Takes a snapshot of an NFS share, waits until it can be used, and lists the share's snapshots.

    DIGITALOCEAN_TOKEN=… python snapshot.py SHARE_ID [NAME]

SNAPLINE_DIGITALOCEAN_URL points it at another server, such as snapline-mock.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone

import snapline
from snapline.digitalocean import NfsSnapshot


def take(client: snapline.DigitalOcean, share_id: str, name: str) -> NfsSnapshot:
    share = client.nfs.get(share_id)
    action = client.nfs.snapshot(share.id, name=name, region=share.region)
    print(f"{action.type} of {share.name} has begun")

    def watch(poll: snapline.Poll) -> None:
        print(f"  {poll.elapsed:5.1f} s  {poll.status or 'not there yet'}")

    return client.nfs.snapshots.wait_until_active(
        action,
        share.id,
        name=name,
        region=share.region,
        first_interval=0.2,
        on_poll=watch,
    )


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    share_id = sys.argv[1]
    name = sys.argv[2] if len(sys.argv) == 3 else datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    try:
        with snapline.DigitalOcean() as client:
            snapshot = take(client, share_id, name)
            print(f"{snapshot.name} is {snapshot.status}, {snapshot.size_gib} GiB")
            for item in client.nfs.snapshots.list(share_id=share_id):
                made = item.created_at.isoformat() if item.created_at else "at an unknown time"
                print(f"- {item.name}, made {made}")
    except snapline.NotFoundError:
        print(f"there is no share {share_id}", file=sys.stderr)
        return 1
    except snapline.SnaplineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
