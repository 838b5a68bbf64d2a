"""What the runtime lets callers set, all of it, can be set from Python."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import Server

SOURCE = Path(__file__).parents[3] / "crates/runtime/src/settings.rs"
# One word in Rust, which sets one at a time; a mapping here.
MAPPED = {"header": "headers"}
MAPPED_OPTIONS = {"header": "extra_headers", "query": "extra_query"}
# Set by the package itself.
OWN = {"language"}
CLIENTS: list[type[Any]] = [snapline.DigitalOcean, snapline.AsyncDigitalOcean]


def setters(name: str) -> set[str]:
    """The methods by which the runtime lets a value be set."""
    (body,) = re.findall(rf"^impl {name} {{\n(.*?)^}}", SOURCE.read_text(encoding="utf-8"), re.S | re.M)
    found = set(re.findall(r"^    pub fn (\w+)\(mut self", body, re.M))
    assert len(found) > 10, "the source is not what this test reads"
    return found


def keywords(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self"}


def calls(place: Any) -> list[tuple[str, Any]]:
    """Every call of a client and of all below it, but for waits."""
    found = []
    for name in dir(type(place)):
        member = None if name.startswith("_") else getattr(place, name)
        if type(member).__name__.endswith("Resource"):
            found += calls(member)
        elif type(place).__name__.endswith("Resource") and callable(member):
            if not name.startswith("wait_"):
                found.append((name, member))
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_takes_every_setting(client: type[Any]) -> None:
    wanted = {MAPPED.get(name, name) for name in setters("Settings") - OWN}
    assert keywords(client) - {"token"} == wanted
    for name in wanted:
        assert f"    {name}: " in (client.__doc__ or ""), f"{name} is not explained"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_call_takes_every_option(client: type[Any]) -> None:
    wanted = {MAPPED_OPTIONS.get(name, name) for name in setters("CallOptions")}
    made = client("t", base_url="http://127.0.0.1:9")
    assert keywords(made.with_options) == wanted
    assert keywords(made.request) - {"method", "path", "json"} == wanted
    for name in wanted:
        assert f"    {name}: " in (made.request.__doc__ or ""), f"{name} is not explained"
    every = calls(made)
    assert len(every) > 40
    for name, call in every:
        assert wanted <= keywords(call), name


def test_they_reach_the_runtime(server: Server) -> None:
    """What they do is the fault scenarios' business; here, that none is dropped on its way."""
    server.always(503, {})
    given: dict[str, Any] = {"base_url": server.url, "backoff_base": 0.001, "backoff_cap": 0.002}
    with snapline.DigitalOcean("t", retry_budget=0, **given) as client:
        with pytest.raises(snapline.ServerError, match="retry budget is spent"):
            client.nfs.list()
    assert len(server.requests) == 1
    with snapline.DigitalOcean("t", base_url=server.url) as client:
        # Without these two the retries would take seconds.
        with pytest.raises(snapline.ServerError) as caught:
            client.nfs.list(backoff_base=0.001, backoff_cap=0.002, timeout=1.5)
        assert len(caught.value.attempts) == 4
        server.always(429, {}, retry_after="3")
        with pytest.raises(snapline.RateLimitError) as limited:
            client.nfs.list(max_retry_after=2)
        assert (len(limited.value.attempts), limited.value.retry_after) == (1, 3.0)
        server.always(200, {"shares": [{"id": "x" * 100}]})
        with pytest.raises(snapline.DecodeError, match="50"):
            client.nfs.list(max_body_bytes=50)
        server.always(200, {"shares": []}, ratelimit_remaining="0", ratelimit_reset="99999999999")
        assert client.nfs.list() == []
        assert client.nfs.list() == []
        with pytest.raises(snapline.RateLimitError) as held:
            client.nfs.list(pacing=True)
        assert (held.value.status, held.value.attempts) == (None, ())
    for wrong in ("retry_budget", "max_body_bytes"):
        with pytest.raises(TypeError, match=wrong):
            given = {wrong: "1"}
            snapline.DigitalOcean("t", **given)
