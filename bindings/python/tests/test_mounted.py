"""Snapshots on a mounted share, in folders made for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import snapline
from snapline import digitalocean as do
from snapline import ovhcloud as ovh

ID = "43f6aa58-481a-4481-8032-567598ec0f13"
OTHER = "9b1c6a52-70d4-4e3f-8f0b-61a2c3d45e78"


def snapshot(name: str = "nightly") -> do.NfsSnapshot:
    return do.NfsSnapshot.from_dict(
        {
            "id": ID,
            "name": name,
            "size_gib": 50,
            "region": "ams3",
            "status": "ACTIVE",
            "created_at": "2026-05-11T04:30:07Z",
            "share_id": "s-1",
        }
    )


def test_the_documented_path() -> None:
    assert snapshot().directory_name() == f"nightly{ID}"
    assert snapshot().path_below("/mnt") == f"/mnt/.snapshot/nightly{ID}"
    assert snapshot().path_below(Path("/mnt")) == f"/mnt/.snapshot/nightly{ID}"
    told = ovh.NetappSnapshot.from_dict({"id": ID, "name": "x", "path": "/scans/.snapshot/before"})
    assert told.path_below("/mnt") == "/mnt/.snapshot/before"
    untold = ovh.NetappSnapshot.from_dict({"id": ID, "name": "x", "path": None})
    assert untold.directory_name() == "x"


@pytest.mark.parametrize("spelled", [f"nightly{ID}", f"NIGHTLY-{ID}", f"nightly {ID.upper()}", ID, "nightly"])
def test_a_snapshot_is_found_in_other_spellings(spelled: str, tmp_path: Path) -> None:
    place = tmp_path / ".snapshot" / spelled
    place.mkdir(parents=True)
    (tmp_path / ".snapshot" / f"nightly{OTHER}").mkdir()
    (place / "file").write_text("kept")
    found = snapshot().find_below(tmp_path)
    assert (Path(found) / "file").read_text() == "kept"


def test_what_is_not_found_is_told_with_what_is_there(tmp_path: Path) -> None:
    def told(part: str) -> None:
        with pytest.raises(snapline.InvalidArgumentError, match=part) as caught:
            snapshot().find_below(str(tmp_path))
        assert caught.value.parameter == "mount"

    told("`ls -a` does not show it either, but it can be entered by its name")
    (tmp_path / ".snapshot").mkdir()
    told("it is empty")
    (tmp_path / ".snapshot" / f"nightly{OTHER}").mkdir()
    told(f"there is `nightly{OTHER}`")
    for name in (f"Nightly{ID}", f"NIGHTLY{ID}"):
        (tmp_path / ".snapshot" / name).mkdir()
    told(f"several .* take one of `NIGHTLY{ID}`, `Nightly{ID}`")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../../etc", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    for ask in (snapshot(name).path_below, snapshot(name).find_below):
        with pytest.raises(snapline.InvalidArgumentError) as caught:
            ask(tmp_path)
        assert caught.value.parameter == "name"
    with pytest.raises(TypeError):
        snapshot().path_below(7)  # type: ignore[arg-type]


def test_the_command_that_mounts(share: dict[str, Any]) -> None:
    with pytest.raises(snapline.InvalidArgumentError, match="wait until the share is ready"):
        do.NfsShare.from_dict({**share, "host": None}).mount_command("/mnt")
    made = do.NfsShare.from_dict({**share, "host": "10.114.16.9", "mount_path": "/7/media"})
    assert made.mount_command("/mnt/our files") == "mount -t nfs 10.114.16.9:/7/media '/mnt/our files'"
    path = ovh.NetappAccessPath.from_dict({"id": ID, "path": "10.20.0.7:/scans"})
    assert path.mount_command(Path("/mnt")) == "mount -t nfs 10.20.0.7:/scans /mnt"
