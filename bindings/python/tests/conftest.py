"""A small server that answers as a test tells it, and a client that talks to it."""

from __future__ import annotations

import asyncio
import json
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest
import snapline


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Answer(NamedTuple):
    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}
    # Set by the test when the answer may go out.
    hold: threading.Event | None = None


class Server:
    """Gives `answer(request)` for each request and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.arrived = threading.Semaphore(0)
        # How many connections were made, and how many of them the client has not ended.
        self.connections = 0
        self.open = 0
        self.counting = threading.Lock()
        self.answer: Callable[[Request], Answer] = lambda request: Answer(404, {"id": "not_found"})
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet for each answer, or Nagle's algorithm makes the client wait.
            wbufsize = -1

            def setup(self) -> None:
                super().setup()
                with server.counting:
                    server.connections += 1
                    server.open += 1

            def finish(self) -> None:
                with server.counting:
                    server.open -= 1
                super().finish()

            def handle_any(self) -> None:
                length = int(self.headers.get("content-length", 0))
                raw = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(
                    self.command, self.path, headers, json.loads(raw) if raw else None
                )
                server.requests.append(request)
                server.arrived.release()
                answer = server.answer(request)
                if answer.hold is not None and not self.held(answer.hold):
                    self.close_connection = True
                    return
                body = answer.body
                if not isinstance(body, bytes):
                    body = b"" if body is None else json.dumps(body).encode()
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    self.wfile.flush()
                except OSError:
                    # The caller gave up, as some tests mean it to.
                    self.close_connection = True

            def held(self, hold: threading.Event) -> bool:
                """Waits; whether the client is still there."""
                until = time.monotonic() + 30
                while not hold.wait(0.01) and time.monotonic() < until:
                    if select.select([self.connection], [], [], 0)[0]:
                        if not self.connection.recv(1, socket.MSG_PEEK):
                            return False
                return True

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def always(self, status: int = 200, body: Any = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda request: Answer(status, body, named)

    def is_left(self) -> bool:
        """Whether no connection is open, or soon none is: the client's word takes its time to arrive."""
        return soon(lambda: self.open == 0)

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def numbered(count: int) -> list[str]:
    """The ids of a list that `stateful` made."""
    return [f"{index:04}" for index in range(count)]


def stateful(server: Server, snapshot: dict[str, Any], count: int) -> list[str]:
    """Makes the server keep a list of snapshots that can be deleted; gives the ids that are left."""
    left = numbered(count)

    def answer(request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        if request.method == "DELETE":
            left.remove(path.rpartition("/")[2])
            return Answer(204)
        given = dict(pair.split("=") for pair in query.split("&") if pair)
        page, size = int(given.get("page", "1")), int(given["per_page"])
        here = left[(page - 1) * size : page * size]
        more = len(left) > page * size
        links = {"pages": {"next": f"https://elsewhere.example/?page={page + 1}"}} if more else {}
        items = [{**snapshot, "id": index} for index in here]
        return Answer(200, {"snapshots": items, "links": links, "meta": {"total": len(left)}})

    server.answer = answer
    return left


def soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes true, with all the time that a busy machine may need."""
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


# Where the tests run as a background job, SIGINT is ignored, and children inherit that.
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def in_time(took: Callable[[], float], most: float) -> bool:
    """Whether something takes no longer than it may; a busy machine gets another chance."""
    return any(took() < most for _ in range(3))


def interrupted(server: Server, code: str, *arguments: str, requests: int = 1) -> float:
    """Sends Ctrl-C to a program that has made its requests. It must print when it saw that, and end
    with 7; how long it took to see it."""
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE + code, server.url, *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(requests):
            assert server.arrived.acquire(timeout=20)
        time.sleep(0.2)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=20)
    finally:
        child.kill()
    assert child.returncode == 7
    return float(output) - sent


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def client(server: Server) -> Iterator[snapline.DigitalOcean]:
    with snapline.DigitalOcean(
        "s3cret-t0ken", base_url=server.url, backoff_base=0.01, backoff_cap=0.02
    ) as client:
        yield client


@pytest.fixture
def share() -> dict[str, Any]:
    return {
        "id": "share-1",
        "name": "media",
        "size_gib": 50,
        "region": "atl1",
        "status": "ACTIVE",
        "created_at": "2026-05-11T04:30:07Z",
        "vpc_ids": ["vpc-1"],
    }


@pytest.fixture
def snapshot() -> dict[str, Any]:
    return {
        "id": "snap-1",
        "name": "nightly",
        "created_at": "2026-05-11T04:30:07.123456789+02:00",
        "regions": ["atl1"],
        "min_disk_size": 25,
        "size_gigabytes": 2.5,
        "resource_id": "7",
        "resource_type": "volume",
        "tags": None,
    }
