"""Functions that look at each attempt of a client's calls (B29)."""

from __future__ import annotations

import asyncio
import contextvars
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import INTERRUPTIBLE, Answer, Request, Server, soon

TOKEN = "s3cret-t0ken"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FACES = ["waiting", "asyncio"]


class Client:
    """Calls of either face, made in the same words."""

    def __init__(self, face: str, server: Server, **settings: Any) -> None:
        self.face = face
        of = snapline.DigitalOcean if face == "waiting" else snapline.AsyncDigitalOcean
        self.client: Any = of(TOKEN, base_url=server.url, backoff_base=0.01, **settings)

    def call(self, make: Callable[[Any], Any]) -> Any:
        if self.face == "waiting":
            return make(self.client)

        async def main() -> Any:
            return await make(self.client)

        return asyncio.run(main())


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_b29_each_attempt_is_seen_and_gets_headers(server: Server, face: str) -> None:
    statuses = iter([503, 200])
    server.answer = lambda request: Answer(next(statuses), {"shares": []}, {"x-request-id": TOKEN})
    seen: list[Any] = []

    def before(request: snapline.Outgoing) -> dict[str, str]:
        assert threading.current_thread() is threading.main_thread()
        seen.append(request)
        return {"traceparent": PARENT, "x-attempt": str(request.attempt)}

    client = Client(face, server, before_send=before, after_answer=seen.append)
    assert client.call(lambda c: c.nfs.list(extra_headers={"x-own": f"a {TOKEN}"})) == []
    first, lost, second, done = seen
    assert isinstance(first, snapline.Outgoing) and isinstance(done, snapline.Attempted)
    assert (first.operation_id, first.method, first.attempt) == ("nfs_list", "GET", 1)
    assert first.url == f"{server.url}/v2/nfs"
    # Nothing of the token, wherever it stands.
    assert first.headers["x-own"] == "a [redacted]" and "authorization" not in first.headers
    assert (lost.status, lost.attempt, lost.error) == (503, 1, None)
    assert (second.attempt, done.status, done.attempt) == (2, 200, 2)
    assert TOKEN not in str(done.headers) and done.request_id != TOKEN
    assert done.elapsed > 0
    assert repr(first) == "<snapline.Outgoing GET of nfs_list, attempt 1>"
    assert repr(done) == "<snapline.Attempted nfs_list, attempt 2: 200>"
    sent = [request.headers for request in server.requests]
    assert [headers["traceparent"] for headers in sent] == [PARENT] * 2
    assert [headers["x-attempt"] for headers in sent] == ["1", "2"]
    assert {headers["authorization"] for headers in sent} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        (lambda request: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda request: {"Authorization": "Bearer other"}, "set by the client itself"),
        (lambda request: {"x": "a\nb"}, "holds a control character"),
        (lambda request: 7, "before_send"),
        (lambda request: {"x": 7}, "before_send"),
    ],
)
def test_b29_a_hook_that_fails_before_lets_nothing_out(
    server: Server, face: str, hook: Any, why: str
) -> None:
    client = Client(face, server, before_send=hook)
    with pytest.raises(snapline.HookError, match="the hook `before_send` failed: ") as caught:
        client.call(lambda c: c.nfs.delete("a"))
    assert why in str(caught.value)
    assert (caught.value.kind, caught.value.outcome_unknown) == ("hook", False)
    assert server.requests == [] and caught.value.attempts == ()
    if why.startswith("Zero"):
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_b29_a_hook_that_fails_after_says_whether_the_service_acted(
    server: Server, face: str, share: dict[str, Any]
) -> None:
    server.always(200, {"share": share, "shares": []})
    client = Client(face, server, after_answer=lambda attempted: 1 / 0)

    def make(c: Any) -> Any:
        return c.nfs.create(name="n", size_gib=50, region="atl1", vpc_ids=["v"])

    for call, unknown in [(lambda c: c.nfs.list(), False), (make, True)]:
        with pytest.raises(snapline.HookError, match="the hook `after_answer` failed") as caught:
            client.call(call)
        assert caught.value.outcome_unknown is unknown
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert caught.value.status == 200
    server.always(422, {"id": "no", "message": "no"})
    with pytest.raises(snapline.HookError) as caught:
        client.call(make)
    assert not caught.value.outcome_unknown
    assert len(server.requests) == 3


def test_b29_what_is_no_function_is_refused(server: Server, face: str) -> None:
    for name in ("before_send", "after_answer"):
        with pytest.raises(TypeError, match=f"'{name}' must be callable"):
            Client(face, server, **{name: 7})
        Client(face, server, **{name: None})

        async def wrong(shown: object) -> None:
            pass

        server.always(200, {"shares": []})
        client = Client(face, server, **{name: wrong})
        with pytest.raises(snapline.HookError, match="must be a plain function"):
            client.call(lambda c: c.nfs.list())


