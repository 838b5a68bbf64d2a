"""Every method of the installed wheel has a case, and every case its method. No operation and no model is named here."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent import named

CASES = Path(__file__).parent.parent / "cases"


def methods(place: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in dir(type(place)):
        if name.startswith("_"):
            continue
        member = getattr(place, name)
        if type(member).__name__.endswith("Resource"):
            yield from methods(member, (*path, name))
        elif path:
            yield path, name


def test_every_method_has_a_case() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted(CASES.glob("*.json"))]
    cases = [case for text in texts for case in json.loads(text)]
    names = {case["provider"] for case in cases}
    assert names
    modules = {name: importlib.import_module(f"snapline.{name}") for name in names}
    clients = [
        (name, getattr(module, kind))
        for name, module in modules.items()
        for kind in ("Client", "AsyncClient")
    ]
    for name, client in clients:
        tried = {
            (tuple(map(named, case["resource"])), named(case["method"]))
            for case in cases
            if case["provider"] == name
        }
        # Port 9 is never connected to: only the names are looked at.
        there = set(methods(client("t", base_url="http://127.0.0.1:9")))
        assert there == tried
