"""The story that `cargo xtask demo` tells, in Python.

Prints one line a step: name, milliseconds, `ok` or `failed`, detail, with tabs between. Asks for
DIGITALOCEAN_TOKEN, and SNAPLINE_DIGITALOCEAN_URL for a server of its own. With --read-only nothing
is made or deleted.
"""

from __future__ import annotations

import sys
import time
from typing import Callable, Literal, Optional

import snapline

REGION = "atl1"
SOON = 0.05


class Story:
    """Runs the steps and remembers what later ones need."""

    def __init__(self, client: snapline.DigitalOcean) -> None:
        self.client = client
        self.share_id = ""
        self.snapshot_id: Optional[str] = None
        self.volume_snapshot_id: Optional[str] = None
        self.failed = False

    def tell(self, name: str, step: Callable[[], str]) -> None:
        """Runs one step and prints how it went."""
        started = time.monotonic()
        try:
            how, detail = "ok", step()
        except (snapline.SnaplineError, LookupError) as error:
            self.failed = True
            how, detail = "failed", str(error)
        took = round((time.monotonic() - started) * 1000)
        print(name, took, how, detail, sep="\t")

    def create_share(self) -> str:
        share = self.client.nfs.create(
            name="python-data",
            size_gib=100,
            region=REGION,
            vpc_ids=["796c6fe3-2a1d-4da2-9f3e-38239827dc91"],
        )
        self.share_id = share.id
        return f"{share.name} of {share.size_gib} GiB is {share.status}"

    def wait_for_share(self) -> str:
        share = self.client.nfs.wait_until_active(self.share_id, region=REGION, first_interval=SOON)
        return f"{share.name} is {share.status}"

    def take_snapshot(self) -> str:
        action = self.client.nfs.snapshot(self.share_id, name="nightly", region=REGION)
        return f"the action is {action.status}"

    def wait_for_snapshot(self) -> str:
        snapshot = self.client.nfs.snapshots.wait_until_active(
            share_id=self.share_id, name="nightly", region=REGION, first_interval=SOON
        )
        self.snapshot_id = snapshot.id
        return f"{snapshot.name} is {snapshot.status}"

    def list_snapshots(self) -> str:
        found = self.client.nfs.snapshots.list(share_id=self.share_id, region=REGION)
        return f"{len(found)} found: {', '.join(snapshot.name for snapshot in found)}"

    def page(self, at_least: int) -> str:
        count, gigabytes = 0, 0.0
        for snapshot in self.client.snapshots.list(per_page=200):
            count += 1
            gigabytes += snapshot.size_gigabytes
        if count < at_least:
            raise LookupError(f"only {count} snapshots came")
        return f"{count} snapshots, {gigabytes:.1f} GB"

    def resource(self, kind: Literal["droplet", "volume"]) -> str:
        """A droplet or volume that has a snapshot already."""
        for snapshot in self.client.snapshots.list(resource_type=kind, per_page=1):
            return snapshot.resource_id
        raise LookupError("there is nothing to snapshot")

    def snapshot_droplet(self) -> str:
        droplet = int(self.resource("droplet"))
        actions = self.client.droplets.actions
        action = actions.snapshot(droplet, name="python-root-disk")
        if action.id is None:
            raise LookupError("the action has no id")
        done = actions.wait_until_completed(droplet, action.id, first_interval=SOON)
        return f"action {done.id} is {done.status}"

    def snapshot_volume(self) -> str:
        volume = self.resource("volume")
        snapshot = self.client.volumes.snapshots.create(volume, name="python-before-upgrade")
        self.volume_snapshot_id = snapshot.id
        return f"{snapshot.name} of {snapshot.size_gigabytes} GB"

    def delete(self) -> str:
        if self.volume_snapshot_id is not None:
            self.client.volumes.snapshots.delete(self.volume_snapshot_id)
        if self.snapshot_id is not None:
            self.client.nfs.snapshots.delete(self.snapshot_id, region=REGION)
        self.client.nfs.delete(self.share_id, region=REGION)
        self.client.nfs.wait_until_deleted(self.share_id, region=REGION, first_interval=SOON)
        return "gone"

    def not_found(self) -> str:
        try:
            snapshot = self.client.snapshots.get("1")
        except snapline.NotFoundError as error:
            return f"{error.status} {error.code}"
        raise LookupError(f"there is a snapshot 1: {snapshot.name}")

    def list_shares(self) -> str:
        return f"{len(self.client.nfs.list())} shares"

    def list_actions(self) -> str:
        page = self.client.actions.list(per_page=5)
        return f"{len(page.items)} of {page.total or 0} actions"

    def write(self) -> None:
        self.tell("create a share", self.create_share)
        self.tell("wait until it is ACTIVE", self.wait_for_share)
        self.tell("snapshot it", self.take_snapshot)
        self.tell("wait until the snapshot is ACTIVE", self.wait_for_snapshot)
        self.tell("list the share's snapshots", self.list_snapshots)
        self.tell("page through 1,000 snapshots", lambda: self.page(1000))
        self.tell("snapshot a droplet and wait for the action", self.snapshot_droplet)
        self.tell("snapshot a volume", self.snapshot_volume)
        self.tell("delete the snapshots and the share", self.delete)
        self.tell("meet a 404 as a typed error", self.not_found)

    def read(self) -> None:
        self.tell("list the shares", self.list_shares)
        self.tell("page through the snapshots", lambda: self.page(0))
        self.tell("list the newest actions", self.list_actions)
        self.tell("meet a 404 as a typed error", self.not_found)


def main() -> int:
    try:
        client = snapline.DigitalOcean()
    except snapline.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    with client:
        story = Story(client)
        if "--read-only" in sys.argv[1:]:
            story.read()
        else:
            story.write()
    return 1 if story.failed else 0


if __name__ == "__main__":
    sys.exit(main())
