"""A client seen in other ways: whole answers, other settings; logs; the progress bar."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from typing import Any

import pytest
import snapline
from conftest import Answer, Server, until

Do = snapline.DigitalOcean
TOKEN = "s3cret-t0ken"


def test_b15_whole_answers(server: Server, client: Do, share: dict[str, Any]) -> None:
    server.always(200, {"share": share}, x_request_id="r-7", ratelimit_remaining="41")
    answer = client.with_raw_response.nfs.get("a")
    assert isinstance(answer, snapline.Response)
    assert (answer.status, answer.request_id) == (200, "r-7")
    assert answer.headers["x-request-id"] == "r-7"
    assert b'"share"' in answer.body
    assert answer.json() == {"share": share}
    assert answer.rate_limit is not None and answer.rate_limit.remaining == 41
    assert [attempt.status for attempt in answer.attempts] == [200]
    assert answer.parse() == client.nfs.get("a")
    assert answer.parse() is answer.parse()
    assert client.request("GET", "/v2/nfs/a").parse() == {"share": share}
    server.always(204)
    gone = client.with_raw_response.nfs.delete("a")
    assert (gone.status, gone.body, gone.parse(), gone.json()) == (204, b"", None, None)
    server.always(404, {"id": "not_found", "message": "no"})
    with pytest.raises(snapline.NotFoundError):
        client.with_raw_response.nfs.get("a")


def test_b15_whole_answers_of_lists(server: Server, client: Do, snapshot: dict[str, Any]) -> None:
    server.always(200, {"snapshots": [snapshot], "links": {}, "meta": {"total": 1}})
    page = client.with_raw_response.snapshots.list().parse()
    assert isinstance(page, snapline.Page)
    assert [item.id for item in page] == ["snap-1"]


def test_other_settings_for_all_calls(server: Server, client: Do) -> None:
    server.always(503, {})
    other = client.with_options(max_attempts=2, extra_headers={"x-a": "1"})
    with pytest.raises(snapline.ServerError) as caught:
        other.nfs.list()
    assert len(caught.value.attempts) == 2
    assert all(request.headers["x-a"] == "1" for request in server.requests)
    # A call's own keywords come first, and the others stay.
    server.requests.clear()
    with pytest.raises(snapline.ServerError):
        other.nfs.list(max_attempts=3)
    assert [request.headers["x-a"] for request in server.requests] == ["1"] * 3
    # On top of one another, and with whole answers.
    server.requests.clear()
    with pytest.raises(snapline.ServerError):
        other.with_options(max_attempts=1).with_raw_response.nfs.list()
    assert [request.headers["x-a"] for request in server.requests] == ["1"]
    # The client itself is as it was.
    server.requests.clear()
    with pytest.raises(snapline.ServerError):
        client.nfs.list()
    assert len(server.requests) == 4
    assert "x-a" not in server.requests[0].headers


def test_a_post_is_sent_again_only_if_told(server: Server, client: Do) -> None:
    server.always(503, {})
    again = client.with_options(retry_post=True, max_attempts=2)
    for given, sent in ((client, 1), (again, 2)):
        server.requests.clear()
        with pytest.raises(snapline.ServerError):
            given.nfs.snapshot("a", name="n")
        assert len(server.requests) == sent
    server.requests.clear()
    with pytest.raises(snapline.ServerError):
        again.nfs.snapshot("a", name="n", retry_post=False)
    assert len(server.requests) == 1


def test_other_settings_reach_the_looks_of_a_wait(server: Server, client: Do) -> None:
    share = {"id": "a", "status": "ACTIVE"}
    server.always(200, {"share": share})
    client.with_options(extra_headers={"x-look": "1"}).nfs.wait_until_active("a")
    assert server.requests[0].headers["x-look"] == "1"


def test_settings_are_checked(client: Do) -> None:
    with pytest.raises(TypeError, match="max_attempts"):
        client.with_options(max_attempts="2")  # type: ignore[arg-type]
    with pytest.raises(snapline.InvalidArgumentError, match="timeout"):
        client.with_options(timeout=-1)


def test_views_are_closed_together(server: Server, client: Do) -> None:
    other = client.with_options(timeout=1)
    other.close()
    for view in (client, other, client.with_raw_response):
        with pytest.raises(snapline.ClientClosedError):
            view.nfs.list()


class Kept(logging.Handler):
    """Keeps the records, and can do something with each."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.then: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if self.then is not None:
            self.then()


@pytest.fixture
def kept() -> Any:
    logger = logging.getLogger("snapline")
    handler = Kept()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_b24_one_record_per_call(
    server: Server, client: Do, share: dict[str, Any], kept: Kept
) -> None:
    server.always(200, {"share": share}, x_request_id="r-9")
    client.nfs.get("a")
    (record,) = kept.records
    assert (record.name, record.levelno) == ("snapline", logging.INFO)
    assert record.getMessage().startswith("nfs_get: 200 in ")
    said: Any = record
    assert (said.operation, said.status, said.attempts) == ("nfs_get", 200, 1)
    assert said.duration_ms > 0


def test_b24_retries_and_failures(server: Server, client: Do, kept: Kept) -> None:
    server.always(503, {"id": "x", "message": TOKEN})
    with pytest.raises(snapline.ServerError):
        client.nfs.list(max_attempts=2)
    levels = [(record.levelno, record.getMessage().split(" ")[0]) for record in kept.records]
    assert levels == [(logging.DEBUG, "nfs_list:"), (logging.INFO, "nfs_list:")]
    # B19: not even what the service repeats.
    assert TOKEN not in repr([vars(record) for record in kept.records])


