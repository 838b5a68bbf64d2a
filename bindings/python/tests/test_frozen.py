"""Programs packed into one file: what native code imports has to be found by those who pack."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipapp
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import snapline
from conftest import Answer, Request, Server

PACKAGE = Path(snapline.__file__).parent
SOURCES = Path(__file__).parent.parent / "src"


def visible() -> Iterator[str]:
    """The modules that Python code of the package imports, wherever it does."""
    for path in PACKAGE.rglob("*.py"):
        inside = ["snapline", *path.relative_to(PACKAGE).parent.parts]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = inside[: len(inside) - node.level + 1] if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)


def test_what_native_code_names_is_imported_by_python_code() -> None:
    named = set()
    for path in SOURCES.rglob("*.rs"):
        text = path.read_text(encoding="utf-8")
        named.update(re.findall(r'\.import\(\s*(?:py,\s*)?"([\w.]+)"', text))
        named.update(re.findall(r'const ENUMS: &str = "([\w.]+)"', text))
    assert {"asyncio", "snapline._progress", "snapline.digitalocean.enums"} <= named
    assert named - set(visible()) - set(sys.builtin_module_names) == set()


# Prints what is imported by a line that is no import: native code does that, PyO3's included.
WATCHED = """
import dis, pickle, sys
import snapline
found = set()
def look(event, given):
    if event == "import":
        frame = sys._getframe(1)
        ours = frame.f_code.co_filename == "<string>" or "snapline" in frame.f_code.co_filename
        if ours and dis.opname[frame.f_code.co_code[frame.f_lasti]] != "IMPORT_NAME":
            found.add(given[0])
sys.addaudithook(look)
url = sys.argv[1]
client = snapline.DigitalOcean("t0ken-of-a-test", base_url=url)
# First, since tqdm would bring asyncio along.
other = snapline.AsyncDigitalOcean("t0ken-of-a-test", base_url=url)
try:
    other.nfs.list().send(None)
except RuntimeError:
    pass
share = client.nfs.get("a")
assert share.status == "ACTIVE" and share.created_at.tzinfo and repr(share) and share.vpc_ids
assert pickle.loads(pickle.dumps(share)) == share == type(share).from_dict(share.to_dict())
client.nfs.wait_until_active("a", on_poll=repr, progress=True)
client.request("POST", "/v2/x", {"a": [1, 2.5, None, {"b": True}]}, extra_headers={"x-a": "b"})
try:
    client.with_raw_response.nfs.get("missing")
except snapline.NotFoundError as error:
    assert pickle.loads(pickle.dumps(error)).status == 404
import asyncio
async def main():
    await other.nfs.wait_until_active("a", progress=True)
    assert [item.id async for item in other.snapshots.list(resource_type="volume")] == []
asyncio.run(main())
print(*sorted(found))
"""


def serve(server: Server, share: dict[str, Any]) -> None:
    def answer(request: Request) -> Answer:
        if "missing" in request.path:
            return Answer(404, {"id": "not_found", "message": "gone"})
        return Answer(200, {"share": share, "shares": [share], "snapshots": []})

    server.answer = answer


def test_what_native_code_imports_is_imported_by_python_code(
    server: Server, share: dict[str, Any]
) -> None:
    pytest.importorskip("tqdm")
    serve(server, share)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, server.url], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found = set(done.stdout.split())
    assert {"snapline._progress", "snapline.digitalocean.enums", "asyncio"} <= found
    assert found - set(visible()) == set()


# Uses what is loaded late, and imports nothing of it by itself.
APP = """
import pickle, sys
import snapline

