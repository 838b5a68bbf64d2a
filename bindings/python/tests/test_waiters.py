"""Waiting until something is ready, or gone (B17)."""

from __future__ import annotations

import builtins
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import snapline
from conftest import Answer, Request, Server
from snapline import digitalocean as do

Do = snapline.DigitalOcean
ACTION = {
    "region_slug": "atl1",
    "resource_id": "s",
    "resource_type": "SHARE",
    "started_at": "2026-05-11T04:30:07Z",
    "status": "IN_PROGRESS",
    "type": "CREATE_SNAPSHOT",
}
QUICK: dict[str, Any] = {"first_interval": 0.005, "max_interval": 0.01, "timeout": 20}


def script(server: Server, *answers: Answer) -> None:
    left = list(answers)

    def answer(request: Request) -> Answer:
        return left.pop(0) if len(left) > 1 else left[0]

    server.answer = answer


def state(share: dict[str, Any], status: str) -> Answer:
    return Answer(200, {"share": {**share, "status": status}})


def test_b17_until_ready(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "CREATING"), state(share, "NEW"), state(share, "ACTIVE"))
    seen: list[snapline.Poll] = []
    ready = client.nfs.wait_until_active("share-1", region="atl1", on_poll=seen.append, **QUICK)
    assert type(ready) is do.NfsShare and ready.status == "ACTIVE"
    assert [(poll.status, poll.polls) for poll in seen] == [("CREATING", 1), ("NEW", 2), ("ACTIVE", 3)]
    assert type(seen[0].object) is do.NfsShare and seen[0].object.status == "CREATING"
    assert 0 <= seen[0].elapsed < seen[2].elapsed < 20
    assert {request.path for request in server.requests} == {"/v2/nfs/share-1?region=atl1"}


def test_b17_until_gone(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "ACTIVE"), Answer(404, {"id": "not_found"}))
    client.nfs.wait_until_deleted("share-1", **QUICK)
    assert len(server.requests) == 2


def test_b17_found_by_name(server: Server, client: Do) -> None:
    item = {"id": "1", "name": "nightly", "size_gib": 1, "region": "r", "status": "ACTIVE"}
    item |= {"created_at": "2026-05-11T04:30:07Z", "share_id": "s"}
    other = {**item, "name": "other", "status": "FAILED"}
    old = {**item, "id": "0", "created_at": "2026-05-10T04:30:07Z"}
    script(
        server,
        Answer(200, {"snapshots": [other, old]}),
        Answer(200, {"snapshots": [old, other, item]}),
    )
    seen: list[str | None] = []
    action = do.NfsAction.from_dict(ACTION)
    ready = client.nfs.snapshots.wait_until_active(
        action, "s", name="nightly", on_poll=lambda poll: seen.append(poll.status), **QUICK
    )
    assert (ready.id, ready.name) == ("1", "nightly")
    assert seen == [None, "ACTIVE"]


def test_b17_a_failed_state_carries_the_object(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "FAILED"))
    with pytest.raises(snapline.WaitFailedError, match="FAILED") as caught:
        client.nfs.wait_until_active("share-1", **QUICK)
    last = caught.value.last_object
    assert type(last) is do.NfsShare and last.status == "FAILED"
    assert pickle.loads(pickle.dumps(caught.value)).last_object == last


def test_b17_in_time_or_not_at_all(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "CREATING"))
    with pytest.raises(builtins.TimeoutError) as caught:
        client.nfs.wait_until_active("share-1", timeout=0.1, first_interval=0.01, max_interval=0.02)
    assert type(caught.value) is snapline.WaitTimeoutError
    assert caught.value.last_object.status == "CREATING"
    assert len(server.requests) > 2


def test_b17_passing_errors_do_not_end_it(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, *[Answer(503)] * 4, state(share, "ACTIVE"))
    seen: list[snapline.Poll] = []
    client.nfs.wait_until_active("share-1", on_poll=seen.append, **QUICK)
    assert isinstance(seen[0].error, snapline.ServerError) and seen[0].object is None
    assert seen[1].error is None
    script(server, Answer(401, {"id": "unauthorized"}))
    with pytest.raises(snapline.AuthenticationError):
        client.nfs.wait_until_active("share-1", **QUICK)


