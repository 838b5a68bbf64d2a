"""What `nightly.py` and `nightly_async.py` share: everything but the calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from snapline import retention
from snapline.digitalocean import Droplet, Snapshot, Volume

PREFIX = "nightly-"
POLICY = retention.Policy(name_prefix=PREFIX, keep_daily=7, keep_weekly=4)


@dataclass(frozen=True)
class Target:
    """What a snapshot is taken of: `droplet` or `volume`, and its id as snapshots have it."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass
class Outcome:
    """What became of one target, and its snapshots that are looked at."""

    snapshots: list[Snapshot] = field(default_factory=list)
    taken: bool = False
    deleted: int = 0
    failures: list[str] = field(default_factory=list)

    def failed(self, target: Target, error: Exception) -> None:
        print(f"{target}: {error}", file=sys.stderr)
        self.failures.append(str(error))


class Rotation:
    """Tonight's work on everything that carries a tag."""

    def __init__(self, droplets: Iterable[Droplet], volumes: Iterable[Volume], tag: str, name: str) -> None:
        self.name = name
        # Volumes cannot be asked for by a tag. Capitals do not tell tags apart at DigitalOcean.
        ours = [it for it in volumes if tag.casefold() in map(str.casefold, it.tags or ())]
        targets = [Target("droplet", str(it.id)) for it in droplets] + [Target("volume", it.id) for it in ours]
        self.outcomes = {target: Outcome() for target in targets}

    def add(self, snapshot: Snapshot) -> None:
        """One of the walk over all snapshots; a list for each target would be a request for each."""
        outcome = self.outcomes.get(target_of(snapshot))
        if outcome is not None:
            outcome.snapshots.append(snapshot)

    def missing(self) -> list[Target]:
        """What has no snapshot of tonight: to run twice takes nothing twice."""
        return [
            target for target, outcome in self.outcomes.items() if all(it.name != self.name for it in outcome.snapshots)
        ]

    def took(self, target: Target, result: Snapshot | Exception) -> None:
        outcome = self.outcomes[target]
        if isinstance(result, Exception):
            outcome.failed(target, result)
            return
        print(f"{target}: {self.name} is there", file=sys.stderr)
        outcome.taken = True
        outcome.snapshots.append(result)

    def to_delete(self) -> tuple[Snapshot, ...]:
        """What need not be kept, of what has tonight's."""
        sound = [it for it in self.outcomes.values() if not it.failures]
        snapshots = [snapshot for outcome in sound for snapshot in outcome.snapshots]
        return retention.plan(POLICY, snapshots, group=lambda it: str(target_of(it))).to_delete

    def deleted(self, snapshot: Snapshot, error: Exception | None) -> None:
        target = target_of(snapshot)
        outcome = self.outcomes[target]
        if error is None:
            outcome.deleted += 1
        else:
            outcome.failed(target, error)

    def report(self) -> list[str]:
        """A line for each target and one for all."""
        lines = []
        for target, it in self.outcomes.items():
            what = f"{self.name} taken" if it.taken else f"{self.name} was there"
            if it.failures:
                what = f"FAILED: {'; '.join(it.failures)}"
            lines.append(f"{target}: {what}; {it.deleted} deleted, {len(it.snapshots) - it.deleted} kept")
        all_of_them = self.outcomes.values()
        taken, deleted = sum(it.taken for it in all_of_them), sum(it.deleted for it in all_of_them)
        failed = sum(bool(it.failures) for it in all_of_them)
        return [*lines, f"{len(all_of_them)} in all: {taken} taken, {deleted} deleted, {failed} failed"]

    def end(self) -> int:
        """Prints the report; what the program ends with."""
        print(*self.report(), sep="\n")
        return int(any(it.failures for it in self.outcomes.values()))


def target_of(snapshot: Snapshot) -> Target:
    return Target(str(snapshot.resource_type), snapshot.resource_id)


def tonight() -> str:
    """The name of tonight's snapshots; days are those of UTC."""
    return datetime.now(timezone.utc).strftime(f"{PREFIX}%Y-%m-%d")


@dataclass
class Arguments:
    tag: str = ""
    parallel: int = 8


def arguments(description: str | None) -> Arguments:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag", metavar="TAG")
    parser.add_argument("--parallel", type=int, default=8, metavar="N", help="how many calls at once (8)")
    given = parser.parse_args(namespace=Arguments())
    if given.parallel < 1:
        parser.error("--parallel must be 1 or more")
    return given
