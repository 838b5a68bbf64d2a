"""Lists across pages (B16)."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
import snapline
from conftest import Answer, Request, Server, numbered, stateful

Do = snapline.DigitalOcean


def number(request: Request) -> int:
    query = request.path.partition("?")[2]
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    return int(given.get("page", "1"))


@pytest.fixture
def three_pages(server: Server, snapshot: dict[str, Any]) -> Server:
    def answer(request: Request) -> Answer:
        here = number(request)
        items = [{**snapshot, "id": f"{here}-{index}"} for index in range(2 if here < 3 else 1)]
        links = {"pages": {"next": f"https://elsewhere.example/?page={here + 1}"}} if here < 3 else {}
        return Answer(200, {"snapshots": items, "links": links, "meta": {"total": 5}})

    server.answer = answer
    return server


def test_b16_items_cross_pages_as_needed(three_pages: Server, client: Do) -> None:
    page = client.snapshots.list(resource_type="volume", per_page=2)
    assert len(three_pages.requests) == 1
    walk = iter(page)
    assert iter(walk) is walk
    assert [next(walk).id, next(walk).id] == ["1-0", "1-1"]
    assert len(three_pages.requests) == 1
    assert next(walk).id == "2-0"
    assert len(three_pages.requests) == 2
    assert three_pages.requests[1].path == "/v2/snapshots?page=2&per_page=2&resource_type=volume"
    assert [item.id for item in walk] == ["2-1", "3-0"]
    assert next(walk, None) is None
    assert [item.id for item in page] == ["1-0", "1-1", "2-0", "2-1", "3-0"]


def test_b16_a_page_by_itself(three_pages: Server, client: Do) -> None:
    page = client.snapshots.list(page=2)
    assert [item.id for item in page.items] == ["2-0", "2-1"]
    assert (page.number, page.next_page, page.total) == (2, 3, 5)
    assert repr(page) == "<snapline.Page number=2 items=2 next_page=3 total=5>"
    assert [item.id for item in page] == ["2-0", "2-1", "3-0"]
    with pytest.raises(TypeError):
        len(page)  # type: ignore[arg-type]
    assert snapline.Page[int] is not None


def test_b16_page_by_page(three_pages: Server, client: Do) -> None:
    pages = client.snapshots.list().pages()
    first = next(pages)
    assert len(three_pages.requests) == 1
    assert (first.number, len(first.items)) == (1, 2)
    assert [page.number for page in pages] == [2, 3]
    assert next(pages, None) is None
    assert len(three_pages.requests) == 3


def test_b16_an_error_ends_the_walk(three_pages: Server, client: Do) -> None:
    good = three_pages.answer
    three_pages.answer = lambda request: (
        Answer(404, {"id": "not_found"}) if number(request) == 2 else good(request)
    )
    walk = iter(client.snapshots.list())
    assert [next(walk).id, next(walk).id] == ["1-0", "1-1"]
    with pytest.raises(snapline.NotFoundError):
        next(walk)
    assert next(walk, None) is None


def test_b16_a_next_that_stays_is_an_error(server: Server, snapshot: dict[str, Any], client: Do) -> None:
    body = {"snapshots": [snapshot], "links": {"pages": {"next": "https://x/?page=1"}}}
    server.always(200, body)
    page = client.snapshots.list()
    with pytest.raises(snapline.DecodeError, match="page 1 names page 1"):
        list(page)
    with pytest.raises(snapline.DecodeError):
        list(page.pages())
    assert len(server.requests) == 1


def test_b16_a_walk_passes_over_nothing_while_it_deletes(
    server: Server, snapshot: dict[str, Any], client: Do
) -> None:
    left = stateful(server, snapshot, 60)
    got = []
    for item in client.snapshots.list(per_page=20):
        got.append(item.id)
        client.snapshots.delete(item.id)
    assert (sorted(got), left) == (numbered(60), [])
    # Page by page, and only some of them.
    left = stateful(server, snapshot, 60)
    got = []
    for page in client.snapshots.list(per_page=20).pages():
        for item in page.items:
            got.append(item.id)
            if int(item.id) % 3:
                client.snapshots.delete(item.id)
    assert (sorted(got), len(left)) == (numbered(60), 20)


def test_b16_a_list_asks_for_the_largest_page(
    server: Server, snapshot: dict[str, Any], client: Do
) -> None:
    stateful(server, snapshot, 1000)
    assert [item.id for item in client.snapshots.list()] == numbered(1000)
    assert len(server.requests) == 5
    assert server.requests[4].path == "/v2/snapshots?page=5&per_page=200"


@pytest.mark.skipif(
    "SNAPLINE_MOCK_URL" not in os.environ, reason="needs the mock: cargo xtask test python"
)
def test_b16_sixty_snapshots_are_deleted_while_walking() -> None:
    with snapline.DigitalOcean("dop_v1_test", base_url=os.environ["SNAPLINE_MOCK_URL"]) as client:
        volume = next(iter(client.snapshots.list(resource_type="volume"))).resource_id
        assert volume is not None

        def mine() -> list[str]:
            every = client.volumes.snapshots.list(volume, per_page=20)
            return [item.id for item in every if item.name.startswith("b16-")]

        for index in range(60):
            client.volumes.snapshots.create(volume, name=f"b16-{index}")
        assert len(mine()) == 60
        deleted = 0
        for item in client.volumes.snapshots.list(volume, per_page=20):
            if item.name.startswith("b16-"):
                client.snapshots.delete(item.id)
                deleted += 1
        assert (deleted, mine()) == (60, [])


def test_b21_an_iterator_in_two_threads_does_not_hang(three_pages: Server, client: Do) -> None:
    walk = iter(client.snapshots.list())
    next(walk), next(walk)
    hold = threading.Event()
    good = three_pages.answer
    three_pages.answer = lambda request: good(request)._replace(hold=hold)
    while three_pages.arrived.acquire(blocking=False):
        pass
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(next(walk).id))
    thread.start()
    assert three_pages.arrived.acquire(timeout=10)
    with pytest.raises(RuntimeError, match="another thread"):
        next(walk)
    hold.set()
    thread.join(10)
    assert got == ["2-0"]
