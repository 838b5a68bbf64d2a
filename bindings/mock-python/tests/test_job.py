"""A backup job as users write one, tested as they would: with the client's wheel and this one, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import snapline
from snapline_mock import Mock

BEGIN = datetime(2026, 3, 1, 2, tzinfo=timezone.utc)

# The job itself: a program that knows nothing of any mock, and asks for the time where it is told to.
JOB = '''
import sys
from datetime import datetime

import snapline
from snapline import retention


def night(now: datetime) -> int:
    """Takes tonight's snapshot of every volume, and deletes those that need not be kept."""
    name = f"nightly-{now:%Y-%m-%d}"
    policy = retention.Policy(name_prefix="nightly-", keep_daily=7, keep_weekly=4, now=now)
    with snapline.DigitalOcean() as do:
        for volume in do.volumes.list():
            do.volumes.snapshots.create(volume.id, name=name)
        for snapshot in retention.plan(policy, do.snapshots.list()).to_delete:
            do.snapshots.delete(snapshot.id)
    return 0


if __name__ == "__main__":
    sys.exit(night(datetime.fromisoformat(sys.argv[1])))
'''


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "job.py"
    path.write_text(JOB)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("job", None)
    return path


def run(job: Path, now: datetime) -> None:
    import job as module  # type: ignore[import-not-found]

    module.night(now)


@pytest.mark.snapline_mock(time=BEGIN)
def test_a_night_meets_a_server_that_is_down_and_a_limit(snapline_mock: Mock, job: Path) -> None:
    snapline_mock.fault(status=503, operation="volumes_list", times=2)
    snapline_mock.fault(status=429, retry_after=1, method="POST")
    run(job, snapline_mock.now())
    counts = Counter(request.status for request in snapline_mock.requests())
    assert counts[503] == 2 and counts[429] == 1
    # Three volumes and the one that was refused first: what was refused was not carried out.
    assert [request.status for request in snapline_mock.requests(method="POST")].count(201) == 3
    taken = snapline_mock.state()["digitalocean"]["snapshots"]
    assert [it["name"] for it in taken] == ["nightly-2026-03-01"] * 3


@pytest.mark.snapline_mock(time=BEGIN)
def test_an_answer_that_is_lost_is_told_and_nothing_is_taken_twice(snapline_mock: Mock, job: Path) -> None:
    snapline_mock.fault(lose=True, method="POST")
    with pytest.raises(snapline.SnaplineError) as error:
        run(job, snapline_mock.now())
    assert error.value.outcome_unknown
    assert len(snapline_mock.requests(method="POST")) == 1
    assert len(snapline_mock.state()["digitalocean"]["snapshots"]) == 1


@pytest.mark.parametrize("snapline_mock", [{"states": "documented"}, {"states": "live"}], indirect=True)
@pytest.mark.snapline_mock(time=BEGIN)
def test_thirty_nights_leave_what_retention_keeps(snapline_mock: Mock, job: Path) -> None:
    for _ in range(30):
        run(job, snapline_mock.now())
        snapline_mock.advance(days=1)
    state = snapline_mock.state()["digitalocean"]
    days: dict[str, list[str]] = {}
    for it in state["snapshots"]:
        days.setdefault(it["resource_id"], []).append(it["name"].removeprefix("nightly-"))
    # Seven days, and the last nights of the weeks before: the 30th of March was a Monday.
    wanted = ["2026-03-15", "2026-03-22", *(f"2026-03-{day}" for day in range(24, 31))]
    assert list(days.values()) == [wanted] * len(state["volumes"])
    assert BEGIN + timedelta(days=30) <= snapline_mock.now() < BEGIN + timedelta(days=30, hours=1)


@pytest.mark.snapline_mock(time=BEGIN)
def test_a_job_runs_as_a_program_of_its_own(snapline_mock: Mock, job: Path) -> None:
    now = snapline_mock.now().isoformat()
    done = subprocess.run([sys.executable, str(job), now], env=os.environ, timeout=120, check=False)
    assert done.returncode == 0
    agents = {request.header("user-agent") for request in snapline_mock.requests()}
    assert len(agents) == 1 and "snapline" in str(agents)


def test_a_wait_of_an_hour_takes_a_moment(snapline_mock: Mock) -> None:
    snapline_mock.reset(settle_ms=3_600_000)
    with snapline.DigitalOcean() as do:
        share = do.nfs.create(name="store", size_gib=60, region="ams3", vpc_ids=["vpc-1"])
        with pytest.raises(snapline.SnaplineError):
            do.nfs.wait_until_active(share.id, timeout=0.2)
        snapline_mock.advance(hours=1)
        assert do.nfs.wait_until_active(share.id, timeout=20).id == share.id


def test_the_extra_of_the_client_asks_for_this_version() -> None:
    from importlib.metadata import requires, version

    assert f'snapline-mock=={version("snapline-mock")} ; extra == "mock"'.replace(" ", "") in [
        it.replace(" ", "").replace("'", '"') for it in requires("snapline") or []
    ]
