"""Makes calls through the installed wheel as it is told on standard input, and tells on standard
output what came out; ../README.md describes the orders. With `--asyncio` the calls are awaited, with `--own-names` every
attribute is called as the service calls it, in snake case.

No operation and no model is named here, and nothing is compared but what is Python's own: which class an exception is of,
that an enum's member is a string, a time is in UTC, and a model comes back from what it was written as.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import keyword
import logging
import re
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from enum import Enum
from inspect import signature
from itertools import islice, zip_longest
from typing import Any, Callable, get_args, get_type_hints
from urllib.parse import unquote

import snapline
from snapline._providers import FEATURES

# As much of a body as the runner looks at.
MOST = 65_536
# What is raised for an answer, and for a wait that ended otherwise.
ANSWERED = {
    400: snapline.BadRequestError,
    401: snapline.AuthenticationError,
    403: snapline.PermissionDeniedError,
    404: snapline.NotFoundError,
    409: snapline.ConflictError,
    422: snapline.UnprocessableEntityError,
    429: snapline.RateLimitError,
}
WAITED = {"wait_failed": snapline.WaitFailedError, "wait_timeout": snapline.WaitTimeoutError}
# What a record of `logging` has without what snapline adds.
PLAIN = {*vars(logging.makeLogRecord({})), "message", "asctime"}


# The keywords that the package types, each with the first of its types.
OPTIONS = [snapline.ClientOptions, snapline.CallOptions, snapline.WaitOptions]
KEYWORDS = {name: get_args(hint)[0] for options in OPTIONS for name, hint in get_type_hints(options).items()}
READ_KEYWORD: dict[Any, Callable[[str], Any]] = {
    bool: lambda text: text == "true",
    int: int,
    float: lambda milliseconds: int(milliseconds) / 1000,
}
# What no argument can be called, since every call has it.
TAKEN = {"call", "guard", "options", "py", *get_type_hints(snapline.CallOptions), *get_type_hints(snapline.WaitOptions)}

READ: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: text == "true",
    "number": json.loads,
    "json": json.loads,
    "text": str,
    "bytes": bytes.fromhex,
}


def named(name: str) -> str:
    # The extension is written in Rust, which keeps a few names for itself even where it is told not to.
    taken = keyword.iskeyword(name) or name in ("crate", "self", "super")
    return f"{name}_" if taken else name


def argument(name: str) -> str:
    return f"{name}_" if name in TAKEN else named(name)


def reach(place: Any, name: str) -> Any:
    """What a client, a resource or a module calls by this name; where that is taken, with an underscore."""
    return getattr(place, f"{name}_", None) or getattr(place, named(name))


def typed(kind: str, text: str = "") -> Any:
    return None if kind == "null" else [] if kind == "list" else READ[kind](text)


def put(into: dict[str, Any], name: str, *value: str, headers: str = "") -> None:
    """A setting or option; a header or a query parameter has two words."""
    if name == "credential":
        into[value[0]] = value[1]
    elif len(value) == 2:
        into.setdefault(headers if name == "header" else f"extra_{name}", {})[value[0]] = value[1]
    else:
        name = name.removesuffix("_ms")
        into[name] = READ_KEYWORD.get(KEYWORDS.get(name), str)(*value)


def hooks(does: str) -> dict[str, Any]:
    """Hooks that tell in a header what they have seen, or fail as they are told."""
    came = "nothing"

    def before(request: snapline.Outgoing) -> dict[str, str]:
        if does == "fail_before":
            raise ValueError("as it was told")
        if does == "take_token":
            return {"authorization": "Bearer other"}
        return {"x-hook": f"{request.method} {request.operation_id} {request.attempt} {came}"}

    def after(attempted: snapline.Attempted) -> None:
        nonlocal came
        if does == "fail_after":
            raise ValueError("as it was told")
        came = str(attempted.status or "none")

    return {"before_send": before, "after_answer": after}


def attribute(key: str) -> str:
    """The attribute that holds what the service calls by this key."""
    return named(re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())


def keys_of(value: Any, names: tuple[str, ...], written: dict[str, Any]) -> dict[str, str]:
    """The key of each attribute; of those whose names were made of something else both are in the same order."""
    keys = {attribute(key): key for key in written if attribute(key) == key and key in names}
    rest = [key for key in written if key not in keys.values()]
    for key in list(rest):
        name = attribute(key)
        if name in names and name not in keys and [attribute(other) for other in rest].count(name) == 1:
            keys[name] = key
            rest.remove(key)
    assert not rest or "--own-names" not in sys.argv[1:], f"{names} lack {rest}"
    there = [name for name in names if name not in keys and getattr(value, name) is not None]
    return {**keys, **dict(zip(there, rest))}


def plain(value: Any, written: Any = None) -> Any:
    """A result as JSON, read as its users read it; `written` is what the object itself says."""
    if hasattr(value, "to_dict"):
        written = value.to_dict()
        names = type(value).__match_args__
        keys = keys_of(value, names, written)
        shown = repr(value)
        fields = {}
        for name in names:
            assert f"{name}=" in shown, f"{shown} lacks {name}"
            key = keys.get(name, name)
            held = plain(getattr(value, name), written.get(key))
            if held is None and written.get(key) is not None:
                # A time that nobody can read is None; whether it is one shows where it can be read.
                readable = type(value).from_dict({**written, key: "2026-01-02T03:04:05Z"})
                if isinstance(getattr(readable, name), datetime):
                    held = written[key]
            if key in written or held is not None:
                fields[key] = held
        return fields
    if isinstance(value, dict):
        known = written if isinstance(written, dict) else {}
        return {key: plain(inner, known.get(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(*pair) for pair in zip_longest(value, written or [])]
    if isinstance(value, Enum):
        assert isinstance(value, str) and str(value) == value == value.value
    if isinstance(value, datetime):
        assert value.tzinfo is timezone.utc
        # One moment can be written in several ways.
        same = isinstance(written, str) and datetime.fromisoformat(written) == value
        return written if same else value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    return value


def tried(attempts: tuple[snapline.Attempt, ...]) -> list[dict[str, Any]]:
    return [{"status": attempt.status, "error": attempt.error} for attempt in attempts]


def limits(seen: snapline.RateLimit | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {"limit": seen.limit, "remaining": seen.remaining, "reset": seen.reset}


def met(response: snapline.Response[Any]) -> dict[str, Any]:
    return {
        "status": response.status,
        "headers": response.headers,
        "body_hex": response.body[:MOST].hex(),
        "body_length": len(response.body),
        "request_id": response.request_id,
        "attempts": tried(response.attempts),
        "drift": response.drift,
        "rate_limit": limits(response.rate_limit),
    }


def failed(error: BaseException) -> dict[str, Any]:
    if not isinstance(error, snapline.SnaplineError):
        # What Python's own ways to stop a call raise.
        shown = type(error).__name__
        return {"kind": "error", "error": {"kind": "cancelled", "shown": shown, "debug": repr(error)}}
    kind = WAITED.get(error.kind)
    if isinstance(error, snapline.WaitFailedError):
        assert error.last_object is not None
    if isinstance(error, snapline.APIError) and error.status is not None:
        assert error.attempts[-1].status == error.status
        others = snapline.ServerError if error.status // 100 == 5 else snapline.APIError
        kind = ANSWERED.get(error.status, others)
    assert kind is None or type(error) is kind, f"{type(error)} in place of {kind}"
    # Headers and body are told by themselves.
    rest = {name: value for name, value in vars(error).items() if name not in ("headers", "body")}
    debug = [repr(error), repr(error.args), repr(rest), *traceback.format_exception(error)]
    wait = getattr(error, "retry_after", None)
    told = {
        "kind": error.kind,
        "status": error.status,
        "code": getattr(error, "code", None),
        "message": error.message,
        "shown": str(error),
        "debug": " ".join(debug),
        "parameter": getattr(error, "parameter", None),
        "operation": error.operation_id,
        "request_id": error.request_id,
        "outcome_unknown": error.outcome_unknown,
        "retry_after_ms": None if wait is None else wait * 1000,
        "limit": getattr(error, "limit", None),
        "limit_message": getattr(error, "limit_message", None),
        "headers": error.headers,
        "body_hex": error.body[:MOST].hex(),
        "body_length": len(error.body),
        "attempts": tried(error.attempts),
        "last_object": plain(getattr(error, "last_object", None)),
        "started": error.started,
    }
    return {"kind": "error", "error": told}


def outcome(result: Any, whole: bool = False) -> dict[str, Any]:
    """What a call gave; with `whole` a value that is None counts as one."""
    told: dict[str, Any] = {"shown": repr(result)}
    if isinstance(result, snapline.Response):
        told["meta"] = met(result)
        result = result.parse()
        told["shown"] += repr(result)
    if isinstance(result, (snapline.Page, snapline.AsyncPage)):
        items, next = plain(result.items), result.next_page if result.next_cursor is None else result.next_cursor
        return {**told, "kind": "page", "items": items, "total": result.total, "next": next}
    if result is None and not whole:
        return {**told, "kind": "nothing"}
    if hasattr(result, "to_dict"):
        assert type(result).from_dict(result.to_dict()) == result
    return {**told, "kind": "value", "value": plain(result)}


class Order:
    """One call as it was told."""

    def __init__(self, method: str) -> None:
        *self.path, self.name = method.split(".")
        self.raw_request = method == "client.request"
        self.arguments: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.pace: dict[str, Any] = {}
        self.mode = "value"
        self.limit: int | None = None
        self.cancel: float | None = None
        self.times = 1

    def begin(self, client: Any) -> Any:
        """Calls the method; what it gives, or what is to be awaited."""
        given = dict(self.arguments)
        if self.path == ["client"] and self.name in ("close", "rate_limit", "request"):
            if self.raw_request:
                return client.request(json=given.pop("body", None), **given, **self.options)
            member = getattr(client, self.name)
            return member() if callable(member) else limits(member)
        if self.pace or self.name.startswith("wait_"):
            # What waits takes what holds for each of its looks from its client.
            client = client.with_options(**self.options)
            given.update(self.pace)
        else:
            given.update(self.options)
        if self.mode == "raw":
            client = client.with_raw_response
        for name in self.path:
            client = reach(client, name)
        call = reach(client, self.name)
        if self.mode == "items" and "page" in signature(call).parameters:
            # A walk goes on from a page; elsewhere it names the first one by itself.
            given.setdefault("page", 1)
        return call(**given)

    def told(self, result: Any) -> dict[str, Any]:
        return outcome(result, self.raw_request)

    def walked(self, items: list[Any]) -> dict[str, Any]:
        return {"kind": "items", "items": plain(items), "shown": repr(items)}


class Sync:
    """The face whose calls wait. Ctrl-C stops them."""

    client_class = "Client"

    def run(self, order: Order, client: Any) -> list[dict[str, Any]]:
        if order.times == 1:
            return [self.one(order, client)]
        with ThreadPoolExecutor(order.times) as threads:
            return list(threads.map(lambda _: self.one(order, client), range(order.times)))

    def one(self, order: Order, client: Any) -> dict[str, Any]:
        begun = time.monotonic()
        try:
            if order.cancel is not None:
                signal.setitimer(signal.ITIMER_REAL, order.cancel)
            result = order.begin(client)
            if order.mode == "items":
                told = order.walked(list(islice(result, order.limit)))
            else:
                told = order.told(result)
        except (snapline.SnaplineError, KeyboardInterrupt) as error:
            told = failed(error)
        finally:
            if order.cancel is not None:
                signal.setitimer(signal.ITIMER_REAL, 0)
        return {**told, "elapsed_ms": (time.monotonic() - begun) * 1000}

    def close(self, client: Any) -> None:
        client.close()


class Awaited:
    """The face whose calls are awaited. Cancelling their tasks stops them."""

    client_class = "AsyncClient"

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def run(self, order: Order, client: Any) -> list[dict[str, Any]]:
        async def together() -> list[dict[str, Any]]:
            return await asyncio.gather(*(self.one(order, client) for _ in range(order.times)))

        return self.loop.run_until_complete(together())

    async def made(self, order: Order, client: Any) -> dict[str, Any]:
        result = order.begin(client)
        if order.mode != "items":
            return order.told(await result if hasattr(result, "__await__") else result)
        items: list[Any] = []
        async for item in result:
            items.append(item)
            if len(items) == order.limit:
                break
        return order.walked(items)

    async def one(self, order: Order, client: Any) -> dict[str, Any]:
        begun = time.monotonic()
        task = asyncio.ensure_future(self.made(order, client))
        if order.cancel is not None:
            self.loop.call_later(order.cancel, task.cancel)
        try:
            told = await task
        except (snapline.SnaplineError, asyncio.CancelledError) as error:
            told = failed(error)
        return {**told, "elapsed_ms": (time.monotonic() - begun) * 1000}

    def close(self, client: Any) -> None:
        async def close() -> None:
            await client.close()

        self.loop.run_until_complete(close())


class Kept(logging.Handler):
    """Keeps what snapline logs."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in vars(record).items() if name not in PLAIN}
        if fields["event"] == "call" and "duration_ms" not in fields:
            # Given up, as what a scenario before stopped, which may end while this one runs.
            return
        message = "call" if fields["event"] == "call" else record.getMessage()
        level = record.levelname.lower()
        self.records.append({"level": level, "message": message, "fields": fields})


