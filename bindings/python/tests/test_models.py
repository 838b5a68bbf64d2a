"""Objects, enums and times."""

from __future__ import annotations

import copy
import json
import pickle
import pydoc
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import snapline
from snapline import digitalocean as do


def test_attributes(snapshot: dict[str, Any]) -> None:
    made = do.Snapshot.from_dict(snapshot)
    assert (made.id, made.min_disk_size, made.size_gigabytes) == ("snap-1", 25, 2.5)
    assert made.regions == ["atl1"]
    assert made.tags is None
    assert made.resource_type is do.ResourceType.VOLUME
    assert made.created_at == datetime(2026, 5, 11, 2, 30, 7, 123456, timezone.utc)
    assert made.created_at is not None and made.created_at.utcoffset() == timedelta(0)


def test_an_object_cannot_be_changed(snapshot: dict[str, Any]) -> None:
    made = do.Snapshot.from_dict(snapshot)
    with pytest.raises(AttributeError):
        made.name = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        made.surprise = 1  # type: ignore[attr-defined]
    made.regions.append("fra1")
    assert made.regions == ["atl1"]
    with pytest.raises(TypeError):
        hash(made)
    with pytest.raises(TypeError):
        do.Snapshot()


def test_repr_reads_like_a_call(share: dict[str, Any]) -> None:
    share["created_at"] = ""
    text = repr(do.NfsShare.from_dict(share))
    assert text == (
        "NfsShare(id='share-1', name='media', size_gib=50, region='atl1', "
        "status=NfsShareStatus.ACTIVE, created_at=None, vpc_ids=['vpc-1'], "
        "performance_tier=None, mount_path=None, host=None, access_points=None)"
    )


def test_equality_copies_and_pickles(share: dict[str, Any]) -> None:
    made = do.NfsShare.from_dict(share)
    same = [do.NfsShare.from_dict(dict(share)), copy.copy(made), copy.deepcopy([made])[0]]
    same += [pickle.loads(pickle.dumps(made, protocol)) for protocol in range(2, 6)]
    assert all(item == made and type(item) is do.NfsShare for item in same)
    other = do.NfsShare.from_dict({**share, "name": "other"})
    assert other != made
    assert made != share
    assert made.__eq__(share) is NotImplemented


def test_dictionaries_go_round(share: dict[str, Any], snapshot: dict[str, Any]) -> None:
    assert do.NfsShare.from_dict(share).to_dict() == share
    assert do.Snapshot.from_dict(snapshot).to_dict() == snapshot
    assert do.Snapshot.from_dict({**snapshot, "new": 1}).to_dict() == snapshot
    with pytest.raises(snapline.InvalidArgumentError, match="is no NfsShare: the text has no `id`"):
        do.NfsShare.from_dict({"title": "x"})
    with pytest.raises(TypeError, match="'data' must be a mapping, not list"):
        do.NfsShare.from_dict([])  # type: ignore[arg-type]


