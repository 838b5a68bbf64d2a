"""CPU of a call: see README.md in this folder."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

TOKEN = "dop_v1_bench"
TOP = os.path.dirname(os.path.abspath(__file__)) + "/../../.."
MOCK = TOP + "/target/release/snapline-mock"
RAW = TOP + "/target/release/examples/raw_reqwest"
FEW = 320
ROUNDS = 5


def sync(url: str, what: str, count: int, threads: int) -> None:
    import snapline

    client = snapline.DigitalOcean(TOKEN, base_url=url)

    def work(count: int) -> None:
        for _ in range(count):
            if what == "list":
                assert client.snapshots.list(per_page=50).items[0].name
            else:
                assert client.snapshots.get(what).name

    if threads == 1:
        return work(count)
    with ThreadPoolExecutor(threads) as pool:
        # Asking for each result raises what a thread raised: a row that fails must not look quick.
        for done in [pool.submit(work, count // threads) for _ in range(threads)]:
            done.result()
    return None


async def tasks(call, count: int) -> None:
    async def work() -> None:
        for _ in range(count // 64):
            await call()

    await asyncio.gather(*(work() for _ in range(64)))


async def awaited(url: str, what: str, count: int) -> None:
    import snapline

    async with snapline.AsyncDigitalOcean(TOKEN, base_url=url) as client:

        async def call() -> None:
            if what == "list":
                assert (await client.snapshots.list(per_page=50)).items[0].name
            else:
                assert (await client.snapshots.get(what)).name

        await tasks(call, count)


def path(what: str) -> str:
    return "/v2/snapshots?per_page=50" if what == "list" else f"/v2/snapshots/{what}"


def httpx(url: str, what: str, count: int) -> None:
    import httpx

    with httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}) as client:
        for _ in range(count):
            assert client.get(url + path(what)).raise_for_status().json()


async def aiohttp(url: str, what: str, count: int) -> None:
    import aiohttp
    import orjson

    headers = {"authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def call() -> None:
            async with session.get(url + path(what)) as answer:
                answer.raise_for_status()
                assert orjson.loads(await answer.read())

        await tasks(call, count)


ROWS = {
    "snapline sync, 1 thread": lambda *given: sync(*given, 1),
    "snapline sync, 8 threads": lambda *given: sync(*given, 8),
    "httpx": httpx,
    "snapline async, 64 tasks": lambda *given: asyncio.run(awaited(*given)),
    "aiohttp + orjson, 64 tasks": lambda *given: asyncio.run(aiohttp(*given)),
}


def cost(command: list[str]) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def measure(url: str, what: str, row: str, calls: int) -> tuple[float, float]:
    """CPU of a call in microseconds, and calls a second; from the best of several runs."""

    def command(count: int) -> list[str]:
        if row == "raw reqwest":
            return [RAW, url + path(what), str(count)]
        return [sys.executable, __file__, "run", row, url, what, str(count)]

    few = [cost(command(FEW)) for _ in range(ROUNDS)]
    many = [cost(command(FEW + calls)) for _ in range(ROUNDS)]

    # The best of each on its own: the best difference would favour a short run that was disturbed.
    def spent(which: int) -> float:
        return min(run[which] for run in many) - min(run[which] for run in few)

    return spent(0) / calls * 1e6, calls / spent(1)


def main(requests: int) -> None:
    # A multiple of 64, so that every row makes exactly so many calls.
    calls = requests // 64 * 64
    mock = subprocess.Popen(
        [MOCK, "--port", "0", "--snapshots", "1000", "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert mock.stdout is not None
        url = mock.stdout.readline().strip().removeprefix("listening on ")
        ask = urllib.request.Request(
            url + "/v2/snapshots", headers={"authorization": f"Bearer {TOKEN}"}
        )
        first = json.load(urllib.request.urlopen(ask))["snapshots"][0]["id"]
        for title, what in (("small GET", str(first)), ("list of 50", "list")):
            print(f"{title:32} {'us/call':>8} {'x raw':>6} {'calls/s':>8}")
            raw = 0.0
            for row in ("raw reqwest", *ROWS):
                cpu, speed = measure(url, what, row, calls)
                raw = raw or cpu
                print(f"  {row:30} {cpu:8.1f} {cpu / raw:6.2f} {speed:8.0f}", flush=True)
    finally:
        mock.kill()
        mock.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        _, _, row, url, what, count = sys.argv
        ROWS[row](url, what, int(count))
    else:
        main(int(sys.argv[1]))
