"""Evaluations found again."""

import json
import os
from pathlib import Path

import pytest

from slu.config.augment import NoiseKind
from slu.errors import DataError
from slu.evaluation.archive import Subject, noise_path, read_facts
from slu.registry import RegistryEntry


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    table = tmp_path / "data" / "raw" / "shop" / "metadata.csv"
    table.parent.mkdir(parents=True)
    table.write_text("path,product\na.wav,teh\n")
    return Subject(entry("one", "abc"), table, "test")


def entry(version: str, sha256: str) -> RegistryEntry:
    return RegistryEntry(
        version=version, model_path="m.pt", onnx_path="m.onnx", sha256={"m.onnx": sha256},
        config_path="c.json", data_cfg={}, preprocess_cfg={}, model_cfg={}, train_cfg={},
        metrics={}, artifacts={}, created_at="2026-01-01", git_commit=None, data_fingerprint="",
        parent=None,
    )  # fmt: skip


def test_results_of_different_subjects_lie_apart(subject: Subject, tmp_path: Path) -> None:
    other_table = tmp_path / "data" / "processed" / "metadata.csv"
    subjects = [
        subject,
        Subject(subject.entry, subject.table_path, "val"),
        Subject(subject.entry, other_table, "test"),
        Subject(entry("two", "abc"), subject.table_path, "test"),
    ]
    folders = {each.folder(tmp_path) for each in subjects}

    assert len(folders) == len(subjects)
    assert all(folder.is_relative_to(tmp_path / "evaluations") for folder in folders)


def test_a_path_means_the_same_wherever_it_starts(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    relative = Subject(subject.entry, Path("data/raw/shop/metadata.csv"), "test")

    assert relative.folder(tmp_path) == subject.folder(tmp_path)


def test_nothing_has_changed_at_first(subject: Subject) -> None:
    facts = json.loads(json.dumps(subject.facts()))

    assert subject.change_since(facts) is None
    assert (facts["version"], facts["split"]) == ("one", "test")


def test_another_model_of_the_name_is_seen(subject: Subject) -> None:
    later = Subject(entry("one", "def"), subject.table_path, "test")

    assert "model" in str(later.change_since(subject.facts()))


def test_another_list_of_clips_is_seen(subject: Subject) -> None:
    facts = subject.facts()
    subject.table_path.write_text("path,product\na.wav,kopi\n")

    assert "list of clips" in str(subject.change_since(facts))


def test_another_clip_of_the_name_is_seen(subject: Subject, tmp_path: Path) -> None:
    clip = tmp_path / "a.wav"
    clip.write_bytes(b"sound")
    os.utime(clip, (0, 0))
    facts = subject.facts()
    assert subject.change_since(facts, [str(clip)]) is None

    clip.write_bytes(b"other")
    os.utime(clip, (4e9, 4e9))

    assert "clip on the disk" in str(subject.change_since(facts, [str(clip)]))
    clip.unlink()
    assert "clip on the disk" in str(subject.change_since(facts, [str(clip)]))


def test_a_missing_table_is_told(subject: Subject) -> None:
    subject.table_path.unlink()

    with pytest.raises(DataError, match=r"metadata\.csv cannot be read"):
        subject.facts()


def test_facts_are_read_back(subject: Subject, tmp_path: Path) -> None:
    path = noise_path(tmp_path, NoiseKind.PINK)
    assert read_facts(path) is None

    path.write_text(json.dumps(subject.facts()))

    assert read_facts(path) == json.loads(path.read_text())


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"evaluated_at": "yesterday"}'])
def test_damaged_results_are_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_text(content)

    with pytest.raises(DataError, match=r"metrics\.json is damaged; evaluate again"):
        read_facts(tmp_path / "metrics.json")
