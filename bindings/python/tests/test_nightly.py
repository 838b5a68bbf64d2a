"""The programs of bindings/python/examples against the stand-in: how many requests they make, and that no trouble makes
them take a snapshot twice or delete what they should not."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import snapline

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "bindings/python/examples"
MOCK = ROOT / "target/debug/snapline-mock"
NAME = "nightly-2999-01-01"
# No fault, and no call may be refused.
ONCE = "delay:1"

sys.path.insert(0, str(EXAMPLES))
import move_region
import nightly
import nightly_async
import restore
from rotation import Rotation, Target


class Mock(NamedTuple):
    url: str
    environment: dict[str, str]

    def options(self, fault: str) -> dict[str, Any]:
        """What makes a client whose every request asks for a fault."""
        pace = {"backoff_base": 0.001, "backoff_cap": 0.002, "retry_budget": 10_000}
        if fault == ONCE:
            pace["max_attempts"] = 1
        headers = {"x-mock-fault": fault}
        return {"token": "dop_v1_test", "base_url": self.url, "pacing": True, "headers": headers, **pace}

    def client(self, fault: str = "delay:0") -> snapline.DigitalOcean:
        return snapline.DigitalOcean(**self.options(fault))

    def counts(self) -> Counter[str]:
        """How often each operation was asked for."""
        with urllib.request.urlopen(f"{self.url}/_mock/counts", timeout=20) as answer:
            return Counter(json.load(answer))

    def tag(self) -> str:
        with self.client() as do:
            return next(tag for droplet in do.droplets.list() for tag in droplet.tags)


@contextmanager
def mock(volumes: int, snapshots: int, *more: str) -> Iterator[Mock]:
    assert MOCK.exists(), f"{MOCK} must be there: cargo build -p snapline-mock"
    told = ["--volumes", str(volumes), "--snapshots", str(snapshots), "--settle-ms", "0", "--faults"]
    child = subprocess.Popen(
        [MOCK, "--exit-with-stdin", "--strict", *told, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout
    with child:
        lines = list(iter(lambda: child.stdout.readline().strip(), ""))  # type: ignore[union-attr]
        environment = dict(pair.split("=", 1) for line in lines[2:] for pair in line.split()[1:])
        try:
            yield Mock(lines[0].removeprefix("listening on "), environment)
        finally:
            child.stdin.close()


def blocking(mock: Mock, fault: str = "delay:0") -> Rotation:
    with mock.client(fault) as do:
        return nightly.rotate(do, mock.tag(), NAME, 8, grace=0.05)


def awaiting(mock: Mock, fault: str = "delay:0") -> Rotation:
    async def rotate() -> Rotation:
        async with snapline.AsyncDigitalOcean(**mock.options(fault)) as do:
            return await nightly_async.rotate(do, mock.tag(), NAME, 8, grace=0.05)

    return asyncio.run(rotate())


BOTH = pytest.mark.parametrize("rotate", [blocking, awaiting])
Rotate = Callable[..., Rotation]


def gone(night: Rotation) -> int:
    return sum(it.deleted for it in night.outcomes.values())


def all_snapshots(mock: Mock) -> list[Any]:
    with mock.client() as do:
        return list(do.snapshots.list())


def posts(mock: Mock) -> int:
    counts = mock.counts()
    return counts["volumeSnapshots_create"] + counts["dropletActions_post"]


@BOTH
def test_five_hundred_volumes_take_no_more_requests_than_they_must(rotate: Rotate) -> None:
    volumes, snapshots = 500, 5000
    with mock(volumes, snapshots) as service:
        before = service.counts() + Counter(droplets_list=1)  # for the tag
        night = rotate(service)
        made = service.counts() - before
        deletes = gone(night)
        droplets = len(night.outcomes) - volumes
        # Three volumes are there that do not carry the tag. A droplet's snapshot is begun, its action asked for, and
        # the snapshot looked for and read.
        lists = snapshots // 200 + -(-(volumes + 3) // 200) + 1
        assert sum(made.values()) <= lists + volumes * 2 + droplets * 4 + deletes
        assert made["volumeSnapshots_create"] == volumes and made["snapshots_delete"] == deletes
        assert made["volumeSnapshots_list"] == 0 and volumes <= deletes <= 4 * volumes
        assert night.report()[-1] == f"502 in all: 502 taken, {deletes} deleted, 0 failed"
        assert len(all_snapshots(service)) == snapshots + 502 - deletes


@BOTH
@pytest.mark.parametrize("fault", ["lose*1", "503*1", "503*1,lose*1", "503*2,only:GET"])
def test_b27_lost_answers_and_refusals_make_no_second_snapshot(rotate: Rotate, fault: str) -> None:
    with mock(9, 100) as service:
        night = rotate(service, fault)
        assert [it.failures for it in night.outcomes.values()] == [[]] * 11
        tonights = Counter(it.resource_id for it in all_snapshots(service) if it.name == NAME)
        assert len(tonights) == 11 and set(tonights.values()) == {1}
        assert gone(night) > 0

        before = posts(service)
        again = rotate(service, fault)
        assert not any(it.taken or it.failures for it in again.outcomes.values())
        assert gone(again) == 0 and posts(service) == before


@BOTH
def test_of_what_failed_nothing_is_deleted(rotate: Rotate) -> None:
    with mock(3, 60) as service:
        before = len(all_snapshots(service))
        with service.client() as do:
            volume = list(do.volumes.list())[-1].id
            do.volumes.snapshots.create(volume, name=NAME)
        night = rotate(service, "422*1,only:POST")
        sound = night.outcomes.pop(Target("volume", volume))
        assert not sound.failures and not sound.taken and sound.deleted > 0
        assert [(len(it.failures), it.deleted) for it in night.outcomes.values()] == [(1, 0)] * 4
        assert len(all_snapshots(service)) == before + 1 - sound.deleted
        assert night.end() == 1


@BOTH
def test_b14_a_rate_limit_is_kept_to_however_many_run_at_once(rotate: Rotate) -> None:
    with mock(15, 0, "--rate-limit", "20/1s") as service:
        night = rotate(service, ONCE)
        assert len(night.outcomes) == 17
        # Resets are told in whole seconds, so that on a busy machine one call may come a moment early.
        refused = [it for it in night.outcomes.values() if not it.taken]
        assert len(refused) <= 1 and all("429" in str(it.failures) for it in refused)


def program(service: Mock, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["nightly", "nightly_async"])
def test_the_program_reports_and_says_by_its_end_whether_all_went_well(name: str) -> None:
    with mock(3, 60) as service:
        done = program(service, name, service.tag())
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == 6 and "5 taken" in lines[-1] and lines[-1].endswith(" 0 failed")
        assert all("taken; " in line and " deleted, " in line for line in lines[:-1])
        assert done.stderr.count(" is there\n") == 5
        again = program(service, name, service.tag(), "--parallel", "2")
        assert again.returncode == 0 and "0 taken, 0 deleted, 0 failed" in again.stdout
        assert program(service, name).returncode == 2
        service.environment["DIGITALOCEAN_TOKEN"] = ""
        refused = program(service, name, "production")
        assert refused.returncode == 1 and refused.stderr.startswith("nightly: ")


# No answer to what begins something arrives, and whatever is read is refused once. Our own clients ask for neither.
LOST = ("--fault", "lose*1,only:POST", "--fault", "503*1,only:GET")


@pytest.mark.parametrize("name", ["nightly", "nightly_async"])
def test_b27_the_program_finds_what_it_took_and_begins_nothing_in_a_second_run(name: str) -> None:
    with mock(3, 36, *LOST) as service:
        before = {it.id for it in all_snapshots(service)}
        done = program(service, name, service.tag())
        assert done.returncode == 0, done.stderr
        assert "5 taken" in done.stdout and done.stdout.endswith(" 0 failed\n")
        after = all_snapshots(service)
        new = Counter(it.resource_id for it in after if it.id not in before)
        assert len(new) == 5 and set(new.values()) == {1} and posts(service) == 5
        again = program(service, name, service.tag())
        assert again.returncode == 0 and "0 taken, 0 deleted, 0 failed" in again.stdout, again.stderr
        assert posts(service) == 5 and all_snapshots(service) == after


def test_b27_restore_and_move_region_find_what_they_made() -> None:
    with mock(1, 1, *LOST) as service, service.client() as do:
        droplet = next(iter(do.droplets.list())).id
        image = do.droplets.actions.snapshot_and_wait(droplet, name="one").id
        for snapshot in (next(it.id for it in do.snapshots.list(resource_type="volume")), image):
            done = program(service, "restore", snapshot, "found")
            assert (done.returncode, done.stdout.endswith(" is ready\n")) == (0, True), done.stderr
        assert len(list(do.volumes.list(name="found"))) == len(list(do.droplets.list(name="found"))) == 1
        moved = program(service, "move_region", image, "ams3", "nyc3")
        assert (moved.returncode, moved.stdout) == (0, "ams3: it is there\nnyc3: it is there\n"), moved.stderr
        counts = service.counts()
        made = [counts[it] for it in ("volumes_create", "droplets_create", "imageActions_post")]
        assert made == [1, 1, 2]


def test_a_volume_and_a_droplet_are_made_once() -> None:
    with mock(1, 1) as service, service.client("lose*1") as do:
        told = restore.restore(do, next(iter(do.snapshots.list())).id, "again")
        assert [f"volume {it.id}" for it in do.volumes.list(name="again")] == [told]
        droplet = next(iter(do.droplets.list())).id
        snapshot = nightly.of_droplet(do, droplet, NAME, 0.05)
        assert posts(service) == 1
        told = restore.restore(do, snapshot.id, "again")
        assert [f"droplet {it.id}" for it in do.droplets.list(name="again")] == [told]
        counts = service.counts()
        assert (counts["volumes_create"], counts["droplets_create"]) == (1, 1)

        regions = [*snapshot.regions, "ams3", "nyc3"]
        words = [words for _, words in move_region.spread(do, int(snapshot.id), regions)]
        assert words == ["it was there", "it is there", "it is there"]
        assert do.images.get(int(snapshot.id)).regions == regions
        assert service.counts()["imageActions_post"] == 2


def test_restore_and_move_region_are_programs() -> None:
    with mock(1, 1) as service, service.client() as do:
        snapshot = next(iter(do.snapshots.list()))
        done = program(service, "restore", snapshot.id, "again")
        assert (done.returncode, done.stdout.endswith(" is ready\n")) == (0, True), done.stderr
        wrong = program(service, "restore", "1", "again")
        assert wrong.returncode == 1 and wrong.stderr.startswith("restore: ")
        image = do.droplets.actions.snapshot_and_wait(next(iter(do.droplets.list())).id, name="one").id
        moved = program(service, "move_region", image, "fra1", "ams3")
        assert (moved.returncode, moved.stdout) == (0, "fra1: it was there\nams3: it is there\n")
        assert program(service, "move_region", "1", "ams3").returncode == 1
        assert program(service, "restore").returncode == program(service, "move_region").returncode == 2
