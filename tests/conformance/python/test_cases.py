"""Runs every conformance case through the installed wheel.

A case says which method is called with what, which requests must arrive, and what comes out. The
mock at SNAPLINE_MOCK_URL compares the requests; this compares what comes out. No operation and no
model is named here.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import keyword
import os
import re
import socket
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import snapline

CASES = Path(__file__).parent.parent / "cases"
RUN = f"python-{uuid.uuid4().hex}"
API_ERRORS = {
    400: snapline.BadRequestError,
    401: snapline.AuthenticationError,
    403: snapline.PermissionDeniedError,
    404: snapline.NotFoundError,
    409: snapline.ConflictError,
    422: snapline.UnprocessableEntityError,
    429: snapline.RateLimitError,
}
WAIT_ERRORS = {
    "wait_failed": snapline.WaitFailedError,
    "wait_timeout": snapline.WaitTimeoutError,
}
# No word of an answer, which would be taken for the token and redacted.
TOKEN = "conformance-7f3a"
QUICK = {"first_interval": 0.005, "max_interval": 0.01, "timeout": 20.0}

Case = dict[str, Any]


def read(value: dict[str, Any]) -> Any:
    """An object of a case; one with this one key stands for bytes."""
    return bytes.fromhex(value["$bytes"]) if "$bytes" in value else value


def load() -> list[Case]:
    files = sorted(CASES.glob("*.json"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [case for text in texts for case in json.loads(text, object_hook=read)]


ALL = load()


@pytest.fixture(scope="session")
def mock() -> str:
    url = os.environ.get("SNAPLINE_MOCK_URL")
    if not url:
        pytest.exit("SNAPLINE_MOCK_URL must be the URL of snapline-mock", returncode=2)
    place = urlsplit(url)
    try:
        # Without a server every wait would last as long as it may.
        socket.create_connection((place.hostname or "", place.port or 80), timeout=5).close()
    except OSError as error:
        pytest.exit(f"nothing answers at SNAPLINE_MOCK_URL={url}: {error}", returncode=2)
    return url.rstrip("/")


def named(name: str) -> str:
    # On the wire a name may be written together: `createdAt`, `snapshotID`, `vRackServicesURN`.
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    # The extension is written in Rust, which keeps a few names for itself even where it is told not to.
    taken = keyword.iskeyword(name) or name in ("crate", "self", "super")
    return f"{name}_" if taken else name


def method(client: Any, case: Case) -> Any:
    place = client
    for name in case["resource"]:
        place = getattr(place, named(name))
    return getattr(place, named(case["method"]))


def arguments(case: Case) -> dict[str, Any]:
    given = {named(name): value for name, value in case["arguments"].items()}
    if case["kind"] == "wait":
        given.update(QUICK)
        if "timeout_ms" in case:
            given["timeout"] = case["timeout_ms"] / 1000
    return given


def instant(text: str) -> datetime:
    """RFC 3339 in UTC, cut to microseconds, also where Python's own parser is older."""
    head, _, tail = text.partition(".")
    if tail:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        text = f"{head}.{digits[:6].ljust(6, '0')}{tail[len(digits):]}"
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def differences(got: Any, wanted: Any, place: str) -> Iterator[str]:
    """Where a value differs from the JSON it should have come from."""
    if isinstance(wanted, dict) and not isinstance(got, dict):
        if not hasattr(type(got), "from_dict"):
            yield f"{place} is {got!r}, not a model"
            return
        for name, value in wanted.items():
            if hasattr(got, named(name)):
                yield from differences(getattr(got, named(name)), value, f"{place}.{name}")
            else:
                yield f"{place} has no attribute {named(name)}"
    elif isinstance(wanted, list):
        if not isinstance(got, list) or len(got) != len(wanted):
            yield f"{place} is {got!r}, not a list of {len(wanted)}"
            return
        for index, (item, value) in enumerate(zip(got, wanted)):
            yield from differences(item, value, f"{place}[{index}]")
    elif isinstance(got, datetime):
        if got.tzinfo is not timezone.utc or got != instant(wanted):
            yield f"{place} is {got!r}, not {wanted!r}"
    elif isinstance(got, Enum):
        if not isinstance(got, str) or str(got) != wanted or got != wanted:
            yield f"{place} is {got!r}, not {wanted!r}"
    elif type(got) is not type(wanted) and not (type(got) is float and type(wanted) is int):
        yield f"{place} is {got!r}, not {wanted!r}"
    elif got != wanted:
        yield f"{place} is {got!r}, not {wanted!r}"


def same(got: Any, wanted: Any) -> None:
    assert not list(differences(got, wanted, "result"))


