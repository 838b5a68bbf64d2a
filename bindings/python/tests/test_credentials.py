"""Credentials other than a token: each is a keyword of its own."""

from __future__ import annotations

import hashlib
import os

import pytest
import snapline
from conftest import Answer, Request, Server

SERVICE = "5e8a1f70-3c24-4b6d-9a17-d20f4c8be631"


def signing(url: str) -> snapline.OVHcloud:
    return snapline.OVHcloud(
        application_key="app-1",
        application_secret="hunter2",
        consumer_key="hunter3",
        base_url=url,
    )


def test_b1_requests_are_signed_by_the_time_of_the_service(server: Server) -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/auth/time":
            return Answer(200, 1457018875)
        return Answer(200, {"id": SERVICE, "name": "paper-archive"})

    server.answer = answer
    with signing(server.url) as client:
        assert client.netapp.update(SERVICE, name="paper-archive").name == "paper-archive"
        shown = repr(client)
    assert "hunter" not in shown
    clock, put = server.requests
    assert "x-ovh-signature" not in clock.headers
    time = put.headers["x-ovh-timestamp"]
    assert abs(int(time) - 1457018875) < 60
    url = f"{server.url}/storage/netapp/{SERVICE}"
    text = f'hunter2+hunter3+PUT+{url}+{{"name":"paper-archive"}}+{time}'
    assert put.headers["x-ovh-signature"] == "$1$" + hashlib.sha1(text.encode()).hexdigest()
    assert put.headers["x-ovh-application"] == "app-1"
    assert "authorization" not in put.headers


def test_b28_the_way_whose_source_weighs_most_wins_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVH_CLIENT_ID", "me")
    signing("http://127.0.0.1:9").close()
    monkeypatch.setenv("OVH_CONSUMER_KEY", "hunter2")
    with pytest.raises(snapline.ConfigError) as raised:
        snapline.OVHcloud()
    assert "OVH_CLIENT_ID" in str(raised.value)
    assert "OVH_CONSUMER_KEY" in str(raised.value)
    assert "hunter" not in str(raised.value)


@pytest.mark.skipif(
    "SNAPLINE_MOCK_URL" not in os.environ, reason="needs the mock: cargo xtask test python"
)
def test_the_life_of_a_snapshot() -> None:
    client = snapline.OVHcloud("ready", base_url=os.environ["SNAPLINE_MOCK_URL"] + "/1.0")
    with client:
        netapp = client.netapp
        service = netapp.list()[0].id
        share = netapp.shares.create(service, protocol="NFS", size=100, name="scans").id
        netapp.shares.wait_until_available(service, share, first_interval=0.01, timeout=10.0)
        taken = netapp.snapshots.create(service, share, name="nightly")
        assert taken.type == "manual"
        ready = netapp.snapshots.wait_until_available(
            service, share, taken.id, first_interval=0.01, timeout=10.0
        )
        assert ready.path is not None and ready.path.endswith("/nightly")
        assert taken.id in [each.id for each in netapp.snapshots.list(service, share)]
        with pytest.raises(snapline.APIError, match="manual snapshots, 1"):
            netapp.shares.delete(service, share)
        netapp.snapshots.delete(service, share, taken.id)
        netapp.snapshots.wait_until_deleted(
            service, share, taken.id, first_interval=0.01, timeout=10.0
        )
        with pytest.raises(snapline.NotFoundError):
            netapp.snapshots.get(service, share, taken.id)
        netapp.shares.delete(service, share)


def test_b19_a_token_that_was_received_is_not_shown() -> None:
    sent = {"endpoint": "https://metrics.example", "token": "hunter2"}
    made = snapline.ovhcloud.MetricsToken.from_dict(sent)
    shown = f"{made!r} {made}"
    assert "token=[redacted]" in shown
    assert "hunter2" not in shown
    assert (made.token, made.to_dict()) == ("hunter2", sent)
    assert "token=None" in repr(snapline.ovhcloud.MetricsToken.from_dict({}))
