"""Deletes the snapshots of an NFS share that a policy does not keep: the Python of docs/retention.md, word for word.

Usage: retention.py SHARE_ID. Only what is called `nightly-…` is ever deleted.
"""

import sys

import snapline
from snapline import retention

share_id = sys.argv[1]
with snapline.DigitalOcean() as do:
    policy = retention.Policy(name_prefix="nightly-", keep_daily=7, keep_weekly=4, keep_within="1d12h")
    plan = retention.plan(policy, do.nfs.snapshots.list(share_id=share_id))
    for decision in plan:
        print(decision)
    for snapshot in plan.to_delete:
        do.nfs.snapshots.delete(snapshot.id)
