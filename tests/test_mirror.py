import os
from pathlib import Path

import pytest

from slu.errors import ClusterError
from slu.mirror import Mirror, open_mirror
from slu.settings import Settings


class Place:
    """A project on one machine."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.mirror = root, Mirror(root, url)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()


@pytest.fixture(params=["file", "memory"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    """Two machines with one store."""
    store = tmp_path / "store"
    url = f"file://{store}" if request.param == "file" else f"memory://{tmp_path.name}"
    return Place(tmp_path / "a", url), Place(tmp_path / "b", url)


def test_what_changes_goes_there_and_back(places: tuple[Place, Place]) -> None:
    here, there = places
    here.write("data/raw/clip.wav", "sound")
    here.write("configs/train.yaml", "epochs: 1")
    here.mirror.store("data", "configs")
    there.mirror.fetch("data", "configs")
    assert there.read("data/raw/clip.wav") == "sound"

    # Of the same length.
    there.write("configs/train.yaml", "epochs: 2")
    there.write("artifacts/run/model", "weights")
    there.mirror.store("configs", "artifacts")
    here.mirror.fetch("configs", "artifacts")
    assert here.read("configs/train.yaml") == "epochs: 2"
    assert here.read("artifacts/run/model") == "weights"


def test_what_did_not_change_is_not_copied(places: tuple[Place, Place]) -> None:
    here, there = places
    here.write("data/a", "1")
    here.mirror.store("data")
    there.mirror.fetch("data")
    there.write("data/a", "mine")

    there.mirror.fetch("data")
    here.mirror.store("data")
    there.mirror.fetch("data")

    assert there.read("data/a") == "mine"


def test_half_written_and_other_files_stay(places: tuple[Place, Place]) -> None:
    here, there = places
    for name in ("data/.a.1.2.tmp", "data/.half/a", "logs/inference.log", "data/b"):
        here.write(name, "x")
    here.mirror.store("data")
    there.mirror.fetch("data", "logs", "nothing")
    found = [path for path in there.root.rglob("*") if path.is_file() and "jobs" not in path.parts]
    assert found == [there.root / "data" / "b"]


def test_what_is_newer_stays_newer(places: tuple[Place, Place]) -> None:
    here, there = places
    for name, time_s in {"data/b.csv": 1000, "data/a.csv": 2000}.items():
        here.write(name, name)
        os.utime(here.root / name, (time_s, time_s))
    here.mirror.store("data")
    there.mirror.fetch("data")
    times = [(there.root / name).stat().st_mtime_ns for name in ("data/b.csv", "data/a.csv")]
    assert times == sorted(times)


@pytest.mark.parametrize("url", ["nonsense://bucket/shop", "file:///proc/no/such/folder"])
def test_a_store_that_cannot_be_used_is_told(url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("1")
    with pytest.raises(ClusterError, match=r"cannot be used .*; check SLU_STORE_URL"):
        Mirror(tmp_path, url).store("data")


def test_without_a_store_there_is_no_mirror(tmp_path: Path) -> None:
    assert open_mirror(Settings(project_root=tmp_path)) is None
