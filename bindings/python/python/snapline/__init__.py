"""Cloud storage snapshots: typed clients over one fast core.

    import snapline

    with snapline.DigitalOcean() as do:
        for snapshot in do.snapshots.list(resource_type="volume"):
            print(snapshot.id, snapshot.size_gigabytes)

`AsyncDigitalOcean` has the same names, to be used with `await`, `async with` and `async for`.

Each provider has its clients here and a module of its own with its objects and enums. `snapline.retention`
says of a list of snapshots which to keep and which to delete; `snapline.each` makes many calls, so many at once and
no more.
"""

from ._errors import *

try:
    from ._native import (
        UNSET,
        AsyncPage,
        Attempt,
        Attempted,
        Call,
        Model,
        Outgoing,
        Page,
        PageCall,
        Poll,
        RateLimit,
        Response,
        Unset,
        __version__,
    )
except ImportError as error:
    # One that is here and does not load has its path in the error, and says why.
    if error.name != "snapline._native" or error.path is not None:
        raise
    from ._missing import explanation

    raise ImportError(explanation(__spec__), name=error.name) from None
from ._providers import *


def __getattr__(name: str) -> object:
    # Loaded when it is first used: `enum` and `typing` are slow to import.
    if name == "OpenEnum":
        from ._open_enum import OpenEnum as value
    elif name in ("each", "each_async"):
        from . import _each

        value = getattr(_each, name)
    elif name in ("CallOptions", "ClientOptions", "WaitOptions"):
        from . import _options

        value = getattr(_options, name)
    elif name == "retention":
        import snapline.retention as value
    else:
        from ._missing import attribute

        raise AttributeError(attribute(name))
    globals()[name] = value
    return value


def _imported_by_native_code() -> None:
    # Never called. What packs a program into a file reads what it imports, which it cannot do in
    # native code; that imports these when it first needs them.
    import asyncio
    import atexit
    import collections.abc
    import contextvars
    import datetime
    import logging
    import os
    import sys
    import types

    from . import _progress