def test_b29_hooks_run_in_the_context_of_the_call(server: Server) -> None:
    """As a tracer has it: what is set in a task is seen by the hooks of its calls alone."""
    server.always(200, {"shares": []})
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="none")
    seen: list[tuple[str, str]] = []

    def before(request: snapline.Outgoing) -> dict[str, str]:
        asyncio.get_running_loop()
        return {"x-name": name.get()}

    def after(attempted: snapline.Attempted) -> None:
        seen.append((name.get(), str(attempted.status)))

    async def main() -> None:
        make = snapline.AsyncDigitalOcean
        async with make(TOKEN, base_url=server.url, before_send=before, after_answer=after) as c:

            async def one(number: int) -> None:
                name.set(f"task-{number}")
                await c.nfs.list()

            await asyncio.gather(*(one(number) for number in range(8)))

    asyncio.run(main())
    names = sorted(f"task-{number}" for number in range(8))
    assert sorted(request.headers["x-name"] for request in server.requests) == names
    assert sorted(seen) == [(one, "200") for one in names]
    # A client that waits has the context of its thread.
    with snapline.DigitalOcean(
        TOKEN, base_url=server.url, before_send=lambda request: {"x-name": name.get()}
    ) as client:
        name.set("waiting")
        client.nfs.list()
    assert server.requests[-1].headers["x-name"] == "waiting"


def test_b29_a_hook_may_use_another_client_and_pages_have_hooks_too(
    server: Server, face: str, snapshot: dict[str, Any]
) -> None:
    def answer(request: Request) -> Answer:
        second = re.search("[?&]page=2", request.path) is not None
        links = {} if second else {"pages": {"next": "https://elsewhere.example/?page=2"}}
        items = [{**snapshot, "id": str(second)}]
        return Answer(200, {"snapshots": items, "links": links, "meta": {"total": 2}})

    server.answer = answer
    other = snapline.DigitalOcean("other", base_url=server.url)
    seen: list[int] = []

    def before(request: snapline.Outgoing) -> None:
        seen.append(request.attempt)
        other.request("GET", "/v2/other")

    client = Client(face, server, before_send=before)

    def walk(c: Any) -> Any:
        if face == "waiting":
            return [item.id for item in c.snapshots.list()]

        async def collect() -> Any:
            return [item.id async for item in c.snapshots.list()]

        return collect()

    assert client.call(walk) == ["False", "True"]
    assert set(seen) == {1} and len(server.requests) == 2 * len(seen) >= 4


def test_b29_ctrl_c_in_a_hook_is_a_ctrl_c(server: Server) -> None:
    code = """
import sys, time, snapline
def before(request):
    print("in", flush=True)
    time.sleep(20)
client = snapline.DigitalOcean("t", base_url=sys.argv[1], before_send=before)
try:
    client.nfs.list()
except KeyboardInterrupt:
    sys.exit(7)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + code, server.url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None and child.stdout.readline() == "in\n"
        child.send_signal(signal.SIGINT)
        assert soon(lambda: child.poll() is not None)
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == 7 and server.requests == []


def test_b29_the_recipe_sends_the_traceparent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/hooks.md, as it stands there."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

    ended: list[ReadableSpan] = []

    class Kept(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            ended.extend(spans)
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Kept()))
    trace.set_tracer_provider(provider)
    page = (Path(__file__).parents[3] / "docs/hooks.md").read_text()
    found = re.search("```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", TOKEN)
    monkeypatch.setenv("SNAPLINE_DIGITALOCEAN_URL", server.url)
    server.always(200, {"shares": []}, x_request_id="r-1")
    names: dict[str, Any] = {}
    exec(compile(found[1], "docs/hooks.md", "exec"), names)
    (span,) = ended
    context = span.get_span_context()
    assert context is not None and span.name == "list shares"
    parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    assert [request.headers["traceparent"] for request in server.requests] == [parent]
    (event,) = span.events
    assert event.name == "nfs_list" and event.attributes is not None
    assert event.attributes["http.response.status_code"] == 200
    assert event.attributes["request_id"] == "r-1"

    # And awaited, where each task has a span of its own.
    async def main() -> None:
        hooks = {name: names[name] for name in ("before_send", "after_answer")}
        async with snapline.AsyncDigitalOcean(**hooks) as client:

            async def one(number: int) -> None:
                with names["tracer"].start_as_current_span(f"task {number}"):
                    await client.nfs.list()

            await asyncio.gather(*(one(number) for number in range(5)))

    asyncio.run(main())
    sent = {request.headers["traceparent"] for request in server.requests[1:]}
    spans = {f"{span.get_span_context().span_id:016x}" for span in ended[1:]}  # type: ignore[union-attr]
    assert {parent.split("-")[2] for parent in sent} == spans and len(sent) == 5
    # Without a span there is nothing to send.
    before = len(server.requests)
    with snapline.DigitalOcean(before_send=names["before_send"]) as client:
        client.nfs.list()
    assert "traceparent" not in server.requests[before].headers
