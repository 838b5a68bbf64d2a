"""Asks every file of a release of which version it is, by what is in it: `versions.py VERSION FOLDER`."""

import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path


def fields(text: str, name: str) -> Iterator[str]:
    """The values of `Name: value` and `name = "value"`."""
    yield from re.findall(rf'^{name}\s*[:=]\s*"?([^"\n]+?)"?$', text, re.MULTILINE)


def first(text: str, name: str) -> str:
    return next(fields(text, name), "none")


def members(archive: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    for member in archive.getmembers():
        if member.isfile():
            file = archive.extractfile(member)
            assert file
            yield member.name, file.read().decode(errors="replace")


def deb(path: Path) -> Iterator[tuple[str, str]]:
    """The files that say something of a Debian package, which is an archive of ar."""
    data = io.BytesIO(path.read_bytes())
    assert data.read(8) == b"!<arch>\n", path
    while header := data.read(60):
        name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
        content = data.read(size + size % 2)[:size]
        if name.startswith("control.tar"):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                yield from members(archive)


def versions(path: Path) -> Iterator[tuple[str, str]]:
    """Where in a file a version stands, and which."""
    name = path.name
    if name.endswith(".crate"):
        with tarfile.open(path) as archive:
            manifest = next(
                text
                for file, text in members(archive)
                if file.count("/") == 1 and file.endswith("/Cargo.toml")
            )
        yield "Cargo.toml", first(manifest, "version")
        # Others of ours are asked for by the same version.
        for table in re.split(r"\n(?=\[)", manifest):
            if re.match(r"\[(?:[a-z-]*dependencies)\.snapline", table):
                yield table.splitlines()[0], first(table, "version")
    elif name.endswith(".whl"):
        with zipfile.ZipFile(path) as archive:
            for file in archive.namelist():
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", file):
                    text = archive.read(file).decode()
                    yield file, first(text, "Version")
                    for needed in re.findall(
                        r"^Requires-Dist: snapline\S*?==([^ ;]+)", text, re.MULTILINE
                    ):
                        yield f"{file}, Requires-Dist", needed
    elif name.endswith(".deb"):
        for file, text in deb(path):
            if file.endswith("control"):
                yield file, first(text, "Version")
                for needed in re.findall(
                    r"snapline\S* \(>?= ([^)]+)\)", first(text, "Depends")
                ):
                    yield f"{file}, Depends", needed
            if file.endswith("shlibs"):
                yield file, text.split("(>= ")[1].split(")")[0]
    elif name.endswith(".cdx.json"):
        yield (
            "metadata.component",
            json.loads(path.read_text())["metadata"]["component"]["version"],
        )
    elif name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            for file, text in members(archive):
                end = file.split("/", 1)[-1]
                if end == "PKG-INFO" or end.endswith("snapline.pc"):
                    yield file, first(text, "Version")
                elif end.endswith("snaplineConfigVersion.cmake"):
                    yield file, re.findall(r'PACKAGE_VERSION "?([^")]+)', text)[0]
                elif end == "include/snapline/core.h":
                    yield file, re.findall(r'SNAPLINE_VERSION "([^"]+)"', text)[0]
                elif end == "conan/conanfile.py":
                    yield file, first(text, " *version")
                elif end.endswith("vcpkg.json"):
                    yield file, json.loads(text)["version"]
                elif end == "share/man/man1/snapline.1":
                    yield (
                        file,
                        re.findall(
                            r"^\.TH .*?(\d+\.\d+\.\d+[^\" ]*)", text, re.MULTILINE
                        )[0],
                    )


def main(wanted: str, folder: Path) -> int:
    wrong = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name.startswith("SHA256SUMS"):
            continue
        said = list(versions(path))
        if not said:
            wrong.append(f"{path.name}: it says no version")
        wrong += [
            f"{path.name}: {where} says {version}"
            for where, version in said
            if version != wanted
        ]
        print(
            path.name, *(f"{where}: {version}" for where, version in said), sep="\n    "
        )
    for line in wrong:
        print(f"{line}, where {wanted} was expected", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
