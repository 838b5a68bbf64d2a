"""OVHcloud: the life of a snapshot of a file share, which its pages call a volume."""

from __future__ import annotations

import snapline
from snapline.ovhcloud import NetappShare, NetappSnapshot
from telling import SOON, Telling, check, not_found

NAME = "python-nightly"
NOBODY = "00000000-0000-4000-8000-000000000000"
"""What no snapshot is called."""


def told_of(thing: NetappShare | NetappSnapshot) -> str:
    return f"{thing.name} is {thing.status}"


class Story:
    """The steps, and what later ones need of earlier ones."""

    def __init__(self, client: snapline.OVHcloud) -> None:
        self.netapp = client.netapp
        self.service = ""
        self.share = ""
        self.snapshot = ""

    def find_service(self) -> str:
        services = self.netapp.list()
        self.service = services[0].id if services else ""
        return check(self.service != "", f"{len(services)} found")

    def create_share(self) -> str:
        share = self.netapp.shares.create(self.service, protocol="NFS", size=100, name="python-media")
        self.share = share.id
        return check(share.status == "creating", told_of(share))

    def wait_for_share(self) -> str:
        share = self.netapp.shares.wait_until_available(self.service, self.share, first_interval=SOON)
        return check(share.status == "available", told_of(share))

    def list_snapshots(self, there: bool) -> str:
        """Lists the snapshots; the one that was made must be among them, or must not."""
        found = self.netapp.snapshots.list(self.service, self.share, detail=True)
        names = [snapshot.name or "" for snapshot in found]
        return check(names != [] and (NAME in names) == there, f"{len(names)} found: {', '.join(names)}")

    def create_snapshot(self) -> str:
        snapshot = self.netapp.snapshots.create(self.service, self.share, name=NAME)
        self.snapshot = snapshot.id
        return check(snapshot.status == "creating" and snapshot.type == "manual", told_of(snapshot))

    def wait_for_snapshot(self) -> str:
        snapshot = self.netapp.snapshots.wait_until_available(
            self.service, self.share, self.snapshot, first_interval=SOON
        )
        return check(snapshot.status == "available", told_of(snapshot))

    def get(self, snapshot: str) -> NetappSnapshot:
        # Who has no share asks for one that there is not.
        return self.netapp.snapshots.get(self.service, self.share or NOBODY, snapshot)

    def get_snapshot(self) -> str:
        snapshot = self.get(self.snapshot)
        path = snapshot.path or ""
        holds = snapshot.id == self.snapshot and path.endswith(NAME)
        return check(holds, f"{told_of(snapshot)}, in {path}")

    def delete_snapshot(self) -> str:
        self.netapp.snapshots.delete(self.service, self.share, self.snapshot)
        snapshot = self.get(self.snapshot)
        return check(snapshot.status == "deleting", told_of(snapshot))

    def wait_gone(self) -> str:
        self.netapp.snapshots.wait_until_deleted(self.service, self.share, self.snapshot, first_interval=SOON)
        return "gone"

    def delete_share(self) -> str:
        shares = self.netapp.shares
        shares.delete(self.service, self.share)
        shares.wait_until_deleted(self.service, self.share, first_interval=SOON)
        return not_found(lambda: shares.get(self.service, self.share))

    def list_shares(self) -> str:
        shares = self.netapp.shares.list(self.service)
        self.share = shares[0].id if shares else ""
        return f"{len(shares)} shares"

    def list_any(self) -> str:
        """Lists the snapshots of the first share, if there is one."""
        if self.share == "":
            return "there is no share"
        return f"{len(self.netapp.snapshots.list(self.service, self.share, detail=True))} snapshots"

    def read(self, telling: Telling) -> None:
        telling.tell("list the shares", self.list_shares)
        telling.tell("list a share's snapshots", self.list_any)
        telling.tell("meet a 404 as a typed error", lambda: not_found(lambda: self.get(NOBODY)))

    def write(self, telling: Telling) -> None:
        telling.tell("create a share", self.create_share)
        telling.tell("wait until it is available", self.wait_for_share)
        telling.tell("list its snapshots: the policy's", lambda: self.list_snapshots(False))
        telling.tell("create a snapshot", self.create_snapshot)
        telling.tell("wait until the snapshot is available", self.wait_for_snapshot)
        telling.tell("get the snapshot", self.get_snapshot)
        telling.tell("list the share's snapshots: it is there", lambda: self.list_snapshots(True))
        telling.tell("delete the snapshot", self.delete_snapshot)
        telling.tell("wait until the snapshot is gone", self.wait_gone)
        telling.tell("get it: a 404 as a typed error", lambda: not_found(lambda: self.get(self.snapshot)))
        telling.tell("list the share's snapshots: it is gone", lambda: self.list_snapshots(False))
        telling.tell("delete the share and wait until it is gone", self.delete_share)


def tell(telling: Telling, read_only: bool) -> None:
    with snapline.OVHcloud() as client:
        story = Story(client)
        telling.tell("find the service", story.find_service)
        if read_only:
            story.read(telling)
        else:
            story.write(telling)