def test_b12_an_object_from_a_dictionary_is_as_lenient_as_a_call(
    share: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    odd = {**share, "id": 12345678901234567890, "size_gib": "50"}
    del odd["name"]
    for _ in range(3):
        made = do.NfsShare.from_dict(odd)
    assert (made.id, made.name, made.size_gib) == ("12345678901234567890", "", 50)
    # Each once, whoever else has told of one before.
    told = "".join(caplog.messages)
    for drift in ("NfsShare.id is of another type", "NfsShare.name is missing"):
        assert told.count(drift) == 1
    with pytest.raises(snapline.InvalidArgumentError, match="NfsShare.name is missing at"):
        do.NfsShare.from_dict(odd, strict=True)
    assert pickle.loads(pickle.dumps(made)) == made
    # What may be sent must not hold what nobody gave.
    with pytest.raises(snapline.InvalidArgumentError, match="invalid type"):
        snapline.ovhcloud.NetappSnapshotPolicyRule.from_dict({"copies": "3"})


def test_nested_objects(share: dict[str, Any]) -> None:
    policy: dict[str, Any] = {
        "anonuid": 1,
        "anongid": 2,
        "protocols": ["NFS4", "NFS9"],
        "squash_config": "ALL_SQUASH",
        "identity_enforcement_enabled": True,
    }
    point = {
        "id": "p",
        "name": "default",
        "share_id": "share-1",
        "path": "/",
        "status": "ACCESS_POINT_ACTIVE",
        "access_policy": policy,
        "created_at": "2026-05-11T04:30:07Z",
        "updated_at": "",
        "is_default": True,
    }
    made = do.NfsShare.from_dict({**share, "access_points": [point]})
    assert made.access_points is not None
    (inner,) = made.access_points
    assert type(inner) is do.NfsAccessPoint
    assert inner.access_policy == do.NfsAccessPolicy(**policy)
    assert inner.access_policy.protocols == ["NFS4", "NFS9"]
    assert inner.is_default is True
    assert inner.to_dict() == point


def test_match_arguments_are_the_attributes_in_order() -> None:
    names = do.NfsSnapshot.__match_args__
    assert names == ("id", "name", "size_gib", "region", "status", "created_at", "share_id")
    assert all(hasattr(do.NfsSnapshot, name) for name in names)


def test_objects_to_send_are_made_with_keywords() -> None:
    weekly = do.DropletBackupPolicy(plan="weekly", weekday=do.DropletBackupPolicyWeekday.MON)
    assert weekly.to_dict() == {"plan": "weekly", "weekday": "MON"}
    assert weekly.weekday is do.DropletBackupPolicyWeekday.MON
    assert do.DropletBackupPolicy().to_dict() == {}
    with pytest.raises(TypeError, match="'hour' must be int, not str"):
        do.DropletBackupPolicy(hour="4")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        do.DropletBackupPolicy("weekly")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 4 required keyword arguments"):
        do.NfsAccessPolicy(anonuid=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-05-11T04:30:07Z", datetime(2026, 5, 11, 4, 30, 7, 0, timezone.utc)),
        ("2026-05-11T04:30:07.1Z", datetime(2026, 5, 11, 4, 30, 7, 100000, timezone.utc)),
        ("2026-05-11T04:30:07.999999999Z", datetime(2026, 5, 11, 4, 30, 7, 999999, timezone.utc)),
        ("2026-05-11T01:30:07-05:30", datetime(2026, 5, 11, 7, 0, 7, 0, timezone.utc)),
        ("1969-12-31T23:59:59.9999995Z", datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=timezone.utc)),
        ("9999-12-30T21:59:59Z", datetime(9999, 12, 30, 21, 59, 59, 0, timezone.utc)),
        ("0000-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_b12_times(text: str, wanted: datetime | None, share: dict[str, Any]) -> None:
    made = do.NfsShare.from_dict({**share, "created_at": text})
    assert made.created_at == wanted
    assert made.to_dict()["created_at"] == text


def test_enums_are_their_strings() -> None:
    active = do.NfsShareStatus.ACTIVE
    assert active == "ACTIVE"
    assert hash(active) == hash("ACTIVE")
    by_text: dict[str, int] = {active: 1}
    assert by_text["ACTIVE"] == 1
    assert (str(active), f"{active}", f"{active:>8}") == ("ACTIVE", "ACTIVE", "  ACTIVE")
    assert do.NfsShareStatus("ACTIVE") is active
    assert active.is_listed
    assert repr(active) == "NfsShareStatus.ACTIVE"
    assert pickle.loads(pickle.dumps(active)) is active
    assert copy.deepcopy(active) is active
    assert "ACTIVE" in [status.value for status in do.NfsShareStatus]


def test_b12_unknown_values_survive(share: dict[str, Any]) -> None:
    made = do.NfsShare.from_dict({**share, "status": "RESIZING"})
    status = made.status
    assert type(status) is do.NfsShareStatus
    assert status == "RESIZING" and str(status) == "RESIZING" and status.value == "RESIZING"
    assert not status.is_listed
    assert repr(status) == "NfsShareStatus('RESIZING')"
    assert status == do.NfsShareStatus("RESIZING")
    assert status != do.NfsShareStatus.ACTIVE
    for other in (pickle.loads(pickle.dumps(status)), copy.copy(status), copy.deepcopy(status)):
        assert other == "RESIZING" and type(other) is do.NfsShareStatus
    assert made.to_dict()["status"] == "RESIZING"
    with pytest.raises(ValueError):
        do.NfsShareStatus(5)  # type: ignore[arg-type]


def test_the_attempt_is_a_value() -> None:
    attempt = snapline.Attempt(503, "late", 0.5, 1.25)
    assert pickle.loads(pickle.dumps(attempt)) == attempt
    assert attempt != snapline.Attempt(503, "late", 0.5, 1.0)
    assert repr(attempt) == "Attempt(status=503, error='late', waited=0.500, elapsed=1.250)"


def models() -> list[Any]:
    return [kind for kind in vars(do).values() if isinstance(kind, type) and hasattr(kind, "from_dict")]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in some JSON."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


CASES = Path(__file__).parents[3] / "tests/conformance/cases"
EXAMPLES = [
    found
    for file in sorted(CASES.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
    for found in objects([case["expect"], case["arguments"]])
]


def without_nulls(value: Any) -> Any:
    """JSON without the fields that are null, which an object that is received does not tell from missing ones."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def filled(kind: Any) -> Any:
    """An object of a class that this test knows nothing of, from an example that it keeps whole."""
    for example in EXAMPLES:
        try:
            made = kind.from_dict(example)
        except snapline.InvalidArgumentError:
            continue
        if example and without_nulls(made.to_dict()) == without_nulls(example):
            return made
    raise AssertionError(f"{kind} takes none of the examples")


@pytest.mark.parametrize("kind", models())
def test_every_model_can_be_pickled_and_copied(kind: Any) -> None:
    made = filled(kind)
    assert made.to_dict() == kind.from_dict(made.to_dict()).to_dict()
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
        assert type(again) is kind and again == made
    assert kind.__match_args__ and repr(made).startswith(f"{kind.__name__}({kind.__match_args__[0]}=")


def test_a_match_statement_takes_an_object_apart(share: dict[str, Any]) -> None:
    if sys.version_info < (3, 10):
        pytest.skip("match came with Python 3.10")
    # In a string, since older Pythons cannot read it.
    code = """
match made:
    case do.Snapshot():
        found = "another class"
    case do.NfsShare(id, "other"):
        found = "another name"
    case do.NfsShare(id, name, status=do.NfsShareStatus.ACTIVE, vpc_ids=[first]):
        found = (id, name, first)
"""
    space: dict[str, Any] = {"do": do, "made": do.NfsShare.from_dict(share)}
    exec(code, space)
    assert space["found"] == ("share-1", "media", "vpc-1")


def test_help_reads_well() -> None:
    text = pydoc.plain(pydoc.render_doc(do.NfsShare))
    assert "class NfsShare(snapline.Model)" in text and "size_gib" in text and "from_dict(data" in text
    with snapline.DigitalOcean("t", base_url="http://127.0.0.1:9") as client:
        text = pydoc.plain(pydoc.render_doc(client.nfs.snapshot))
        assert "snapshot(" in text and "name" in text and "Raises:" in text and "**options" in text
        text = pydoc.plain(pydoc.render_doc(type(client.nfs)))
        assert "snapline.CallOptions" in text and "wait_until_active(self, /, nfs_id, *" in text
    assert "retry_budget: " in pydoc.plain(pydoc.render_doc(snapline.ClientOptions))
    text = pydoc.plain(pydoc.render_doc(snapline.DigitalOcean))
    assert "Args:" in text and "snapline.ClientOptions" in text and "nfs" in text


def test_every_object_is_a_model(share: dict[str, Any]) -> None:
    made = do.NfsShare.from_dict(share)
    assert isinstance(made, snapline.Model)
    with pytest.raises(TypeError, match="describes no object"):
        snapline.Model.from_dict(share)
    with pytest.raises(TypeError):
        snapline.Model()