def main():
    with snapline.DigitalOcean("t0ken-of-a-test", base_url=sys.argv[1]) as client:
        share = client.nfs.get("a")
        assert share.status.is_listed and share.created_at.tzinfo is not None
        assert pickle.loads(pickle.dumps(share)) == share
        assert snapline.OpenEnum and [getattr(snapline.ovhcloud, name) for name in snapline.ovhcloud.__all__]
        try:
            client.nfs.get("missing")
        except snapline.NotFoundError as error:
            assert pickle.loads(pickle.dumps(error)).status == 404
        client.nfs.wait_until_active("a", progress=True)
    other = snapline.AsyncDigitalOcean("t0ken-of-a-test", base_url=sys.argv[1])
    try:
        other.nfs.list().send(None)
    except RuntimeError as error:
        print("awaited:", error)
    print("worked:", share.name)

if __name__ == "__main__":
    main()
"""


def start(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )


def worked(done: subprocess.CompletedProcess[str]) -> bool:
    assert done.returncode == 0, done.stderr
    # It came as far as the event loop, which does not run.
    return "awaited: no running event loop" in done.stdout and "worked: media" in done.stdout


def test_pyinstaller(server: Server, share: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("PyInstaller")
    serve(server, share)
    app = tmp_path / "app.py"
    app.write_text(APP, encoding="utf-8")
    folders = [f"--{name}path={tmp_path / name}" for name in ("dist", "work", "spec")]
    unused = [f"--exclude-module={name}" for name in ("tkinter", "unittest", "pydoc", "sqlite3")]
    packed = start(
        sys.executable,
        "-m",
        "PyInstaller",
        "--onefile",
        # To compress symbols takes longer than all else.
        "--strip",
        "--log-level=ERROR",
        *folders,
        *unused,
        app,
        PYINSTALLER_CONFIG_DIR=str(tmp_path / "config"),
    )
    assert packed.returncode == 0, packed.stderr
    assert worked(start(tmp_path / "dist" / "app", server.url))


def zipped(tmp_path: Path, *, whole: bool) -> Path:
    """A zipapp of the program, with the package in it or without."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "app.py").write_text(APP, encoding="utf-8")
    if whole:
        shutil.copytree(PACKAGE, tree / "snapline")
    zipapp.create_archive(tree, tmp_path / "app.pyz", main="app:main")
    return tmp_path / "app.pyz"


def test_a_zipapp_with_the_package_beside_it(
    server: Server, share: dict[str, Any], tmp_path: Path
) -> None:
    serve(server, share)
    assert worked(start(sys.executable, zipped(tmp_path, whole=False), server.url))


def test_a_zipapp_with_the_package_in_it_says_what_to_do(tmp_path: Path) -> None:
    # Nothing but the archive: the package that is installed must not come to its help.
    done = start(sys.executable, "-S", "-E", zipped(tmp_path, whole=True), "x")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: snapline's native part cannot be loaded from inside a zip file")
    assert "app.pyz" in last and "shiv" in last


def test_shiv(server: Server, share: dict[str, Any], tmp_path: Path) -> None:
    """It unpacks a zipapp before it runs it."""
    pytest.importorskip("shiv")
    serve(server, share)
    site = tmp_path / "site"
    shutil.copytree(PACKAGE, site / "snapline")
    shutil.copytree(Path(pytest.importorskip("tqdm").__file__).parent, site / "tqdm")
    (site / "app.py").write_text(APP, encoding="utf-8")
    archive = tmp_path / "app.pyz"
    shiv = (sys.executable, "-m", "shiv", "--site-packages")
    packed = start(*shiv, site, "-e", "app:main", "-o", archive)
    assert packed.returncode == 0, packed.stderr
    assert worked(start(sys.executable, archive, server.url, SHIV_ROOT=str(tmp_path / "root")))


def test_a_package_without_its_native_part_says_so(tmp_path: Path) -> None:
    native = shutil.ignore_patterns("_native*.so", "_native*.pyd")
    shutil.copytree(PACKAGE, tmp_path / "snapline", ignore=native)
    done = start(sys.executable, "-S", "-c", "import snapline", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "ImportError: snapline's native part is not here for cpython-" in done.stderr
