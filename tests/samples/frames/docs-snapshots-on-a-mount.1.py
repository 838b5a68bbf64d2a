import sys

import snapline

share_id = sys.argv[1]
with snapline.DigitalOcean() as client:
    snapshot_id = client.nfs.snapshot_and_wait(share_id, name="nightly", region="atl1").id
    try:
        BLOCK
    except snapline.InvalidArgumentError as error:
        # Nothing is mounted where this runs, which is told last of all.
        assert "/mnt/media" in str(error), error
        assert snapshot.id == snapshot_id
