"""The server as it is started and controlled from Python."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import snapline_mock
from conftest import Ask
from snapline_mock import Mock, MockError

MARCH = datetime(2026, 3, 1, 2, tzinfo=timezone.utc)


def volumes(ask: Ask, mock: Mock) -> list[str]:
    return [it["id"] for it in ask(mock, "GET", "/v2/volumes").body["volumes"]]


def listens(mock: Mock) -> bool:
    host, port = mock.url.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_it_starts_serves_and_stops(ask: Ask) -> None:
    with Mock() as mock:
        assert mock.url.startswith("http://127.0.0.1:") and mock.url in repr(mock)
        assert ask(mock, "GET", "/v2/snapshots").body["meta"]["total"] == 0
    assert not listens(mock)
    mock.stop()
    with pytest.raises(MockError, match="does not answer"):
        mock.now()


def test_it_begins_anew_as_it_was_started_but_for_what_is_given(ask: Ask) -> None:
    def total() -> int:
        return int(ask(mock, "GET", "/v2/snapshots").body["meta"]["total"])

    with Mock(volumes=2, snapshots=6, tokens=["any"], time=MARCH, settle_polls=1) as mock:
        assert (total(), len(volumes(ask, mock))) == (6, 5)
        assert ask(mock, "GET", "/v2/volumes", token="other").status == 401
        assert abs(mock.now() - MARCH) < timedelta(seconds=10)
        mock.reset(snapshots=2, tokens=[], settle_ms=0)
        assert total() == 2
        assert ask(mock, "GET", "/v2/volumes", token="other").status == 200
        mock.reset()
        assert total() == 6
        with pytest.raises(MockError, match="unknown field `snapshot`"):
            mock.reset(snapshot=5)  # type: ignore[call-arg]
        with pytest.raises(MockError, match="zone"):
            mock.reset(time=datetime(2026, 3, 1))


def test_each_dialect_of_states_is_spoken(ask: Ask) -> None:
    for states, word in [("documented", "ACTIVE"), ("live", "SNAPSHOT_AVAILABLE")]:
        with Mock(states=states) as mock:  # type: ignore[arg-type]
            made = {"name": "store", "size_gib": 60, "region": "ams3", "vpc_ids": ["vpc-1"]}
            share = ask(mock, "POST", "/v2/nfs", made).body["share"]["id"]
            body = {"type": "snapshot", "region": "ams3", "params": {"name": "nightly"}}
            assert ask(mock, "POST", f"/v2/nfs/{share}/actions", body).status < 300
            assert ask(mock, "GET", "/v2/nfs/snapshots").body["snapshots"][0]["status"] == word


def test_requests_meet_what_was_planned(ask: Ask) -> None:
    with Mock() as mock:
        first = mock.fault(status=503, retry_after=2, method="GET", path="/v2/volumes/*", times=2)
        mock.fault(status=409, body={"id": "busy"}, operation="volumes_list", after=1)
        path = f"/v2/volumes/{volumes(ask, mock)[0]}"
        refused = ask(mock, "GET", path)
        assert (refused.status, refused.headers["retry-after"]) == (503, "2")
        assert ask(mock, "GET", "/v2/volumes").body == {"id": "busy"}
        assert [(it.met, it.left) for it in mock.faults()] == [(1, 1), (1, 0)]
        mock.remove_fault(first)
        assert ask(mock, "GET", path).status == 200
        with pytest.raises(MockError, match="There is no"):
            mock.remove_fault(first)
        with pytest.raises(MockError, match="nothing that shall happen"):
            mock.fault(method="GET")
        mock.fault(always=True, delay=timedelta(seconds=0.1))
        for _ in range(2):
            began = time.monotonic()
            ask(mock, "GET", path)
            assert time.monotonic() - began >= 0.1
        mock.clear_faults()
        assert mock.faults() == []


def test_connections_break_before_and_after_the_work(ask: Ask) -> None:
    with Mock() as mock:
        path = f"/v2/volumes/{volumes(ask, mock)[0]}/snapshots"
        for fault, there in [({"drop": True}, 0), ({"lose": True}, 1)]:
            mock.fault(method="POST", **fault)  # type: ignore[arg-type]
            with pytest.raises(http.client.RemoteDisconnected):
                ask(mock, "POST", path, {"name": "first"})
            assert ask(mock, "GET", path).body["meta"]["total"] == there
        mock.fault(truncate=7)
        with pytest.raises(http.client.IncompleteRead) as error:
            ask(mock, "GET", path)
        assert len(error.value.partial) == 7


def test_what_came_is_told_without_credentials(ask: Ask) -> None:
    with Mock(time=MARCH) as mock:
        ask(mock, "GET", "/v2/nfs?region=a%20b", token="secret")
        id = mock.fault(status=500)
        ask(mock, "POST", "/v2/nfs", {"name": "store"})
        first, second = mock.requests()
        assert (first.method, first.path, first.query) == ("GET", "/v2/nfs", (("region", "a b"),))
        assert (first.operation, first.status, first.fault) == ("nfs_list", 200, None)
        assert first.header("Authorization") == "[redacted]" and "secret" not in repr(first)
        assert MARCH <= first.time < MARCH + timedelta(seconds=30)
        assert (second.json(), second.status, second.fault) == ({"name": "store"}, 500, id)
        assert str(first) == "GET /v2/nfs?region=a+b -> 200"
        assert [it.method for it in mock.requests(path="/v2/*", method="POST")] == ["POST"]
        assert len(mock.requests(operation="nfs_list")) == 1
        assert mock.counts() == {"nfs_create": 1, "nfs_list": 1}
        mock.clear_requests()
        assert mock.requests() == []


def test_time_passes_as_it_is_told(ask: Ask) -> None:
    with Mock(settle_ms=3_600_000, time=MARCH) as mock:
        made = {"name": "store", "size_gib": 60, "region": "ams3", "vpc_ids": ["vpc-1"]}
        path = f"/v2/nfs/{ask(mock, 'POST', '/v2/nfs', made).body['share']['id']}"
        assert ask(mock, "GET", path).body["share"]["status"] == "CREATING"
        assert mock.advance(timedelta(days=1), hours=1) - MARCH >= timedelta(hours=25)
        assert ask(mock, "GET", path).body["share"]["status"] == "ACTIVE"
        assert mock.state()["digitalocean"]["shares"][0]["status"] == "ACTIVE"
        mock.set_time(MARCH)
        assert mock.now() - MARCH < timedelta(seconds=10)
        with pytest.raises(MockError, match="forward"):
            mock.advance(days=-1)


def test_it_says_why_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MockError, match="cannot start"):
            Mock(port=taken.getsockname()[1])
    with pytest.raises(MockError, match="--nothing"):
        Mock(arguments=["--nothing"])
    with pytest.raises(FileNotFoundError):
        Mock(program="/nowhere/snapline-mock")
    monkeypatch.setenv("SNAPLINE_MOCK_PROGRAM", "/nowhere/snapline-mock")
    with pytest.raises(FileNotFoundError):
        Mock()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_it_ends_with_the_process_that_started_it() -> None:
    code = "from snapline_mock import Mock; import time; print(Mock().url, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        host, port = parent.stdout.readline().strip().removeprefix("http://").split(":")
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) != 0:
                return
        time.sleep(0.02)
    pytest.fail("it still listens")


def test_clients_are_led_there_and_nowhere_else() -> None:
    with Mock() as mock:
        environment = mock.environment
        assert mock.url in environment["SNAPLINE_DIGITALOCEAN_URL"]
        assert set(mock.environments) == {"digitalocean", "ovhcloud"}
        environ = {"OVH_CLIENT_ID": "mine", "DIGITALOCEAN_TOKEN": "mine", "PATH": "/bin", "NO_PROXY": "intern"}
        mock.apply(environ)
        assert "OVH_CLIENT_ID" not in environ and environ["PATH"] == "/bin"
        assert environ["DIGITALOCEAN_TOKEN"] == environment["DIGITALOCEAN_TOKEN"] != "mine"
        assert environ["NO_PROXY"] == "intern,127.0.0.1,localhost"
        assert environ["no_proxy"] == "127.0.0.1,localhost"


def test_the_program_of_the_wheel_is_there() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "snapline_mock", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout == f"snapline-mock {snapline_mock.__version__}\n"
    assert (Path(snapline_mock.__file__).parent / "py.typed").exists()
    assert Path(snapline_mock.find_program()).is_file()
