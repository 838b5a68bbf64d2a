"""What is raised when."""

from __future__ import annotations

import builtins
import json
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import Answer, Server

EVERY = [
    value
    for value in vars(snapline).values()
    if isinstance(value, type) and issubclass(value, snapline.SnaplineError)
]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, snapline.BadRequestError),
        (401, snapline.AuthenticationError),
        (403, snapline.PermissionDeniedError),
        (404, snapline.NotFoundError),
        (409, snapline.ConflictError),
        (418, snapline.APIError),
        (422, snapline.UnprocessableEntityError),
        (429, snapline.RateLimitError),
        (500, snapline.ServerError),
        (599, snapline.ServerError),
    ],
)
def test_b13_a_class_for_each_status(
    status: int, kind: type[snapline.APIError], server: Server, client: snapline.DigitalOcean
) -> None:
    body = {"id": "some_code", "message": "in words", "request_id": "r-1"}
    server.always(status, body, retry_after="7", x_a="b")
    with pytest.raises(snapline.APIError) as caught:
        client.nfs.list(max_attempts=1)
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, "some_code", "in words")
    assert (error.request_id, error.operation_id) == ("r-1", "nfs_list")
    assert error.headers["x-a"] == "b"
    assert b'"in words"' in error.body
    assert error.retry_after == 7.0
    assert error.outcome_unknown is False
    assert [attempt.status for attempt in error.attempts] == [status]
    assert str(error).startswith(f"nfs_list: {status} some_code: in words (request r-1, 1 attempt")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind and again.__dict__ == error.__dict__ and str(again) == str(error)


def test_b13_the_classes_are_those_of_every_language() -> None:
    # The list that makes the classes of C++ and chooses among those here.
    text = Path(__file__, "../../../../tests/conformance/errors.json").resolve().read_text()
    listed = json.loads(text)
    assert {kind.__name__ for kind in EVERY} == {entry["name"] for entry in listed} | {"SnaplineError"}
    for entry in listed:
        kind = getattr(snapline, entry["name"])
        assert kind.__bases__[0] is getattr(snapline, entry["base"]), entry
        assert kind.kind == entry["kind"], entry


def test_b7_attempts_are_told(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(503, b"<html><title>busy</title></html>")
    with pytest.raises(snapline.ServerError) as caught:
        client.nfs.list()
    assert [attempt.status for attempt in caught.value.attempts] == [503] * 4
    assert len(server.requests) == 4
    assert caught.value.attempts[1].waited > 0
    assert caught.value.code is None and caught.value.message == "busy"


def test_b8_a_lost_post_is_not_repeated(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(500, {"id": "oops"})
    with pytest.raises(snapline.ServerError) as caught:
        client.nfs.snapshot("share-1", name="nightly")
    assert caught.value.outcome_unknown is True
    assert len(server.requests) == 1
    with pytest.raises(snapline.ServerError):
        client.nfs.snapshot("share-1", name="nightly", retry_post=True)
    assert len(server.requests) == 5


def test_no_connection() -> None:
    with snapline.DigitalOcean("t", base_url="http://127.0.0.1:9", max_attempts=1) as client:
        with pytest.raises(builtins.ConnectionError) as caught:
            client.nfs.list()
    error = caught.value
    assert type(error) is snapline.ConnectionError
    assert isinstance(error, snapline.SnaplineError)
    assert "127.0.0.1:9" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.attempts == error.attempts and str(again) == str(error)


def test_b6_no_answer_in_time(server: Server, client: snapline.DigitalOcean) -> None:
    import threading

    hold = threading.Event()
    server.answer = lambda request: Answer(200, {}, hold=hold)
    for given in ({"timeout": 0.2}, {"attempt_timeout": 0.2, "max_attempts": 1}):
        with pytest.raises(builtins.TimeoutError) as caught:
            client.nfs.list(**given)  # type: ignore[arg-type]
        assert type(caught.value) is snapline.TimeoutError
    hold.set()


def test_b12_what_cannot_be_read(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(200, b'{"shares": [}')
    with pytest.raises(snapline.DecodeError) as caught:
        client.nfs.list()
    assert caught.value.status == 200
    assert caught.value.body == b'{"shares": [}'
    assert "line 1" in str(caught.value)


def test_b12_strict_makes_drift_an_error(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(200, {"share": {"id": "a"}})
    share = client.nfs.get("a")
    assert (share.id, share.name, share.size_gib, share.created_at) == ("a", "", 0, None)
    with pytest.raises(snapline.DecodeError, match="NfsShare.name"):
        client.nfs.get("a", strict=True)


def test_every_class_has_its_place() -> None:
    assert len(EVERY) == 21
    assert issubclass(snapline.TimeoutError, builtins.TimeoutError)
    assert issubclass(snapline.WaitTimeoutError, snapline.TimeoutError)
    assert issubclass(snapline.ConnectionError, builtins.ConnectionError)
    assert issubclass(snapline.InvalidArgumentError, ValueError)
    assert issubclass(snapline.RateLimitError, snapline.APIError)
    assert {kind.__module__ for kind in EVERY} == {"snapline"}


@pytest.mark.parametrize("kind", EVERY)
def test_every_class_can_be_pickled(kind: type[snapline.SnaplineError]) -> None:
    error = kind("in words")
    error.attempts = (snapline.Attempt(500),)
    error.request_id = "r"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.message, again.request_id) == ("in words", "in words", "r")
    assert again.attempts == error.attempts


def test_the_traceback_is_short(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(404, {"id": "not_found", "message": "gone"})
    with pytest.raises(snapline.NotFoundError) as caught:
        client.nfs.get("a")
    assert len(traceback.extract_tb(caught.value.__traceback__)) == 1
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_b23_a_panic_becomes_an_error(capfd: Any) -> None:
    with pytest.raises(snapline.InternalError, match="asked to panic"):
        snapline._native._panic()  # type: ignore[attr-defined]
