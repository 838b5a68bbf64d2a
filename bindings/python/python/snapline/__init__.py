"""Cloud storage snapshots: typed clients over one fast core.

    import snapline

    with snapline.DigitalOcean() as do:
        for snapshot in do.snapshots.list(resource_type="volume"):
            print(snapshot.id, snapshot.size_gigabytes)

`AsyncDigitalOcean` has the same names, to be used with `await`, `async with` and `async for`.

Each provider has its clients here and a module of its own with its objects and enums.
"""

from ._errors import *
from ._native import (
    UNSET,
    AsyncPage,
    Attempt,
    Call,
    Page,
    PageCall,
    Poll,
    RateLimit,
    Response,
    Unset,
    __version__,
)
from ._providers import *


def __getattr__(name: str) -> object:
    # Loaded when it is first used: `enum` is slow to import.
    if name == "OpenEnum":
        from ._open_enum import OpenEnum

        globals()[name] = OpenEnum
        return OpenEnum
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
