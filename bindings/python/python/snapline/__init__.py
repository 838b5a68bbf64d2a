"""Cloud storage snapshots: typed clients over one fast core.

    import snapline

    with snapline.DigitalOcean() as do:
        for snapshot in do.snapshots.list(resource_type="volume"):
            print(snapshot.id, snapshot.size_gigabytes)

Each provider has a client here and a module of its own with its objects and enums.
"""

from ._errors import *
from ._native import UNSET, Attempt, Page, Poll, RateLimit, Response, Unset, __version__
from ._open_enum import OpenEnum
from ._providers import *
