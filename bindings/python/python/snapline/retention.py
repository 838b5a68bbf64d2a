"""Which snapshots of a list to keep and which to delete: rules over a list, and nothing else.

    from snapline import retention

    policy = retention.Policy(name_prefix="nightly-", keep_daily=7, keep_weekly=4)
    plan = retention.plan(policy, do.nfs.snapshots.list())
    for decision in plan:
        print(decision)
    for snapshot in plan.to_delete:
        do.nfs.snapshots.delete(snapshot.id)

The rules are restic's. `plan` sends nothing, deletes nothing and looks at no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar

from ._native import _plan_retention

__all__ = ["ALL", "Decision", "Item", "Plan", "Policy", "Reason", "plan"]

ALL: Final = 2**32 - 1
"""As a count of a rule: keep all of them."""

_T = TypeVar("_T")

# In these states data can be had back; states are compared without regard to case, `-` and `_`.
_USABLE = frozenset(("active", "available", "completed", "ready", "snapshotactive", "snapshotavailable"))
# Where a snapshot says what it is one of.
_GROUPS = ("group", "resource_id", "share_id", "volume_id", "droplet_id")
_MISSING: Final = object()


@dataclass(frozen=True, init=False)
class Policy:
    """What is ours, and what of it to keep.

    A snapshot is kept if one rule says so. A count of 0 is no rule, and without a rule nothing is deleted.

    Attributes:
        name_prefix: Ours are those whose name begins with this. Where `own_tag` is set as well, both must hold. One
            of the two must be set before anything is deleted.
        own_tag: Ours are those that have this tag.
        keep_last: How many of the newest to keep; `ALL` for all of them, here and below.
        keep_hourly: For how many hours that have a snapshot to keep the newest of each; counted from the latest such
            hour.
        keep_daily: The same for days.
        keep_weekly: The same for weeks, which begin on Monday.
        keep_monthly: The same for months.
        keep_yearly: The same for years.
        keep_within: Keep all that are not so much older than the newest, written as in `2y5m7d3h`.
        keep_within_hourly: Of those that are not so much older than the newest keep the newest of each hour.
        keep_within_daily: The same for days.
        keep_within_weekly: The same for weeks.
        keep_within_monthly: The same for months.
        keep_within_yearly: The same for years.
        keep_tags: Keep what has all tags of one of these lists. The list of the empty text alone stands for what has
            no tag.
        group_by: What a list is divided by before the rules go over each part; empty for one group.
        keep_at_least: How many that can be used stay in each group whatever the rules say; no less than 1.
        utc_offset_minutes: By how many minutes the clock that hours and days go by is ahead of UTC.
        now: The time now: what claims to be younger is kept and counts as nothing. Without it all times are believed.
    """

    name_prefix: str | None
    own_tag: str | None
    keep_last: int
    keep_hourly: int
    keep_daily: int
    keep_weekly: int
    keep_monthly: int
    keep_yearly: int
    keep_within: str | None
    keep_within_hourly: str | None
    keep_within_daily: str | None
    keep_within_weekly: str | None
    keep_within_monthly: str | None
    keep_within_yearly: str | None
    keep_tags: tuple[tuple[str, ...], ...]
    group_by: tuple[Literal["group", "tags"], ...]
    keep_at_least: int
    utc_offset_minutes: int
    now: datetime | None

    def __init__(
        self,
        *,
        name_prefix: str | None = None,
        own_tag: str | None = None,
        keep_last: int = 0,
        keep_hourly: int = 0,
        keep_daily: int = 0,
        keep_weekly: int = 0,
        keep_monthly: int = 0,
        keep_yearly: int = 0,
        keep_within: str | None = None,
        keep_within_hourly: str | None = None,
        keep_within_daily: str | None = None,
        keep_within_weekly: str | None = None,
        keep_within_monthly: str | None = None,
        keep_within_yearly: str | None = None,
        keep_tags: Iterable[Iterable[str]] = (),
        group_by: Iterable[Literal["group", "tags"]] = ("group",),
        keep_at_least: int = 1,
        utc_offset_minutes: int = 0,
        now: datetime | None = None,
    ) -> None:
        given = dict(locals())
        del given["self"]
        given["keep_tags"] = tuple(_tags("an item of keep_tags", tags) for tags in keep_tags)
        given["group_by"] = _tags("group_by", group_by)
        for name, value in given.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, init=False)
class Item:
    """A snapshot as far as retention looks at it.

    Attributes:
        id: What a decision names it by; no two of a list have the same.
        name: Its name.
        created_at: When it was made, as an aware `datetime` or as RFC 3339 has it. What is no such time, and None, is
            a time that cannot be read; such a snapshot is kept.
        tags: Its tags.
        group: What it is a snapshot of, such as a share's id: each has its own to keep.
        usable: Whether data can be had back from it; one that is being made or has failed is not usable.
    """

    id: str
    name: str
    created_at: datetime | str | None
    tags: tuple[str, ...]
    group: str
    usable: bool

    def __init__(
        self,
        id: str,
        *,
        name: str = "",
        created_at: datetime | str | None = None,
        tags: Iterable[str] = (),
        group: str = "",
        usable: bool = True,
    ) -> None:
        given = dict(locals())
        del given["self"]
        given["tags"] = _tags("tags", tags)
        for key, value in given.items():
            object.__setattr__(self, key, value)


@dataclass(frozen=True)
class Reason:
    """Why a snapshot is kept or deleted.

    Attributes:
        rule: What it goes by: `keep_daily` and the like; `keep_at_least`, `empty_policy`, `not_ours`, `no_time`,
            `in_future`, `not_usable` and `newest_not_usable` for what is kept whatever the rules say; `no_rule` for
            what is to be deleted. More may come.
        text: Half a sentence for a person.
        oldest: Whether the rule keeps it only since it is the oldest of all, and there are fewer than it may keep.
    """

    rule: str
    text: str
    oldest: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Decision(Generic[_T]):
    """What is to become of one snapshot; as text it is a line for a person.

    Attributes:
        id: The snapshot's id.
        delete: Whether it is to be deleted; else it is kept.
        reasons: Why; there is always one at least.
        snapshot: The snapshot, as it was given.
    """

    id: str
    delete: bool
    reasons: tuple[Reason, ...]
    snapshot: _T

    def __str__(self) -> str:
        what = "delete" if self.delete else "keep"
        return f"{what} {self.id}: {'; '.join(map(str, self.reasons))}"


@dataclass(frozen=True)
class Plan(Generic[_T]):
    """The decisions about a list, in the list's order.

    Attributes:
        decisions: One for each snapshot.
        to_delete: The snapshots that are to be deleted. The oldest comes first: whoever stops in between has lost the
            least.
    """

    decisions: tuple[Decision[_T], ...]
    to_delete: tuple[_T, ...]

    def __iter__(self) -> Iterator[Decision[_T]]:
        return iter(self.decisions)

    def __len__(self) -> int:
        return len(self.decisions)


def plan(
    policy: Policy,
    snapshots: Iterable[_T],
    *,
    group: Callable[[_T], str] | None = None,
    usable: Callable[[_T], bool] | None = None,
) -> Plan[_T]:
    """Decides about each snapshot of a list. Nothing is deleted by this.

    Never to be deleted is what nothing marks as ours, what has no time that can be read or one that is yet to come,
    what is not usable, anything of a group whose newest is not usable, and what would leave too few.

    Args:
        policy: What is ours, and what of it to keep.
        snapshots: Objects of this package, mappings, anything else with the attributes `id`, `name`, `created_at` and
            `tags`, or `Item`. What says nothing of a name or of tags has none.
        group: What a snapshot is one of. Unless given that is what it says in `resource_id`, `share_id`, `volume_id` or
            `droplet_id`, and nothing if it says nothing.
        usable: Whether data can be had back from a snapshot. Unless given that goes by its `status`: any that is not
            known to be good is not usable, and what has no `status` is.

    Returns:
        A decision for each snapshot, with its reasons.

    Raises:
        InvalidArgumentError: A value of the policy cannot be, an id is listed twice, or the policy has a rule and does
            not say what is ours. Nothing is to be deleted then.
        TypeError: A value is of a wrong type, or a snapshot has no id.
    """
    given = list(snapshots)
    items = [_item(index, snapshot) for index, snapshot in enumerate(given)]
    if group is not None:
        items = [replace(item, group=group(snapshot)) for item, snapshot in zip(items, given)]
    if usable is not None:
        items = [replace(item, usable=usable(snapshot)) for item, snapshot in zip(items, given)]
    decided, gone = _plan_retention(policy, items)
    decisions = tuple(
        Decision(item.id, delete, tuple(Reason(*reason) for reason in reasons), snapshot)
        for item, snapshot, (delete, reasons) in zip(items, given, decided)
    )
    by_id = {item.id: snapshot for item, snapshot in zip(items, given)}
    return Plan(decisions, tuple(by_id[id] for id in gone))


def _item(index: int, snapshot: object) -> Item:
    if isinstance(snapshot, Item):
        return snapshot
    read = _reader(snapshot)
    number = read("id")
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str):
        raise TypeError(f"argument 'snapshots[{index}]' must have an `id` that is text or a number")
    status = read("status")
    groups = (read(name) for name in _GROUPS)
    return Item(
        number,
        name=_or(read("name"), ""),
        created_at=_or(read("created_at"), None),
        tags=_or(read("tags"), ()),
        group=str(next((it for it in groups if it is not _MISSING and it is not None), "")),
        usable=status is _MISSING or _is_usable(status),
    )


def _reader(snapshot: object) -> Callable[[str], Any]:
    if isinstance(snapshot, Mapping):
        mapping: Mapping[Any, Any] = snapshot
        return lambda name: mapping.get(name, _MISSING)
    return lambda name: getattr(snapshot, name, _MISSING)


def _or(value: Any, default: Any) -> Any:
    return default if value is _MISSING or value is None else value


def _is_usable(status: object) -> bool:
    return isinstance(status, str) and str(status).casefold().replace("-", "").replace("_", "") in _USABLE


def _tags(name: str, tags: Iterable[str]) -> tuple[str, ...]:
    # Text is a list of letters by accident.
    if isinstance(tags, (str, bytes)):
        raise TypeError(f"argument '{name}' must be a list, not {type(tags).__name__}")
    return tuple(tags)
