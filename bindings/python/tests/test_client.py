"""Making, using and closing a client."""

from __future__ import annotations

import gc
import platform
import weakref
from typing import Any

import pytest
import snapline
from conftest import Server

VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN", "SNAPLINE_DIGITALOCEAN_URL")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_b1_without_a_token_both_variables_are_named() -> None:
    with pytest.raises(snapline.ConfigError) as caught:
        snapline.DigitalOcean()
    assert "DIGITALOCEAN_TOKEN" in str(caught.value)
    assert "DIGITALOCEAN_ACCESS_TOKEN" in str(caught.value)


def test_b1_the_first_variable_wins(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.always(200, {"shares": []})
    monkeypatch.setenv("SNAPLINE_DIGITALOCEAN_URL", server.url)
    sent = []
    for name, value in (("DIGITALOCEAN_ACCESS_TOKEN", "second"), ("DIGITALOCEAN_TOKEN", "first")):
        monkeypatch.setenv(name, value)
        with snapline.DigitalOcean() as client:
            client.nfs.list()
        sent.append(server.requests[-1].headers["authorization"])
    assert sent == ["Bearer second", "Bearer first"]


@pytest.mark.parametrize("token", ["", "a\nb", "a\x00b"])
def test_b1_a_token_that_cannot_be_sent_is_refused_at_once(token: str) -> None:
    with pytest.raises(snapline.ConfigError) as caught:
        snapline.DigitalOcean(token)
    assert token == "" or token not in str(caught.value)


def test_b2_the_token_does_not_go_out_in_the_clear() -> None:
    with pytest.raises(snapline.ConfigError, match="allow_insecure"):
        snapline.DigitalOcean("t", base_url="http://203.0.113.1")
    snapline.DigitalOcean("t", base_url="http://203.0.113.1", allow_insecure=True).close()


def test_b4_user_agent_and_extras(server: Server) -> None:
    server.always(200, {"shares": []})
    with snapline.DigitalOcean(
        "t", base_url=server.url, user_agent="backup/2", headers={"x-team": "a"}
    ) as client:
        client.nfs.list(region="atl1", extra_headers={"x-call": "b"}, extra_query={"q": "ä&"})
    request = server.requests[-1]
    language = f"python/{platform.python_version()}"
    assert request.headers["user-agent"] == f"snapline/{snapline.__version__} {language} backup/2"
    assert (request.headers["x-team"], request.headers["x-call"]) == ("a", "b")
    assert request.path == "/v2/nfs?region=atl1&q=%C3%A4%26"


def test_b14_rate_limit(server: Server, client: snapline.DigitalOcean) -> None:
    before = client.rate_limit
    assert before is None
    server.always(200, {"shares": []}, ratelimit_limit="5000", ratelimit_remaining="4999")
    client.nfs.list()
    limit = client.rate_limit
    assert limit is not None
    assert (limit.limit, limit.remaining, limit.reset) == (5000, 4999, None)
    assert repr(limit) == "RateLimit(limit=5000, remaining=4999, reset=None)"


def test_b15_any_request(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(201, {"account": {"email": "ä", "n": 2**63}}, x_request_id="r-1", x_a="b")
    response = client.request("post", "/v2/account?x=1", {"a": [1, 2.5, None, True], "b": "ü"})
    assert server.requests[-1].method == "POST"
    assert server.requests[-1].path == "/v2/account?x=1"
    assert server.requests[-1].body == {"a": [1, 2.5, None, True], "b": "ü"}
    assert response.status == 201
    assert response.headers["x-a"] == "b"
    assert response.request_id == "r-1"
    assert response.json() == {"account": {"email": "ä", "n": 2**63}}
    assert response.body.startswith(b'{"account"')
    with pytest.raises(snapline.InvalidArgumentError):
        client.request("GET", "no-slash")


def test_b25_a_closed_client_says_so(server: Server, share: dict[str, Any]) -> None:
    server.always(200, {"share": share})
    with snapline.DigitalOcean("t", base_url=server.url) as client:
        nfs = client.nfs
        assert nfs.get("share-1").name == "media"
        assert repr(client) == "<snapline.DigitalOcean>"
    client.close()
    assert repr(client) == "<snapline.DigitalOcean, closed>"
    for call in (lambda: nfs.get("share-1"), lambda: client.request("GET", "/v2/nfs")):
        with pytest.raises(snapline.ClientClosedError):
            call()
    assert len(server.requests) == 1


def test_b25_the_context_manager_lets_errors_through(server: Server) -> None:
    with pytest.raises(KeyError):
        with snapline.DigitalOcean("t", base_url=server.url):
            raise KeyError


def test_b19_no_token_in_what_is_shown(server: Server, client: snapline.DigitalOcean) -> None:
    server.always(401, {"id": "unauthorized", "message": "s3cret-t0ken is unknown"})
    with pytest.raises(snapline.AuthenticationError) as caught:
        client.nfs.list()
    shown = [repr(client), repr(client.nfs), str(caught.value), repr(caught.value.__dict__)]
    assert not [text for text in shown if "s3cret" in text]


def test_a_resource_keeps_its_client_alive_and_nothing_else_does(server: Server) -> None:
    server.always(200, {"shares": []})
    client = snapline.DigitalOcean("t", base_url=server.url)
    seen = weakref.ref(client)
    nfs = client.nfs
    del client
    gc.collect()
    assert seen() is None
    assert nfs.list() == []


def test_keywords_are_checked() -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"timeout": "1"}, "argument 'timeout' must be float, not str"),
        ({"max_attempts": 1.5}, "argument 'max_attempts' must be int, not float"),
        ({"headers": [("a", "b")]}, "argument 'headers' must be a mapping, not list"),
        ({"ca_file": 5}, "argument 'ca_file' must be str or os.PathLike, not int"),
    )
    for given, error in wrong:
        with pytest.raises(TypeError) as caught:
            snapline.DigitalOcean("t", **given)
        assert str(caught.value) == error
    bad: tuple[dict[str, Any], ...] = (
        {"timeout": -1},
        {"timeout": float("nan")},
        {"max_attempts": -1},
    )
    for given in bad:
        with pytest.raises(snapline.InvalidArgumentError) as broken:
            snapline.DigitalOcean("t", **given)
        assert broken.value.parameter == next(iter(given))
    unfit: tuple[dict[str, Any], ...] = (
        {"timeout": 0},
        {"max_attempts": 0},
        {"base_url": "ftp://x"},
    )
    for given in unfit:
        with pytest.raises(snapline.ConfigError):
            snapline.DigitalOcean("t", **given)
    with pytest.raises(TypeError, match="surprise"):
        snapline.DigitalOcean("t", surprise=1)  # type: ignore[call-arg]
