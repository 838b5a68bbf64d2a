"""How a step is told, whatever the provider."""

from __future__ import annotations

import time
from typing import Callable

import snapline

SOON = 0.05
"""How soon a wait looks for the first time: the mock is quick."""


class NotSo(Exception):
    """Something is not as the story says."""


def check(holds: bool, seen: str) -> str:
    """Gives what a step saw if that is as it must be."""
    if not holds:
        raise NotSo(f"this is not so: {seen}")
    return seen


def not_found(call: Callable[[], object]) -> str:
    """Gives what a 404 said; whatever else comes instead is a failure."""
    try:
        call()
    except snapline.NotFoundError as error:
        return f"{error.status} {error.code}"
    raise NotSo("there is such a thing")


class Telling:
    """Prints how each step went, and remembers whether one failed."""

    def __init__(self) -> None:
        self.failed = False

    def tell(self, name: str, step: Callable[[], str]) -> None:
        """Runs one step and prints how it went."""
        started = time.monotonic()
        try:
            how, detail = "ok", step()
        except (snapline.SnaplineError, NotSo) as error:
            self.failed = True
            how, detail = "failed", str(error)
        took = round((time.monotonic() - started) * 1000)
        print(name, took, how, detail, sep="\t")
