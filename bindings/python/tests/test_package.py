"""The package itself: what it needs, what it exports, what it tells type checkers."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import snapline

EXAMPLES = Path(__file__).parent.parent / "examples"


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, **environment},
    )


def test_nothing_else_is_needed() -> None:
    # What tests of backup jobs need is asked for by name.
    assert importlib.metadata.requires("snapline") == [f"snapline-mock=={snapline.__version__} ; extra == 'mock'"]
    assert importlib.metadata.version("snapline") == snapline.__version__
    assert importlib.metadata.metadata("snapline")["License-Expression"] == "MIT OR Apache-2.0"
    assert (Path(snapline.__file__).parent / "py.typed").exists()


def test_the_import_is_light() -> None:
    told = python("-I", "-c", "import sys; import snapline; print(*sys.modules)").stdout.split()
    assert "snapline._native" in told
    heavy = {"asyncio", "dataclasses", "datetime", "inspect", "json", "logging", "re", "threading", "typing"}
    bare = python("-I", "-c", "import sys; print(*sys.modules)").stdout.split()
    assert heavy & (set(told) - set(bare)) == set()


def test_every_public_name_is_explained() -> None:
    bare = []
    for module in (snapline, snapline.digitalocean):
        for name, value in vars(module).items():
            if name.startswith("_") or not inspect.isclass(value):
                continue
            if not value.__doc__:
                bare.append(name)
            for member, inner in vars(value).items():
                public = not member.startswith("_") and (callable(inner) or inspect.isdatadescriptor(inner))
                if public and not getattr(inner, "__doc__", None):
                    bare.append(f"{name}.{member}")
    assert bare == []


GOOD = """
from datetime import datetime
import snapline
from snapline.digitalocean import NfsShareStatus, ResourceType

def use(do: snapline.DigitalOcean) -> None:
    share = do.nfs.create(name="a", size_gib=50, region="atl1", vpc_ids=["v"])
    status: NfsShareStatus = share.status
    made: datetime | None = share.created_at
    first: str | None = share.vpc_ids[0] if share.vpc_ids else None
    for snapshot in do.snapshots.list(resource_type="volume"):
        size: float = snapshot.size_gigabytes
    for page in do.snapshots.list(resource_type=ResourceType("new")).pages():
        total: int | None = page.total
    do.volumes.snapshots.create("v", name="n", tags=None)
    do.volumes.snapshots.create("v", name="n", tags=snapline.UNSET)
    do.nfs.delete(share.id)
    print(status, made, first)
"""

BAD = {
    'do.nfs.get("a", regoin="x")': "Unexpected keyword argument",
    'do.snapshots.list(resource_type="volum")': "incompatible type",
    'do.nfs.create(name="a", size_gib=50, region="r")': "Missing named argument",
    'len(do.nfs.get("a").vpc_ids)': "incompatible type",
    'do.nfs.get("a").created_at.year': "has no attribute",
    'do.nfs.snapshot("a", "nightly")': "Too many positional arguments",
    "do.nfs.get(5)": "incompatible type",
    'do.nfs.get("a").name = "b"': "is read-only",
    "do.nsf": "has no attribute",
    'do.nfs.snapshot("a", name=None)': "incompatible type",
    'gone = do.nfs.delete("a")': "does not return a value",
}


def test_types_fail_where_they_should(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    good = tmp_path / "good.py"
    good.write_text(GOOD, encoding="utf-8")
    lines = ["import snapline", "def use(do: snapline.DigitalOcean) -> None:"]
    lines += [f"    {line}" for line in BAD]
    bad = tmp_path / "bad.py"
    bad.write_text("\n".join(lines) + "\n", encoding="utf-8")
    cache = str(tmp_path / "cache")
    checker = ["-m", "mypy", "--strict", "--python-version", "3.10", "--cache-dir", cache]
    checked = python(*checker, str(good), str(EXAMPLES / "snapshot.py"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    checked = python(*checker, "--no-pretty", str(bad))
    for number, (line, said) in enumerate(BAD.items(), start=3):
        told = [text for text in checked.stdout.splitlines() if f"bad.py:{number}:" in text]
        assert told and said in told[0], (line, checked.stdout)


def test_the_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import snapline; print(time.perf_counter() - t)"
    took, bare = [], []
    for _ in range(30):
        begun = time.perf_counter()
        python("-I", "-c", "pass")
        bare.append(time.perf_counter() - begun)
        done = python("-I", "-c", code)
        assert done.returncode == 0, done.stderr
        took.append(float(done.stdout))
    # The best of them: what a busy machine adds is not ours. Where it is busy all the time, a bare
    # start of Python, which takes about as long as the import may, is the measure.
    assert min(took) <= max(0.015, min(bare))


def test_the_example_runs() -> None:
    url = os.environ.get("SNAPLINE_MOCK_URL")
    assert url, "SNAPLINE_MOCK_URL must be the URL of snapline-mock"
    with snapline.DigitalOcean("t", base_url=url) as client:
        share = client.nfs.create(name="media", size_gib=50, region="atl1", vpc_ids=["vpc-1"])
        client.nfs.wait_until_active(share.id, first_interval=0.05)
    example = str(EXAMPLES / "snapshot.py")
    environment = {"DIGITALOCEAN_TOKEN": "t", "SNAPLINE_DIGITALOCEAN_URL": url}
    done = python(example, share.id, "nightly", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nightly is ACTIVE" in done.stdout
    missing = python(example, "00000000-0000-4000-8000-000000000000", "nightly", **environment)
    assert missing.returncode == 1 and "there is no share" in missing.stderr
