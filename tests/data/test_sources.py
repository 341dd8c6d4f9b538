import os
from collections.abc import Callable
from pathlib import Path

import pytest

from slu.config import DataConfig
from slu.data.decisions import Choice, Decision, Decisions
from slu.data.ingest import ingest
from slu.data.sources import is_outdated, recording_sets, remove_set

MakeClip = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path, make_clip: MakeClip) -> Path:
    for seed, name in enumerate(["b", "a"]):
        folder = tmp_path / "data/raw" / name
        make_clip(folder / "1.wav", seed)
        (folder / "metadata.csv").write_text("path,product,quantity\n1.wav,teh,1\n")
    return tmp_path


def ingest_later(root: Path) -> None:
    """Take everything in; file times are coarse, so that a second passes for the sources."""
    ingest(DataConfig(), root)
    moment = (root / "data/processed/metadata.csv").stat().st_mtime + 1
    os.utime(root / "data/processed/metadata.csv", (moment, moment))


def touch_later(path: Path) -> None:
    moment = path.stat().st_mtime + 3
    os.utime(path, (moment, moment))


def test_sets_are_listed_by_name(root: Path) -> None:
    (root / "data/raw/no set").mkdir()
    assert recording_sets(root / "data/raw") == [root / "data/raw/a", root / "data/raw/b"]
    assert recording_sets(root / "nowhere") == []


def test_a_set_that_is_removed_is_gone(root: Path) -> None:
    remove_set(root / "data/raw/a")
    assert [one.name for one in recording_sets(root / "data/raw")] == ["b"]
    assert [path.name for path in (root / "data").iterdir()] == ["raw"]


def test_what_was_never_taken_in_is_outdated(root: Path) -> None:
    assert is_outdated(DataConfig(), root)
    ingest_later(root)
    assert not is_outdated(DataConfig(), root)


@pytest.mark.parametrize("path", ["data/raw/a/metadata.csv", "data/raw"])
def test_a_source_that_changed_or_came_or_went_is_noticed(root: Path, path: str) -> None:
    ingest_later(root)
    touch_later(root / path)
    assert is_outdated(DataConfig(), root)


def test_a_decision_is_noticed(root: Path) -> None:
    ingest_later(root)
    path = root / DataConfig().decisions
    Decisions(path).decide("a", Decision(Choice.DROP, {}))
    touch_later(path)
    assert is_outdated(DataConfig(), root)
