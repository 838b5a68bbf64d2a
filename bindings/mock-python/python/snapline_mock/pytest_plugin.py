"""The fixture `snapline_mock`: a server for each test, with nothing of the test before.

    def test_a_night(snapline_mock):
        snapline_mock.fault(status=429, retry_after=1, method="POST")
        assert my_job.main() == 0
        assert snapline_mock.requests(method="POST")

One process serves all tests of a run; each begins anew. For the time of the test the environment leads clients there.
Settings are those of `snapline_mock.Mock`, and come from the fixture `snapline_mock_settings`, which a module or a
conftest may have its own of, then from the mark `@pytest.mark.snapline_mock(volumes=3)`, then from an indirect parameter:
`@pytest.mark.parametrize("snapline_mock", [{"states": "live"}], indirect=True)`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from ._mock import Mock

__all__ = ["snapline_mock", "snapline_mock_server", "snapline_mock_settings"]


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known."""
    config.addinivalue_line(
        "markers", "snapline_mock(**settings): what the fixture snapline_mock begins with, as snapline_mock.Mock has it"
    )


@pytest.fixture(scope="session")
def snapline_mock_server() -> Iterator[Mock]:
    """The process behind all fixtures of a run. Ask for `snapline_mock`, which begins anew for each test."""
    with Mock() as mock:
        yield mock


@pytest.fixture
def snapline_mock_settings() -> dict[str, Any]:
    """What the tests of a module or folder have in common; there may be another one of this name."""
    return {}


@pytest.fixture
def snapline_mock(
    request: pytest.FixtureRequest,
    snapline_mock_server: Mock,
    snapline_mock_settings: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Mock:
    """A server that stands in for every provider, fresh for this test; the environment leads clients to it."""
    settings = dict(snapline_mock_settings)
    for mark in reversed(list(request.node.iter_markers("snapline_mock"))):
        settings.update(mark.kwargs)
    settings.update(getattr(request, "param", {}))
    snapline_mock_server.reset(**settings)
    before = dict(os.environ)
    after = dict(before)
    snapline_mock_server.apply(after)
    for name in before.keys() - after.keys():
        monkeypatch.delenv(name)
    for name, value in after.items():
        if before.get(name) != value:
            monkeypatch.setenv(name, value)
    return snapline_mock_server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows with a test that failed what the server was asked."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    mock = getattr(item, "funcargs", {}).get("snapline_mock")
    if report.when == "call" and report.failed and isinstance(mock, Mock):
        lines = [str(request) for request in mock.requests()]
        report.sections.append(("requests to snapline-mock", "\n".join(lines[-100:]) or "none"))