def test_b12_drift_is_a_warning_by_default(
    server: Server, client: Do, share: dict[str, Any], kept: Kept
) -> None:
    logging.getLogger("snapline").setLevel(logging.NOTSET)
    server.always(200, {"share": {**share, "size_gib": None}})
    client.nfs.get("a")
    (record,) = kept.records
    assert record.levelno == logging.WARNING
    assert "size_gib" in record.getMessage()


def test_b24_drift_in_a_wait_is_one_warning_and_silent_unless_asked_for(
    server: Server, share: dict[str, Any]
) -> None:
    odd = {key: value for key, value in share.items() if key != "name"}

    def answer(request: Any) -> Answer:
        looks = len(server.requests)
        return Answer(200, {"share": {**odd, "status": "ACTIVE" if looks % 5 == 0 else "CREATING"}})

    server.answer = answer
    code = f"""
import sys, snapline
if sys.argv[1:]:
    import logging
    logging.basicConfig(level=logging.WARNING)
with snapline.DigitalOcean("dop_v1_long_enough", base_url={server.url!r}) as client:
    client.nfs.wait_until_active("a", first_interval=0.01, max_interval=0.01)
    snapline.digitalocean.NfsShare.from_dict({{"id": "a"}})
    assert client.with_raw_response.nfs.get("a").drift
"""
    run = [sys.executable, "-c", code]
    silent = subprocess.run(run, timeout=60, capture_output=True, text=True)
    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    told = subprocess.run([*run, "told"], timeout=60, capture_output=True, text=True)
    assert told.returncode == 0
    assert told.stderr.count("the answer departs from the document") == 1
    assert told.stderr.count("an object departs from the document") == 1


def test_b24_off_says_nothing(server: Server, client: Do, kept: Kept) -> None:
    logging.getLogger("snapline").setLevel(logging.CRITICAL)
    server.always(200, {"shares": [{"size_gib": None}]})
    client.nfs.list()
    assert kept.records == []


def test_b24_logging_is_imported_only_when_there_is_something_to_say(server: Server) -> None:
    server.always(200, {"shares": []})
    code = f"""
import sys, snapline
client = snapline.DigitalOcean("t", base_url={server.url!r})
client.nfs.list()
assert "logging" not in sys.modules
client.request("PUT", "/switch")
client.nfs.list()
assert "logging" in sys.modules
"""

    def answer(request: Any) -> Answer:
        odd = any(request.method == "PUT" for request in server.requests)
        return Answer(200, {"shares": [{"id": "a"}] if odd else []})

    server.answer = answer
    done = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Without any handler Python itself would show warnings.
    assert (done.stdout, done.stderr) == ("", "")


def test_b24_a_handler_may_call_and_threads_may_log(
    server: Server, client: Do, kept: Kept
) -> None:
    """A handler that makes calls of its own, under a lock, with many threads: nothing hangs."""
    server.always(200, {"shares": []})
    busy = threading.local()

    def call() -> None:
        if not getattr(busy, "yes", False):
            busy.yes = True
            try:
                client.nfs.list()
            finally:
                busy.yes = False

    kept.then = call
    threads = [
        threading.Thread(target=lambda: [client.nfs.list() for _ in range(20)], daemon=True)
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    # Those that another thread said while it handled one of its own are not lost.
    client.nfs.list()
    assert len(kept.records) >= 16 * 20


def test_b24_async_calls_log_on_the_loop(server: Server, kept: Kept) -> None:
    server.always(200, {"shares": []})
    threads = set()
    kept.then = lambda: threads.add(threading.current_thread())

    async def main() -> None:
        async with snapline.AsyncDigitalOcean("t", base_url=server.url) as client:
            await asyncio.gather(*(client.nfs.list() for _ in range(10)))

    asyncio.run(main())
    assert len(kept.records) == 10
    assert threads == {threading.main_thread()}


def test_b24_a_cancelled_call_logs_before_another_one_is_made(server: Server, kept: Kept) -> None:
    held = threading.Event()
    server.answer = lambda request: Answer(200, {"shares": []}, hold=held)

    async def main() -> None:
        async with snapline.AsyncDigitalOcean("t", base_url=server.url) as client:
            task = asyncio.ensure_future(client.nfs.list())
            await until(lambda: server.arrived.acquire(blocking=False))
            task.cancel()
            await until(lambda: bool(kept.records))

    asyncio.run(main())
    held.set()
    assert [record.getMessage() for record in kept.records] == ["nfs_list: given up"]


def test_a_progress_bar(
    server: Server, client: Do, share: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    quick: Any = {"first_interval": 0.01, "max_interval": 0.02}
    states = iter(["CREATING", "ACTIVE", "CREATING", "ACTIVE"])
    server.answer = lambda request: Answer(200, {"share": {**share, "status": next(states)}})
    client.nfs.wait_until_active("a", progress=True, timeout=30, **quick)
    shown = capsys.readouterr().err
    assert "nfs.wait_until_active" in shown
    assert "CREATING" in shown and "ACTIVE" in shown

    async def main() -> None:
        async with snapline.AsyncDigitalOcean("t", base_url=server.url) as other:
            await other.nfs.wait_until_active("a", progress=True, timeout=30, **quick)

    asyncio.run(main())
    assert "ACTIVE" in capsys.readouterr().err


def test_a_progress_bar_without_tqdm(
    server: Server, client: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        client.nfs.wait_until_active("a", progress=True)
    assert server.requests == []