def test_b17_the_caller_can_stop_it(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "CREATING"))
    with pytest.raises(snapline.CancelledError) as caught:
        client.nfs.wait_until_active("share-1", on_poll=lambda poll: poll.polls < 2, **QUICK)
    assert len(server.requests) == 2
    assert caught.value.last_object.status == "CREATING"

    def fail(poll: snapline.Poll) -> None:
        raise KeyError(poll.polls)

    with pytest.raises(KeyError, match="1"):
        client.nfs.wait_until_active("share-1", on_poll=fail, **QUICK)


def test_b17_a_look_may_make_a_call_and_holds_up_no_other(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, state(share, "CREATING"), state(share, "NEW"), state(share, "ACTIVE"))

    def call(poll: snapline.Poll) -> None:
        # On this thread and on another one, which has to end before this look does.
        if poll.polls == 1:
            assert client.nfs.get("share-2").status == "NEW"
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(client.nfs.get, "share-3").result(timeout=20).status == "ACTIVE"

    assert client.nfs.wait_until_active("share-1", on_poll=call, **QUICK).status == "ACTIVE"
    assert [request.path.rpartition("/")[2] for request in server.requests] == [
        "share-1",
        "share-2",
        "share-3",
        "share-1",
    ]


def test_arguments_are_checked(client: Do, server: Server) -> None:
    with pytest.raises(TypeError, match="'on_poll' must be callable"):
        client.nfs.wait_until_active("a", on_poll=5)  # type: ignore[arg-type]
    with pytest.raises(snapline.InvalidArgumentError) as caught:
        client.nfs.wait_until_active("a", first_interval=-1)
    assert caught.value.parameter == "first_interval"
    with pytest.raises(snapline.InvalidArgumentError):
        client.nfs.wait_until_active("")
    assert server.requests == []


def test_b26_what_was_begun_is_said_with_each_error(server: Server, client: Do, share: dict[str, Any]) -> None:
    begun = Answer(201, {"share": {**share, "id": "share-9"}})
    script(server, begun, state(share, "CREATING"), state(share, "FAILED"))
    seen: list[str | None] = []
    with pytest.raises(snapline.WaitFailedError, match="began share-9") as caught:
        client.nfs.create_and_wait(
            name="media",
            size_gib=50,
            region="atl1",
            vpc_ids=["v"],
            on_poll=lambda poll: seen.append(poll.status),
            **QUICK,
        )
    assert seen == ["CREATING", "FAILED"]
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert error.started is not None and error.last_object.status == "FAILED"
        assert (error.started["call"], error.started["id"]) == ("nfs.create", "share-9")
        assert error.started["answer"]["name"] == share["name"]


def test_b26_who_stops_the_watching_is_told_too(server: Server, client: Do, share: dict[str, Any]) -> None:
    script(server, Answer(201, {"share": share}), state(share, "CREATING"))
    with pytest.raises(snapline.CancelledError) as caught:
        client.nfs.create_and_wait(
            name="media", size_gib=50, region="atl1", vpc_ids=["v"], on_poll=lambda _: False, **QUICK
        )
    assert caught.value.started is not None and caught.value.started["id"] == share["id"]


def test_b27_what_an_error_says_is_what_the_look_takes(server: Server, client: Do, share: dict[str, Any]) -> None:
    server.always(500, {"id": "oops"})
    with pytest.raises(snapline.ServerError) as caught:
        client.nfs.create(name="media", size_gib=50, region="atl1", vpc_ids=["v"])
    error = caught.value
    assert error.outcome_unknown and error.started is None and error.sent_at is not None
    assert pickle.loads(pickle.dumps(error)).sent_at == error.sent_at
    made = {**share, "name": "media", "region": "atl1", "size_gib": 50, "created_at": error.sent_at.isoformat()}
    server.always(200, {"shares": [{**made, "id": "old", "created_at": "2020-01-01T00:00:00Z"}, made]})
    found = client.nfs.find_created(name="media", region="atl1", size_gib=50, since=error.sent_at, **QUICK)
    assert [one.id for one in found] == [share["id"]]
    server.always(200, {"shares": []})
    none = client.nfs.find_created(
        name="media", region="atl1", size_gib=50, since=error.sent_at, not_found_grace=0.05, **QUICK
    )
    assert none == []
