"""The Python of README.md, word for word, around a share that is there to be snapshotted."""

import sys

import snapline

share_id = sys.argv[1]
with snapline.DigitalOcean() as do:
    action = do.nfs.snapshot(share_id, name="nightly", region="atl1")
    snapshot = do.nfs.snapshots.wait_until_active(action, share_id, name="nightly", region="atl1")
    print(snapshot.name, "is", snapshot.status)
    for s in do.snapshots.list(resource_type="volume"):  # pages as needed
        print(s.id, s.size_gigabytes)
