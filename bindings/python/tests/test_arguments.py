"""What may be passed, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
import snapline
from conftest import Server
from snapline import digitalocean as do

Do = snapline.DigitalOcean
ACTION = {"action": {"id": 1, "status": "in-progress"}}
SNAPSHOT = {"snapshot": {"id": "s", "name": "n"}}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda do: do.nfs.get(5), "argument 'nfs_id' must be str, not int"),
        (lambda do: do.nfs.resize("a", size_gib="60"), "argument 'size_gib' must be int, not str"),
        (lambda do: do.nfs.resize("a", size_gib=60.5), "argument 'size_gib' must be int, not float"),
        (lambda do: do.nfs.resize("a", size_gib=True), "argument 'size_gib' must be int, not bool"),
        (lambda do: do.droplets.actions.resize(1, size="s", disk=1), "argument 'disk' must be bool, not int"),
        (lambda do: do.droplets.actions.rebuild(1, image=1.5), "argument 'image' must be str or int, not float"),
        (lambda do: do.volumes.snapshots.create("v", name="n", tags="a"), "argument 'tags' must be a list, not str"),
        (lambda do: do.volumes.snapshots.create("v", name="n", tags=[1]), "argument 'tags[0]' must be str, not int"),
        (lambda do: do.snapshots.list(resource_type=1), "argument 'resource_type' must be str, not int"),
        (lambda do: do.nfs.create_action("a", "x"), "argument 'body' must be a mapping, not str"),
        (lambda do: do.nfs.create_action("a", {1: 2}), "the keys of argument 'body' must be str"),
        (lambda do: do.nfs.get("a", timeout="1"), "argument 'timeout' must be float, not str"),
        (lambda do: do.snapshots.delete(True), "argument 'snapshot_id' must be str or int, not bool"),
        (lambda do: do.droplets.actions.reboot("7"), "argument 'droplet_id' must be int, not str"),
        (lambda do: do.nfs.get("a", check_bounds=0), "argument 'check_bounds' must be bool, not int"),
        (lambda do: do.nfs.get("a", strict=1), "argument 'strict' must be bool, not int"),
        (lambda do: do.nfs.get("a", extra_headers={"a": 1}), "argument 'extra_headers[\"a\"]' must be str, not int"),
        (
            lambda do: do.droplets.actions.change_backup_policy(1, backup_policy=3),
            "argument 'backup_policy' must be DropletBackupPolicy or a mapping, not int",
        ),
    ],
)
def test_a_wrong_type_names_the_argument(call: Callable[[Any], object], said: str, client: Do) -> None:
    with pytest.raises(TypeError) as caught:
        call(client)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda do: do.nfs.get(""), "nfs_id"),
        (lambda do: do.nfs.get(".."), "nfs_id"),
        (lambda do: do.nfs.get("\ud800"), "nfs_id"),
        (lambda do: do.nfs.snapshot("a", name="x" * 21), "name"),
        (lambda do: do.nfs.resize("a", size_gib=49), "size_gib"),
        (lambda do: do.nfs.resize("a", size_gib=2**63), "size_gib"),
        (lambda do: do.snapshots.list(per_page=201), "per_page"),
        (lambda do: do.snapshots.list(resource_type="volumes"), "resource_type"),
        (lambda do: do.volumes.snapshots.create("v", name=""), "name"),
        (lambda do: do.droplets.actions.enable_backups(1, backup_policy={"plan": "x"}), "backup_policy.plan"),
        (lambda do: do.snapshots.delete(""), "snapshot_id"),
        (lambda do: do.nfs.create_action("a", {"type": "no such"}), "body"),
        (lambda do: do.nfs.create_action("a", {"type": "resize", "params": {"size_gib": 60, "x": 1}}), "body"),
        (lambda do: do.droplets.actions.enable_backups(1, backup_policy={"plan": "daily", "ploy": 1}), "backup_policy"),
        (lambda do: do.nfs.get("a", timeout=-1), "timeout"),
        (lambda do: do.nfs.get("a", timeout=0), "timeout"),
        (lambda do: do.nfs.get("a", max_attempts=0), "max_attempts"),
    ],
)
def test_b3_a_broken_bound_names_the_argument(
    call: Callable[[Any], object], parameter: str, client: Do, server: Server
) -> None:
    with pytest.raises(snapline.InvalidArgumentError) as caught:
        call(client)
    assert isinstance(caught.value, ValueError)
    assert caught.value.parameter == parameter
    assert parameter in str(caught.value)
    assert server.requests == []


def test_missing_unknown_and_positional_arguments(client: Do) -> None:
    calls: tuple[Callable[[Any], object], ...] = (
        lambda do: do.nfs.create(name="a"),
        lambda do: do.nfs.get(),
        lambda do: do.nfs.get("a", regoin="x"),
        lambda do: do.nfs.snapshot("a", "nightly"),
    )
    for call in calls:
        with pytest.raises(TypeError):
            call(client)


def test_b3_absent_null_and_a_value_are_three_things(client: Do, server: Server) -> None:
    server.always(201, SNAPSHOT)
    create = client.volumes.snapshots.create
    create("v", name="n")
    create("v", name="n", tags=snapline.UNSET)
    create("v", name="n", tags=None)
    create("v", name="n", tags=[])
    create("v", name="n", tags=(tag for tag in ("a", "b")))
    bodies = [request.body for request in server.requests]
    assert bodies == [
        {"name": "n"},
        {"name": "n"},
        {"name": "n", "tags": None},
        {"name": "n", "tags": []},
        {"name": "n", "tags": ["a", "b"]},
    ]
    assert repr(snapline.UNSET) == "UNSET" and not snapline.UNSET


def test_none_leaves_an_optional_argument_out(client: Do, server: Server) -> None:
    server.always(200, {"shares": []})
    client.nfs.list(region=None)
    client.nfs.list(region="atl 1/ä")
    assert [request.path for request in server.requests] == [
        "/v2/nfs",
        "/v2/nfs?region=atl+1%2F%C3%A4",
    ]


def test_enums_may_be_members_or_strings(client: Do, server: Server) -> None:
    server.always(200, {"snapshots": []})
    client.snapshots.list(resource_type="volume")
    client.snapshots.list(resource_type=do.ResourceType.VOLUME)
    client.snapshots.list(resource_type=do.ResourceType("nfs"), check_bounds=False)
    queries = [request.path.rpartition("&")[2] for request in server.requests]
    assert queries == ["resource_type=volume", "resource_type=volume", "resource_type=nfs"]


def test_objects_may_be_mappings(client: Do, server: Server) -> None:
    server.always(201, ACTION)
    wanted = {"plan": "weekly", "weekday": "MON", "hour": 4}
    for policy in (
        do.DropletBackupPolicy(plan="weekly", weekday="MON", hour=4),
        wanted,
        MappingProxyType(wanted),
    ):
        client.droplets.actions.change_backup_policy(7, backup_policy=policy)
        assert server.requests[-1].body == {"type": "change_backup_policy", "backup_policy": wanted}
    with pytest.raises(snapline.InvalidArgumentError) as caught:
        client.droplets.actions.enable_backups(7, backup_policy=do.DropletBackupPolicy(hour=5))
    assert caught.value.parameter == "backup_policy.hour"


def test_either_kind_of_id(client: Do, server: Server) -> None:
    server.always(201, ACTION)
    client.droplets.actions.rebuild(7, image="ubuntu-24-04-x64")
    client.droplets.actions.rebuild(7, image=12)
    assert [request.body["image"] for request in server.requests] == ["ubuntu-24-04-x64", 12]


def test_an_id_is_encoded_whole(client: Do, server: Server, share: dict[str, Any]) -> None:
    server.always(200, {"share": share})
    client.nfs.get("a/b?c#d é\\")
    assert server.requests[-1].path == "/v2/nfs/a%2Fb%3Fc%23d%20%C3%A9%5C"


def test_json_has_its_limits(client: Do) -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    ring: list[Any] = []
    ring.append(ring)
    for body in (deep, ring, 2**64, float("inf"), "\ud800"):
        with pytest.raises(snapline.InvalidArgumentError):
            client.request("POST", "/v2/x", body)
    with pytest.raises(TypeError, match="'json.*' must be something that JSON can hold, not set"):
        client.request("POST", "/v2/x", {"a": {1}})
