import json
from pathlib import Path

import pytest

from slu.data.feedback import read_feedback
from slu.errors import DataError
from slu.monitoring.feedback import FeedbackLog


def test_a_clip_is_kept_only_with_consent(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "logs" / "feedback.jsonl")
    without = log.append("a", {"product": "teh"}, b"RIFF one")
    assert without.audio is None
    assert not log.clips_dir.exists()
    kept = log.append("b", {"product": "teh"}, b"RIFF two", consent=True)
    assert kept.audio is not None
    assert (log.path.parent / kept.audio).read_bytes() == b"RIFF two"
    assert log.append("c", {"product": "teh"}, consent=True).audio is None


def test_the_row_has_its_fields(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    log.append("a", {"product": "teh", "quantity": "1"})
    row = json.loads(log.path.read_text("utf-8"))
    assert list(row) == ["ts", "request_id", "labels", "audio"]
    assert row["labels"] == {"product": "teh", "quantity": "1"}


def test_a_hostile_request_id_leads_nowhere(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "logs" / "feedback.jsonl")
    log.append("../../evil", {"product": "teh"}, b"RIFF", consent=True)
    files = {path.relative_to(tmp_path).parent.as_posix() for path in tmp_path.rglob("*.*")}
    assert files == {"logs", "logs/feedback_clips"}


def test_the_latest_correction_counts(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    log.append("a", {"product": "teh"})
    log.append("b", {"product": "gula"})
    log.append("a", {"product": "kopi"})
    found = read_feedback(log.path)
    assert {name: dict(f.labels) for name, f in found.items()} == {
        "b": {"product": "gula"},
        "a": {"product": "kopi"},
    }


def test_unreadable_lines_are_passed_over(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    deep = "[" * 100_000
    foreign = ["{}", "7", "[1]", '"x"', '{"ts": 1, "request_id": "z", "labels": {}}', "\x00", deep]
    log.path.write_text("\n".join([*foreign, '{"ts": "2025']), "utf-8")
    log.append("a", {"product": "teh"})
    assert list(read_feedback(log.path)) == ["a"]


def test_no_file_is_no_feedback(tmp_path: Path) -> None:
    assert read_feedback(tmp_path / "feedback.jsonl") == {}


def test_a_correction_needs_a_label(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one label"):
        FeedbackLog(tmp_path / "feedback.jsonl").append("a", {})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(DataError, match="No space left on device"):
        FeedbackLog(Path("/dev/full")).append("a", {"product": "teh"})
