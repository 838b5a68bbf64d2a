"""Clients of Python that are measured: `client.py PEER` carries out the orders on its standard input, see README.md."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import ssl
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

TOKEN = "dop_v1_bench"
HEADERS = {"authorization": f"Bearer {TOKEN}"}


class Order(NamedTuple):
    workload: str
    calls: int
    at_once: int
    base: str
    method: str
    path: str
    body: str

    @property
    def id(self) -> str:
        return self.path.split("/")[3]

    @property
    def data(self) -> dict[str, Any]:
        return {"data": self.body, "headers": {"content-type": "application/json"}} if self.body else {}

    def url(self, page: int) -> str:
        return self.base + self.path + (str(page) if self.workload == "walk" else "")


def read(line: str) -> Order:
    workload, calls, at_once, base, method, path, body = line.rstrip("\n").split("\t")
    return Order(workload, int(calls), int(at_once), base, method, path, body)


def ca_file() -> str:
    return os.environ["BENCH_CA"]


def count(answer: dict[str, Any]) -> int:
    """How many things an answer has, with a value of each read as one would."""
    if "snapshots" in answer:
        return sum(1 for one in answer["snapshots"] if one["name"])
    return 1 if answer.get("share", answer.get("action")) else 0


def more(order: Order, answer: dict[str, Any]) -> bool:
    return order.workload == "walk" and "pages" in answer["links"]


class Snapline:
    def __init__(self, order: Order):
        import snapline

        options: dict[str, Any] = {"base_url": order.base}
        if order.base.startswith("https"):
            options["ca_file"] = ca_file()
        self.client = snapline.DigitalOcean(TOKEN, **options)

    def call(self, order: Order) -> int:
        nfs = self.client.nfs
        if order.workload in ("get", "connect"):
            return 1 if nfs.get(order.id).name else 0
        if order.workload == "post":
            return 1 if nfs.snapshot(order.id, name="nightly", region="atl1").status else 0
        if order.workload == "list":
            return sum(1 for one in nfs.snapshots.list() if one.name)
        if order.workload == "page":
            return sum(1 for one in self.client.snapshots.list(per_page=200, page=1).items if one.name)
        if order.workload == "objects":
            return sum(
                1
                for one in nfs.snapshots.list()
                if (one.id, one.name, one.size_gib, one.region, one.status, one.created_at, one.share_id)
            )
        return sum(1 for one in self.client.snapshots.list() if one.name)

    def close(self) -> None:
        self.client.close()


class SnaplineAsync:
    def __init__(self, order: Order):
        import snapline

        options: dict[str, Any] = {"base_url": order.base}
        if order.base.startswith("https"):
            options["ca_file"] = ca_file()
        self.client = snapline.AsyncDigitalOcean(TOKEN, **options)

    async def call(self, order: Order) -> int:
        nfs = self.client.nfs
        if order.workload in ("get", "connect"):
            return 1 if (await nfs.get(order.id)).name else 0
        if order.workload == "post":
            return 1 if (await nfs.snapshot(order.id, name="nightly", region="atl1")).status else 0
        if order.workload == "list":
            return sum(1 for one in await nfs.snapshots.list() if one.name)
        if order.workload == "page":
            page = await self.client.snapshots.list(per_page=200, page=1)
            return sum(1 for one in page.items if one.name)
        walked = 0
        async for one in self.client.snapshots.list():
            walked += 1 if one.name else 0
        return walked

    async def close(self) -> None:
        await self.client.close()


class Requests:
    def __init__(self, order: Order):
        import requests
        from requests.adapters import HTTPAdapter

        self.session = requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=64))
        self.session.headers.update(HEADERS)
        # What the environment says of proxies is looked up once, and not for each call.
        self.session.trust_env = False
        if order.base.startswith("https"):
            self.session.verify = ca_file()

    def call(self, order: Order) -> int:
        items, page = 0, 1
        while True:
            answer = self.session.request(order.method, order.url(page), **order.data)
            answer.raise_for_status()
            value = answer.json()
            items, page = items + count(value), page + 1
            if not more(order, value):
                return items

    def close(self) -> None:
        self.session.close()


class Httpx:
    def __init__(self, order: Order):
        import httpx

        verify = ssl.create_default_context(cafile=ca_file()) if order.base.startswith("https") else False
        self.client = httpx.Client(headers=HEADERS, verify=verify, trust_env=False)

    def call(self, order: Order) -> int:
        items, page = 0, 1
        data = {"content": order.body, "headers": {"content-type": "application/json"}} if order.body else {}
        while True:
            answer = self.client.request(order.method, order.url(page), **data)
            value = answer.raise_for_status().json()
            items, page = items + count(value), page + 1
            if not more(order, value):
                return items

    def close(self) -> None:
        self.client.close()


class Pydo:
    def __init__(self, order: Order):
        import pydo

        options = {"connection_verify": ca_file()} if order.base.startswith("https") else {}
        self.client = pydo.Client(TOKEN, endpoint=order.base, **options)

    def call(self, order: Order) -> int:
        nfs = self.client.nfs
        # Its policy for tokens takes https alone; on the loopback nobody listens.
        plain = {"enforce_https": False}
        if order.workload in ("get", "connect"):
            return count(nfs.get(order.id, region="atl1", **plain))
        if order.workload == "post":
            return count(nfs.create_action(order.id, body=json.loads(order.body), **plain))
        if order.workload == "list":
            return count(nfs.list_snapshot(region="atl1", **plain))
        items, page = 0, 1
        while True:
            value = self.client.snapshots.list(per_page=200, page=page, **plain)
            items, page = items + count(value), page + 1
            if not more(order, value):
                return items

    def close(self) -> None:
        self.client.close()


class Aiohttp:
    def __init__(self, order: Order):
        import aiohttp

        tls = ssl.create_default_context(cafile=ca_file()) if order.base.startswith("https") else True
        connector = aiohttp.TCPConnector(limit=0, ssl=tls)
        self.session = aiohttp.ClientSession(headers=HEADERS, connector=connector)

    async def decoded(self, answer: Any) -> dict[str, Any]:
        return await answer.json()

    async def call(self, order: Order) -> int:
        items, page = 0, 1
        while True:
            async with self.session.request(order.method, order.url(page), **order.data) as answer:
                answer.raise_for_status()
                value = await self.decoded(answer)
            items, page = items + count(value), page + 1
            if not more(order, value):
                return items

    async def close(self) -> None:
        await self.session.close()


class AiohttpOrjson(Aiohttp):
    def __init__(self, order: Order):
        import orjson

        super().__init__(order)
        self.loads = orjson.loads

    async def decoded(self, answer: Any) -> dict[str, Any]:
        return self.loads(await answer.read())


THREADS: dict[str, Callable[[Order], Any]] = {
    "snapline": Snapline,
    "requests": Requests,
    "httpx": Httpx,
    "pydo": Pydo,
}
TASKS: dict[str, Callable[[Order], Any]] = {
    "snapline_async": SnaplineAsync,
    "aiohttp": Aiohttp,
    "aiohttp_orjson": AiohttpOrjson,
}


def shares(order: Order, calls: int) -> list[int]:
    """How many calls each thread or task makes; the first ones take what does not divide."""
    each, rest = divmod(calls, order.at_once)
    return [each + (number < rest) for number in range(min(order.at_once, calls))]


def threads(make: Callable[[Order], Any], peer: Any, order: Order, calls: int) -> int:
    def work(share: int) -> int:
        items = 0
        for _ in range(share):
            if order.workload == "connect":
                fresh = make(order)
                items += fresh.call(order)
                fresh.close()
            else:
                items += peer.call(order)
        return items

    if order.at_once == 1:
        return work(calls)
    with ThreadPoolExecutor(order.at_once) as pool:
        return sum(pool.map(work, shares(order, calls)))


async def tasks(make: Callable[[Order], Any], peer: Any, order: Order, calls: int) -> int:
    async def work(share: int) -> int:
        items = 0
        for _ in range(share):
            if order.workload == "connect":
                fresh = make(order)
                items += await fresh.call(order)
                await fresh.close()
            else:
                items += await peer.call(order)
        return items

    return sum(await asyncio.gather(*(work(share) for share in shares(order, calls))))


def used() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6, time.perf_counter() * 1e6


def tell(before: tuple[float, float], items: int) -> None:
    after = used()
    cpu, wall = after[0] - before[0], after[1] - before[1]
    print(f"cpu_us={cpu:.0f} wall_us={wall:.0f} items={items}", flush=True)


def main(name: str) -> None:
    make, peer, base = THREADS[name], None, ""
    for line in sys.stdin:
        order = read(line)
        if peer is None or order.base != base:
            peer, base = make(order), order.base
        if order.calls:
            # Opens the connections that are measured.
            threads(make, peer, order, order.at_once)
        before = used()
        tell(before, threads(make, peer, order, order.calls))


async def main_async(name: str) -> None:
    make, peer, base = TASKS[name], None, ""
    # Nothing else runs on the loop while it waits for the next order.
    for line in sys.stdin:
        order = read(line)
        if peer is None or order.base != base:
            if peer is not None:
                await peer.close()
            peer, base = make(order), order.base
        if order.calls:
            await tasks(make, peer, order, order.at_once)
        before = used()
        tell(before, await tasks(make, peer, order, order.calls))
    if peer is not None:
        await peer.close()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.argv[1] in THREADS:
        main(sys.argv[1])
    else:
        asyncio.run(main_async(sys.argv[1]))
