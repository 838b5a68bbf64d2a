"""Which snapshots to keep and which to delete, as Python asks it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import snapline
from snapline import digitalocean, ovhcloud, retention
from snapline.retention import Item, Policy

BEGIN = datetime(2026, 3, 1, 2, tzinfo=timezone.utc)


def nightly(count: int) -> list[Item]:
    """As many, a day apart; the newest is the last."""
    return [
        Item(str(day), name=f"nightly-{day}", created_at=BEGIN + timedelta(days=day))
        for day in range(1, count + 1)
    ]


def deleted(policy: Policy, snapshots: list[Any], **more: Any) -> list[str]:
    return [snapshot.id for snapshot in retention.plan(policy, snapshots, **more).to_delete]


def rules(plan: retention.Plan[Any]) -> list[tuple[str, ...]]:
    return [tuple(reason.rule for reason in decision.reasons) for decision in plan]


def test_each_decision_has_its_reasons() -> None:
    items = nightly(4)
    items[1] = dataclasses.replace(items[1], usable=False)
    items.append(Item("hand", name="by hand", created_at=BEGIN))
    items.append(Item("soon", name="nightly-soon", created_at="soon"))
    plan = retention.plan(Policy(name_prefix="nightly-", keep_last=1, keep_within="12h"), items)
    assert rules(plan) == [
        ("no_rule",),
        ("not_usable",),
        ("no_rule",),
        ("keep_within", "keep_last"),
        ("not_ours",),
        ("no_time",),
    ]
    assert [it.id for it in plan.to_delete] == ["1", "3"]
    assert plan.to_delete[0] is items[0] and plan.decisions[0].snapshot is items[0]
    assert len(plan) == 6 and list(plan) == list(plan.decisions)
    assert str(plan.decisions[0]) == "delete 1: no rule keeps it"
    assert str(plan.decisions[3]) == "keep 4: within 12h of the newest; one of the last"


def test_the_oldest_comes_first_and_is_told() -> None:
    items = nightly(3)[::-1]
    assert deleted(Policy(name_prefix="n", keep_last=1), items) == ["1", "2"]
    plan = retention.plan(Policy(name_prefix="n", keep_monthly=5), items)
    assert [reason.oldest for it in plan if not it.delete for reason in it.reasons] == [False, True]


def test_without_a_mark_it_is_refused() -> None:
    with pytest.raises(snapline.InvalidArgumentError, match="set `name_prefix` or `own_tag`") as caught:
        retention.plan(Policy(keep_daily=1), nightly(3))
    assert caught.value.parameter == "name_prefix"
    plan = retention.plan(Policy(), nightly(3))
    assert plan.to_delete == () and rules(plan) == [("empty_policy",)] * 3


def test_a_minimum_stays_and_nothing_goes_before_the_new_one_is_usable() -> None:
    items = nightly(4)
    policy = Policy(name_prefix="nightly-", keep_tags=[["release"]], keep_at_least=2)
    assert deleted(policy, items) == ["1", "2"]
    items.append(Item("5", name="nightly-5", usable=False))
    assert deleted(policy, items) == []
    with pytest.raises(snapline.InvalidArgumentError, match="must be 1 or more"):
        retention.plan(Policy(name_prefix="n", keep_last=1, keep_at_least=0), items)


def test_every_rule_and_setting_reaches_the_plan() -> None:
    # One a day for three years, and one each hour of the last day.
    items = [
        Item(f"{day}", name="n", created_at=BEGIN + timedelta(days=day)) for day in range(3 * 365)
    ]
    hours = range(1, 20)
    end = BEGIN + timedelta(days=3 * 365 - 1)
    items += [Item(f"h{hour}", name="n", created_at=end + timedelta(hours=hour)) for hour in hours]

    def kept(**rule: Any) -> int:
        return len(items) - len(deleted(Policy(name_prefix="n", **rule), items))

    assert [kept(**{f"keep_{rule}": 3}) for rule in ("last", "hourly", "daily", "weekly", "monthly", "yearly")] == [3] * 6
    # The fourth year is none: the oldest is kept in its place.
    assert kept(keep_yearly=9) == 5
    assert kept(keep_last=retention.ALL) == len(items)
    within = {"": 49, "hourly": 49, "daily": 30, "weekly": 5, "monthly": 2, "yearly": 1}
    for rule, count in within.items():
        assert kept(**{f"keep_within{'_' if rule else ''}{rule}": "30d"}) == count, rule
    ours = Policy(own_tag="ours", keep_last=1)
    tagged = [dataclasses.replace(item, tags=("ours",)) for item in items]
    assert deleted(ours, items) == [] and len(deleted(ours, tagged)) == len(items) - 1
    now = Policy(name_prefix="n", keep_last=1, now=end)
    assert set(deleted(now, items)).isdisjoint({f"h{hour}" for hour in hours})
    grouped = [dataclasses.replace(item, group=item.id[0]) for item in items]
    by: dict[Any, int] = {(): 1, ("group",): 11, ("tags",): 1, ("group", "tags"): 11}
    for keys, count in by.items():
        policy = Policy(name_prefix="n", keep_last=1, group_by=keys)
        assert len(deleted(policy, grouped)) == len(items) - count, keys


def test_a_clock_may_be_ahead_of_utc() -> None:
    times = ("2026-03-01T21:30:00Z", "2026-03-01T22:30:00Z", "2026-03-02T00:30:00Z")
    items = [Item(str(number), name="n", created_at=time) for number, time in enumerate(times)]
    assert deleted(Policy(name_prefix="n", keep_daily=2), items) == ["0"]
    assert deleted(Policy(name_prefix="n", keep_daily=2, utc_offset_minutes=120), items) == ["1"]


def share_snapshot(number: int, share: str, status: str) -> dict[str, Any]:
    return {
        "id": f"{share}-{number}",
        "name": f"nightly-{number}",
        "size_gib": 1,
        "region": "atl1",
        "status": status,
        "created_at": f"2026-03-{number:02}T02:00:00Z",
        "share_id": share,
    }


def test_objects_of_the_package_are_read() -> None:
    policy = Policy(name_prefix="nightly-", keep_last=1)
    raw = [share_snapshot(number, share, "SNAPSHOT_AVAILABLE") for share in "ab" for number in (1, 2)]
    objects = [digitalocean.NfsSnapshot.from_dict(it) for it in raw]
    assert deleted(policy, objects) == ["a-1", "b-1"]
    # As mappings they are the same.
    plan = retention.plan(policy, raw)
    assert plan.to_delete == (raw[0], raw[2])
    # One that is being made holds up its own share alone.
    objects[3] = digitalocean.NfsSnapshot.from_dict(share_snapshot(2, "b", "CREATING"))
    assert deleted(policy, objects) == ["a-1"]
    assert deleted(policy, objects, usable=lambda it: True) == ["a-1", "b-1"]
    assert deleted(policy, objects, usable=lambda it: True, group=lambda it: it.region) == ["a-1", "b-1", "b-2"]


def test_objects_of_other_services_are_read() -> None:
    policy = Policy(name_prefix="nightly-", keep_last=1)
    made = [
        {"id": f"s{day}", "name": f"nightly-{day}", "status": "available", "createdAt": f"2026-03-0{day}T02:00:00Z"}
        for day in (1, 2)
    ]
    objects = [ovhcloud.NetappSnapshot.from_dict(it) for it in made]
    assert deleted(policy, objects) == ["s1"]
    made[1]["status"] = "never heard of"
    objects = [ovhcloud.NetappSnapshot.from_dict(it) for it in made]
    assert deleted(policy, objects) == []


def test_anything_with_the_attributes_is_read() -> None:
    policy = Policy(own_tag="ours", keep_last=1)
    things = [
        SimpleNamespace(id=day, created_at=BEGIN + timedelta(days=day), tags=["ours"], name=None) for day in (1, 2)
    ]
    assert [it.id for it in retention.plan(policy, iter(things)).to_delete] == [1]
    things[1].status = None
    assert retention.plan(policy, things).to_delete == ()
    assert retention.plan(policy, [{"id": "x"}]).decisions[0].reasons[0].rule == "not_ours"


@pytest.mark.parametrize(
    ("policy", "parameter"),
    [
        ({"keep_within": "2w"}, "keep_within"),
        ({"keep_within_yearly": ""}, "keep_within_yearly"),
        ({"keep_last": -1}, "keep_last"),
        ({"keep_last": 2**32}, "keep_last"),
        ({"keep_tags": [[]]}, "keep_tags"),
        ({"group_by": ["host"]}, "group_by[0]"),
        ({"utc_offset_minutes": 1440}, "utc_offset_minutes"),
        ({"utc_offset_minutes": 2**40}, "utc_offset_minutes"),
        ({"name_prefix": ""}, "name_prefix"),
        ({"now": datetime(2026, 3, 1)}, "now"),
        ({"now": "now"}, "now"),
    ],
)
def test_a_value_that_cannot_be_is_told(policy: dict[str, Any], parameter: str) -> None:
    with pytest.raises(snapline.InvalidArgumentError) as caught:
        retention.plan(Policy(**{"name_prefix": "n", **policy}), [])
    assert caught.value.parameter == parameter


def test_a_wrong_type_is_told() -> None:
    types: list[dict[str, Any]] = [{"keep_last": "3"}, {"keep_last": True}, {"keep_within": 7}, {"name_prefix": b"n"}]
    for wrong in types:
        with pytest.raises(TypeError, match=next(iter(wrong))):
            retention.plan(Policy(**wrong), [])
    lists: list[dict[str, Any]] = [{"keep_tags": ["ours"]}, {"keep_tags": "ours"}, {"group_by": "tags"}]
    for wrong in lists:
        with pytest.raises(TypeError, match="must be a list"):
            Policy(**wrong)
    with pytest.raises(TypeError, match=r"snapshots\[1\]"):
        retention.plan(Policy(), [{"id": "a"}, {"name": "b"}])
    with pytest.raises(TypeError, match=r"items\[0\].created_at"):
        retention.plan(Policy(), [Item("a", created_at=3)])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Policy("nightly-")  # type: ignore[call-arg]
    with pytest.raises(snapline.InvalidArgumentError, match="time zone"):
        retention.plan(Policy(), [Item("a", created_at=datetime(2026, 3, 1))])
    with pytest.raises(snapline.InvalidArgumentError, match="which an item before has"):
        retention.plan(Policy(), [{"id": 1}, {"id": "1"}])


def test_a_policy_is_a_value() -> None:
    policy = Policy(name_prefix="n", keep_tags=[["a"]], keep_last=3)
    assert policy == Policy(name_prefix="n", keep_tags=[["a"]], keep_last=3) and policy != Policy()
    assert hash(policy) == hash(copy.copy(policy))
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert dataclasses.replace(policy, keep_last=4).keep_tags == (("a",),)
    assert "keep_last=3" in repr(policy)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.keep_last = 9  # type: ignore[misc]


def test_it_is_loaded_when_it_is_asked_for() -> None:
    code = "import sys, snapline; assert 'snapline.retention' not in sys.modules; print(snapline.retention.ALL)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("4294967295\n", "")
