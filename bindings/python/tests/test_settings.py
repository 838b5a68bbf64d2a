"""What can be set on a client, on a call and on a wait: types, names and explanations agree with what is taken."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import pytest
import snapline
from conftest import Server

CLIENTS: list[type[Any]] = [snapline.DigitalOcean, snapline.AsyncDigitalOcean]
OPTIONS: list[Any] = [snapline.ClientOptions, snapline.CallOptions, snapline.WaitOptions]
# A value for each name.
GIVEN: dict[str, Any] = {
    **dict.fromkeys(["timeout", "attempt_timeout", "connect_timeout", "max_retry_after"], 1.5),
    **dict.fromkeys(["backoff_base", "backoff_cap", "first_interval", "max_interval", "not_found_grace"], 0.5),
    **dict.fromkeys(["max_attempts", "max_body_bytes", "retry_budget"], 3),
    **dict.fromkeys(["allow_insecure", "strict", "pacing", "check_bounds", "retry_post", "progress"], True),
    **dict.fromkeys(["headers", "extra_headers", "extra_query"], {"x-a": "b"}),
    **dict.fromkeys(["base_url", "proxy"], "http://127.0.0.1:9"),
    "no_proxy": "*",
    "user_agent": "a",
    "ca_file": __file__,
    "on_poll": repr,
    "before_send": lambda request: None,
    "after_answer": lambda attempted: None,
}


def calls(place: Any) -> list[tuple[str, Any]]:
    """Every call and wait of a client and of all below it."""
    found = []
    for name in dir(type(place)):
        member = None if name.startswith("_") else getattr(place, name)
        if type(member).__name__.endswith("Resource"):
            found += calls(member)
        elif type(place).__name__.endswith("Resource") and callable(member):
            found.append((name, member))
    return found


@pytest.mark.parametrize("options", OPTIONS)
def test_every_option_has_a_type_and_is_explained(options: Any) -> None:
    hints = get_type_hints(options)
    assert len(hints) > 5 and not options.__total__
    for name in hints:
        assert f"        {name}: " in options.__doc__, f"{name} is not explained"


@pytest.mark.parametrize("client", CLIENTS)
def test_every_option_is_taken(client: type[Any]) -> None:
    for name in set(get_type_hints(snapline.ClientOptions)) - {"ca_file"}:
        for given in (GIVEN[name], None):
            client("t", **{"base_url": "http://127.0.0.1:9", name: given})
    with pytest.raises(snapline.ConfigError, match="certificate"):
        client("t", base_url="http://127.0.0.1:9", ca_file=GIVEN["ca_file"])
    made = client("t", base_url="http://127.0.0.1:9")
    for name in get_type_hints(snapline.CallOptions):
        made.with_options(**{name: GIVEN[name]})
        made.with_options(**{name: None})


def test_every_wait_option_is_taken(server: Server, share: dict[str, Any]) -> None:
    pytest.importorskip("tqdm")
    server.always(200, {"share": share})
    with snapline.DigitalOcean("t", base_url=server.url) as client:
        for name in get_type_hints(snapline.WaitOptions):
            for given in (GIVEN[name], None):
                client.nfs.wait_until_active("a", **{name: given})  # type: ignore[misc]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_call_takes_options(client: type[Any]) -> None:
    made = client("t", base_url="http://127.0.0.1:9")
    every = calls(made)
    assert len(every) > 60
    for name, call in every:
        kinds = {parameter.kind for parameter in inspect.signature(call).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD in kinds, name


@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_keyword_is_refused_in_the_words_of_python(client: type[Any]) -> None:
    made = client("t", base_url="http://127.0.0.1:9")
    for call, said in [
        (lambda **wrong: client("t", **wrong), client.__name__.replace("Async", "")),
        (lambda **wrong: made.with_options(**wrong), "with_options"),
        (lambda **wrong: made.request("GET", "/", **wrong), "request"),
        (lambda **wrong: made.nfs.get("a", **wrong), "nfs.get"),
        (lambda **wrong: made.nfs.wait_until_active("a", **wrong), "nfs.wait_until_active"),
    ]:
        for value in (1, None):
            with pytest.raises(TypeError) as caught:
                call(timeot=value)
            assert str(caught.value) == f"{said}() got an unexpected keyword argument 'timeot'"


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
