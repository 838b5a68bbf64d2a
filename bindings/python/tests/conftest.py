"""A small server that answers as a test tells it, and a client that talks to it."""

from __future__ import annotations

import json
import threading
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
        self.answer: Callable[[Request], Answer] = lambda request: Answer(404, {"id": "not_found"})
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet for each answer, or Nagle's algorithm makes the client wait.
            wbufsize = -1

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
                if answer.hold is not None:
                    answer.hold.wait(30)
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
