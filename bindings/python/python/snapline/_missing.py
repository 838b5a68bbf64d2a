"""Why something is not here: the native part, or a provider of it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


def explanation(package: ModuleSpec) -> str:
    archive = getattr(package.loader, "archive", None)
    if archive is not None:
        return (
            f"snapline's native part cannot be loaded from inside a zip file ({archive}): install "
            "snapline beside it, or make the program with shiv or pex, which unpack it"
        )
    free_threaded = "t" in getattr(sys, "abiflags", "")
    about = " without a GIL, which no wheel of snapline is for" if free_threaded else ""
    return (
        f"snapline's native part is not here for {sys.implementation.cache_tag}{about}: install "
        "snapline with the pip of this interpreter"
    )


def feature(name: str) -> str:
    return f"this build of snapline is without the cargo feature `{name}`: build it with that, or with `all`"


def attribute(name: str) -> str:
    from ._providers import FEATURES

    unknown = f"module 'snapline' has no attribute {name!r}"
    return f"{unknown}: {feature(FEATURES[name])}" if name in FEATURES else unknown