def check_error(error: snapline.SnaplineError, wanted: dict[str, Any]) -> None:
    if wanted["kind"] in WAIT_ERRORS:
        assert type(error) is WAIT_ERRORS[wanted["kind"]]
        # A wait that nothing was seen in has none.
        assert error.last_object is not None or wanted["kind"] == "wait_timeout"
        return
    assert wanted["kind"] in ("api", "rate_limited")
    assert isinstance(error, snapline.APIError)
    expected = snapline.ServerError if wanted["status"] >= 500 else snapline.APIError
    assert type(error) is API_ERRORS.get(wanted["status"], expected)
    assert (error.status, error.code, error.message) == (
        wanted["status"],
        wanted["code"],
        wanted["message"],
    )
    assert [attempt.status for attempt in error.attempts] == [wanted["status"]]
    assert json.loads(error.body), "the error keeps its body"


def check(case: Case, client: Any) -> None:
    wanted = case["expect"]
    call, given = method(client, case), arguments(case)
    if "error" in wanted:
        with pytest.raises(snapline.SnaplineError) as caught:
            call(**given)
        check_error(caught.value, wanted["error"])
        return
    result = call(**given)
    if "items" in wanted:
        same(list(result), wanted["items"])
    elif "page" in wanted:
        page = wanted["page"]
        same(result.items, page["items"])
        assert (result.total, result.next_cursor or result.next_page) == (page["total"], page["next"])
    elif "value" in wanted:
        same(result, wanted["value"])
        if hasattr(result, "to_dict"):
            assert type(result).from_dict(result.to_dict()) == result
    else:
        assert wanted == {"nothing": True}
        assert result is None


async def check_async(case: Case, client: Any) -> None:
    wanted = case["expect"]
    call, given = method(client, case), arguments(case)
    if "error" in wanted:
        with pytest.raises(snapline.SnaplineError) as caught:
            await call(**given)
        check_error(caught.value, wanted["error"])
    elif "items" in wanted:
        same([item async for item in call(**given)], wanted["items"])
    elif "page" in wanted:
        result, page = await call(**given), wanted["page"]
        same(result.items, page["items"])
        assert (result.total, result.next_cursor or result.next_page) == (page["total"], page["next"])
    elif "value" in wanted:
        same(await call(**given), wanted["value"])
    else:
        assert wanted == {"nothing": True}
        assert await call(**given) is None


def provider(case: Case) -> Any:
    return importlib.import_module(f"snapline.{case['provider']}")


@pytest.mark.parametrize("case", ALL, ids=[case["name"] for case in ALL])
def test_case(case: Case, mock: str) -> None:
    base_url = f"{mock}/case/{case['name']}/{RUN}"
    with provider(case).Client(TOKEN, base_url=base_url, max_attempts=1) as client:
        check(case, client)
        # The mock refuses this as long as a request is missing.
        assert client.request("GET", "/_done").json() == {"done": True}


async def run_async(case: Case, base_url: str) -> None:
    made = provider(case).AsyncClient(TOKEN, base_url=base_url, max_attempts=1)
    async with made as client:
        await check_async(case, client)
        assert (await client.request("GET", "/_done")).json() == {"done": True}


@pytest.mark.parametrize("case", ALL, ids=[case["name"] for case in ALL])
def test_case_async(case: Case, mock: str) -> None:
    asyncio.run(run_async(case, f"{mock}/case/{case['name']}/{RUN}-async"))


def run_raw(case: Case, base_url: str) -> None:
    with provider(case).Client(TOKEN, base_url=base_url, max_attempts=1) as client:
        call = method(client.with_raw_response, case)
        response = call(**arguments(case))
        wanted = case["expect"]
        assert response.status == case["exchanges"][0]["response"]["status"]
        if "page" in wanted:
            same(response.parse().items, wanted["page"]["items"])
        elif "value" in wanted:
            same(response.parse(), wanted["value"])
        else:
            assert response.parse() is None
        assert client.request("GET", "/_done").json() == {"done": True}


RAW = [
    case
    for case in ALL
    if case["kind"] not in ("wait", "items") and "error" not in case["expect"]
]


@pytest.mark.parametrize("case", RAW, ids=[case["name"] for case in RAW])
def test_case_raw(case: Case, mock: str) -> None:
    run_raw(case, f"{mock}/case/{case['name']}/{RUN}-raw")


def methods(place: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in dir(type(place)):
        if name.startswith("_"):
            continue
        member = getattr(place, name)
        if type(member).__name__.endswith("Resource"):
            yield from methods(member, (*path, name))
        elif path:
            yield path, name


def test_every_method_has_a_case() -> None:
    names = {case["provider"]: provider(case) for case in ALL}
    assert names
    clients = [
        (name, getattr(module, kind))
        for name, module in names.items()
        for kind in ("Client", "AsyncClient")
    ]
    for name, client in clients:
        tried = {
            (tuple(map(named, case["resource"])), named(case["method"]))
            for case in ALL
            if case["provider"] == name
        }
        # Port 9 is never connected to: only the names are looked at.
        there = set(methods(client(TOKEN, base_url="http://127.0.0.1:9")))
        assert there == tried
