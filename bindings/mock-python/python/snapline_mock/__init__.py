"""A server that stands in for cloud storage, for tests of your own backup jobs.

    from snapline_mock import Mock

    with Mock(volumes=3, snapshots=90) as mock:
        mock.fault(status=503, method="POST", times=2)
        run_the_job(mock.url)
        assert mock.counts()
        mock.advance(days=30)

With pytest there is a fixture `snapline_mock`, fresh for each test.
"""

from __future__ import annotations

from importlib.metadata import version as _version

from ._mock import Mock, MockError, Planned, Request, Settings, States
from ._program import find_program

__all__ = ["Mock", "MockError", "Planned", "Request", "Settings", "States", "find_program"]

__version__ = _version("snapline-mock")