class Agent:
    def __init__(self, face: Sync | Awaited, kept: Kept) -> None:
        self.face, self.kept = face, kept
        self.client: Any = None
        self.begin(next(iter(FEATURES.values())))

    def begin(self, provider: str) -> None:
        self.drop()
        self.module = importlib.import_module(f"snapline.{provider}")
        self.settings: dict[str, Any] = {}
        self.order = Order("client.rate_limit")
        self.kept.records = []

    def drop(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            self.face.close(client)

    def opened(self) -> dict[str, Any]:
        try:
            self.client = getattr(self.module, self.face.client_class)(**self.settings)
        except snapline.SnaplineError as error:
            return {"error": failed(error)["error"]}
        return {"opened": True}

    def obey(self, name: str, *rest: str) -> dict[str, Any] | None:
        """Does what a line says. What it gives is the answer."""
        order = self.order
        if name == "client":
            self.begin(*rest)
        elif name == "set" and rest[0] == "hook":
            self.settings.update(hooks(rest[1]))
        elif name == "set":
            put(self.settings, *rest, headers="headers")
        elif name == "open":
            return self.opened()
        elif name == "call":
            self.order = Order(*rest)
        elif name == "arg":
            order.arguments[argument(rest[0])] = typed(*rest[1:])
        elif name == "item":
            order.arguments[argument(rest[0])].append(typed(*rest[1:]))
        elif name == "option":
            put(order.options, *rest, headers="extra_headers")
        elif name == "wait":
            put(order.pace, *rest)
        elif name == "mode":
            (order.mode,) = rest
        elif name == "limit":
            order.limit = int(*rest)
        elif name == "cancel":
            order.cancel = int(*rest) / 1000
        elif name == "times":
            order.times = int(*rest)
        elif name == "go":
            return {"done": self.face.run(order, self.client)}
        elif name == "model":
            provider, model, instance = rest
            made = reach(importlib.import_module(f"snapline.{provider}"), model)
            return {"model": made.from_dict(json.loads(instance)).to_dict()}
        elif name == "log":
            return {"log": self.kept.records}
        elif name == "end":
            self.drop()
            return {"ended": True}
        else:
            return {"agent": f"there is no order {name}"}
        return None


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    signal.signal(signal.SIGALRM, interrupt)
    kept = Kept()
    logger = logging.getLogger("snapline")
    logger.setLevel(1)
    logger.addHandler(kept)
    logger.propagate = False
    agent = Agent(Awaited() if "--asyncio" in sys.argv[1:] else Sync(), kept)
    for line in sys.stdin.buffer:
        words = [unquote(word) for word in line.decode().rstrip("\n").split(" ")]
        try:
            answer = agent.obey(*words)
        except Exception:  # The runner is told, whatever it is.
            answer = {"agent": traceback.format_exc()}
        if answer is not None:
            print(json.dumps(answer), flush=True)
    agent.drop()


if __name__ == "__main__":
    main()
