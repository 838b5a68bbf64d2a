"""What type checkers must refuse: each line marked with `error`, and no other. Never run."""

# pyright: strict
from __future__ import annotations

import snapline


def waited_for(do: snapline.DigitalOcean) -> None:
    do.nfs.get("a", regoin="atl1")  # error: a wrong keyword
    do.snapshots.list(resource_type="volumes")  # error: a wrong literal of an enum
    do.nfs.snapshot("a")  # error: a required argument is missing
    do.nfs.create("media", size_gib=50, region="atl1", vpc_ids=["v"])  # error: by its name only
    share = do.nfs.get(7)  # error: a wrong type
    do.snapshots.delete(None)  # error: an id is a text or a number
    do.droplets.actions.reboot("7")  # error: the document says a number
    do.nfs.list(check_bounds="no")  # error: a wrong type
    share.created_at.isoformat()  # error: it may be None
    share.name = "other"  # error: objects are frozen
    share.size  # error: there is no such attribute
    do.nfs.wait_until_active("a", timeout="long")  # error: a wrong type
    do.nfs.snapshots.list().total  # error: a list without pages
    for item in do.with_raw_response.snapshots.list():  # error: a whole answer is no list
        pass
    do.with_options(timeot=1)  # error: a wrong keyword


def kept(do: snapline.DigitalOcean) -> None:
    policy = snapline.retention.Policy(keep_dayly=7)  # error: a wrong keyword
    snapline.retention.Policy("nightly-")  # error: by its name only
    snapline.retention.Policy(group_by=["host"])  # error: a wrong literal
    policy.keep_last = 7  # error: it is frozen
    plan = snapline.retention.plan(policy, do.nfs.snapshots.list())
    plan.to_delete[0].size  # error: there is no such attribute


def many(do: snapline.DigitalOcean) -> None:
    snapline.each(do.nfs.get, [1])  # error: a wrong type
    snapline.each(do.nfs.get, ["a"], 4)  # error: by its name only
    for _, share in snapline.each(do.nfs.get, ["a"]):
        share.size_gib  # error: it may be an exception


async def awaited(do: snapline.AsyncDigitalOcean) -> None:
    call = do.nfs.get("a")
    call.name  # error: it was not awaited
    for item in do.snapshots.list():  # error: `async for` is needed
        pass
    with do:  # error: `async with` is needed
        pass
    await do.nfs.get("a", regoin="atl1")  # error: a wrong keyword
