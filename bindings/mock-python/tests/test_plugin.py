"""The fixture as its users have it: runs of pytest of their own, with nothing set up but the wheel."""

from __future__ import annotations

import pytest

ASK = """
import json, os, urllib.request

def total(what="snapshots"):
    url = os.environ["SNAPLINE_DIGITALOCEAN_URL"]
    request = urllib.request.Request(f"{url}/v2/{what}", headers={"authorization": "Bearer any"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["meta"]["total"]
"""


def run(pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    pytester.makepyfile(ASK + test)
    return pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "--strict-markers")


def test_each_test_begins_anew_on_one_server(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
from datetime import datetime, timedelta, timezone
urls = set()

def test_one(snapline_mock):
    urls.add(snapline_mock.url)
    snapline_mock.fault(status=500, after=1)
    snapline_mock.advance(days=30)
    assert total() == 0
    assert len(snapline_mock.requests()) == 1

def test_two(snapline_mock):
    urls.add(snapline_mock.url)
    assert snapline_mock.requests() == [] and snapline_mock.faults() == []
    assert snapline_mock.now() - datetime.now(timezone.utc) < timedelta(days=1)
    assert len(urls) == 1
""",
    )
    result.assert_outcomes(passed=2)


def test_settings_come_from_fixture_mark_and_parameter(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import pytest

@pytest.fixture
def snapline_mock_settings():
    return {"volumes": 1, "snapshots": 3}

def test_of_the_module(snapline_mock):
    assert (total(), total("volumes")) == (3, 4)

@pytest.mark.snapline_mock(snapshots=2)
class TestMarked:
    def test_of_the_class(self, snapline_mock):
        assert (total(), total("volumes")) == (2, 4)

    @pytest.mark.snapline_mock(snapshots=1)
    def test_nearer(self, snapline_mock):
        assert total() == 1

@pytest.mark.parametrize("snapline_mock", [{"snapshots": 7}, {"snapshots": 8}], indirect=True)
def test_of_a_parameter(snapline_mock):
    assert total() in (7, 8)
""",
    )
    result.assert_outcomes(passed=5)


def test_the_environment_is_as_before_after_a_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", "mine")
    monkeypatch.setenv("OVH_CLIENT_ID", "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    result = run(
        pytester,
        """
def test_one(snapline_mock):
    assert os.environ["DIGITALOCEAN_TOKEN"] != "mine" and "OVH_CLIENT_ID" not in os.environ
    assert total() == 0

def test_two():
    assert os.environ["DIGITALOCEAN_TOKEN"] == os.environ["OVH_CLIENT_ID"] == "mine"
    assert "SNAPLINE_DIGITALOCEAN_URL" not in os.environ
""",
    )
    result.assert_outcomes(passed=2)


def test_a_test_that_fails_shows_what_was_asked(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_one(snapline_mock):
    total()
    assert False
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*requests to snapline-mock*", "GET /v2/snapshots -> 200"])


def test_a_wrong_setting_is_an_error_of_that_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
import pytest

@pytest.mark.snapline_mock(snapshot=2)
def test_one(snapline_mock):
    pass
""",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown field `snapshot`*"])


def test_the_plugin_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(snapline_mock): pass")
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-p", "no:snapline_mock")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'snapline_mock' not found*"])
