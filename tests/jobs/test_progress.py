"""The file that tells how far a job is."""

import json
from pathlib import Path

import pytest

from slu.cli.console import progress_bar
from slu.jobs import JobProgress
from slu.jobs.progress import ProgressFile
from slu.settings import get_settings


def test_it_is_written_at_most_four_times_a_second_and_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    file = ProgressFile(tmp_path / "progress.json")
    seen: list[int] = []
    for done in range(1, 101):
        now_s += 0.01
        file.tell(JobProgress("Counting", done, 100))
        told = file.read()
        assert told is not None
        seen.append(told.done)

    assert sorted(set(seen)) == [1, 26, 51, 76, 100]


def test_the_last_is_written_though_it_comes_early(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "progress.json")
    file.tell(JobProgress("Counting", 1, 10))
    file.tell(JobProgress("Counting", 2, 10, 4.5))

    file.flush()

    assert file.read() == JobProgress("Counting", 2, 10, 4.5)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"title": "x"}', '{"nonsense": 1}', "\x00"])
def test_what_cannot_be_read_is_no_progress(tmp_path: Path, content: str) -> None:
    path = tmp_path / "progress.json"
    assert ProgressFile(path).read() is None
    path.write_text(content)

    assert ProgressFile(path).read() is None


def test_work_goes_on_though_it_cannot_be_written() -> None:
    file = ProgressFile(Path("/proc/no/such/folder/progress.json"))

    file.tell(JobProgress("Counting", 1, 10))

    assert file.read() is None


def test_nothing_stays(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path / "a.progress.json")
    file.tell(JobProgress("Counting", 1, 10))
    (tmp_path / ".a.progress.json.5.6.tmp").write_text("of a killed command")
    (tmp_path / "b.progress.json").write_text("of another job")

    file.remove()

    assert [path.name for path in tmp_path.iterdir()] == ["b.progress.json"]


def test_progress_bars_tell_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.json"
    monkeypatch.setenv("SLU_PROGRESS_PATH", str(path))
    get_settings.cache_clear()
    with progress_bar("Speaking") as tell:
        for done in range(1, 4):
            tell(done, 4)
    get_settings.cache_clear()

    told = json.loads(path.read_text())
    assert (told["title"], told["done"], told["total"]) == ("Speaking", 3, 4)
    assert set(told) == {"title", "done", "total", "remaining_s"}
