"""DigitalOcean: a share and its snapshots, a droplet's and a volume's, and a thousand in pages."""

from __future__ import annotations

from typing import Literal, Optional

import snapline
from telling import SOON, NotSo, Telling, check, not_found

REGION = "atl1"


class Story:
    """The steps, and what later ones need of earlier ones."""

    def __init__(self, client: snapline.DigitalOcean) -> None:
        self.client = client
        self.share_id = ""
        self.snapshot_id: Optional[str] = None
        self.volume_snapshot_id: Optional[str] = None

    def create_share(self) -> str:
        share = self.client.nfs.create(
            name="python-data",
            size_gib=100,
            region=REGION,
            vpc_ids=["796c6fe3-2a1d-4da2-9f3e-38239827dc91"],
        )
        self.share_id = share.id
        holds = share.status == "CREATING" and share.size_gib == 100
        return check(holds, f"{share.name} of {share.size_gib} GiB is {share.status}")

    def wait_for_share(self) -> str:
        share = self.client.nfs.wait_until_active(self.share_id, region=REGION, first_interval=SOON)
        return check(share.status == "ACTIVE", f"{share.name} is {share.status}")

    def take_snapshot(self) -> str:
        action = self.client.nfs.snapshot(self.share_id, name="nightly", region=REGION)
        return check(action.status != "ACTION_FAILED", f"the action is {action.status}")

    def wait_for_snapshot(self) -> str:
        snapshot = self.client.nfs.snapshots.wait_until_active(
            share_id=self.share_id, name="nightly", region=REGION, first_interval=SOON
        )
        self.snapshot_id = snapshot.id
        return check(snapshot.status == "ACTIVE", f"{snapshot.name} is {snapshot.status}")

    def list_snapshots(self) -> str:
        found = self.client.nfs.snapshots.list(share_id=self.share_id, region=REGION)
        names = [snapshot.name for snapshot in found]
        return check(names == ["nightly"], f"{len(names)} found: {', '.join(names)}")

    def page(self, at_least: int) -> str:
        count, gigabytes = 0, 0.0
        for snapshot in self.client.snapshots.list(per_page=200):
            count += 1
            gigabytes += snapshot.size_gigabytes
        return check(count >= at_least, f"{count} snapshots, {gigabytes:.1f} GB")

    def resource(self, kind: Literal["droplet", "volume"]) -> str:
        """A droplet or volume that has a snapshot already."""
        for snapshot in self.client.snapshots.list(resource_type=kind, per_page=1):
            return snapshot.resource_id
        raise NotSo("there is nothing to snapshot")

    def snapshot_droplet(self) -> str:
        droplet = int(self.resource("droplet"))
        actions = self.client.droplets.actions
        action = actions.snapshot(droplet, name="python-root-disk")
        done = actions.wait_until_completed(droplet, action.id, first_interval=SOON)
        return check(done.status == "completed", f"action {done.id} is {done.status}")

    def snapshot_volume(self) -> str:
        volume = self.resource("volume")
        snapshot = self.client.volumes.snapshots.create(volume, name="python-before-upgrade")
        self.volume_snapshot_id = snapshot.id
        told = f"{snapshot.name} of {snapshot.size_gigabytes} GB"
        return check(snapshot.name == "python-before-upgrade", told)

    def delete(self) -> str:
        if self.volume_snapshot_id is not None:
            self.client.volumes.snapshots.delete(self.volume_snapshot_id)
        if self.snapshot_id is not None:
            self.client.nfs.snapshots.delete(self.snapshot_id, region=REGION)
        self.client.nfs.delete(self.share_id, region=REGION)
        self.client.nfs.wait_until_deleted(self.share_id, region=REGION, first_interval=SOON)
        # A share that is gone may still be seen, as DELETED; a snapshot may not.
        not_found(lambda: self.client.volumes.snapshots.get(self.volume_snapshot_id or ""))
        return "gone"

    def not_found(self) -> str:
        return not_found(lambda: self.client.snapshots.get("1"))

    def list_shares(self) -> str:
        return f"{len(self.client.nfs.list())} shares"

    def list_actions(self) -> str:
        page = self.client.actions.list(per_page=5)
        return f"{len(page.items)} of {page.total or 0} actions"

    def write(self, telling: Telling) -> None:
        telling.tell("create a share", self.create_share)
        telling.tell("wait until it is ACTIVE", self.wait_for_share)
        telling.tell("snapshot it", self.take_snapshot)
        telling.tell("wait until the snapshot is ACTIVE", self.wait_for_snapshot)
        telling.tell("list the share's snapshots", self.list_snapshots)
        telling.tell("page through 1,000 snapshots", lambda: self.page(1000))
        telling.tell("snapshot a droplet and wait for the action", self.snapshot_droplet)
        telling.tell("snapshot a volume", self.snapshot_volume)
        telling.tell("delete the snapshots and the share", self.delete)
        telling.tell("meet a 404 as a typed error", self.not_found)

    def read(self, telling: Telling) -> None:
        telling.tell("list the shares", self.list_shares)
        telling.tell("page through the snapshots", lambda: self.page(0))
        telling.tell("list the newest actions", self.list_actions)
        telling.tell("meet a 404 as a typed error", self.not_found)


def tell(telling: Telling, read_only: bool) -> None:
    with snapline.DigitalOcean() as client:
        story = Story(client)
        if read_only:
            story.read(telling)
        else:
            story.write(telling)
