"""What people corrected, and agreed to have kept, becomes training data."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from slu.config import DataConfig
from slu.data.ingest import ingest
from slu.data.sources import is_outdated
from slu.errors import DataError
from slu.monitoring.feedback import FeedbackLog

MakeClip = Callable[..., Path]

CONFIG = DataConfig(sources=("data/raw/*/metadata.csv", "logs/feedback*.jsonl"))


@pytest.fixture
def root(tmp_path: Path, make_clip: MakeClip) -> Path:
    folder = tmp_path / "data/raw/own"
    rows = ["path,product,quantity,speaker,split"]
    for seed, split in enumerate(["train", "val", "test"]):
        make_clip(folder / f"{seed}.wav", seed)
        rows.append(f"{seed}.wav,teh,1,speaker {seed},{split}")
    (folder / "metadata.csv").write_text("\n".join(rows))
    return tmp_path


@pytest.fixture
def feedback(root: Path) -> FeedbackLog:
    return FeedbackLog(root / "logs/feedback.jsonl")


@pytest.fixture
def recording(tmp_path: Path, make_clip: MakeClip) -> bytes:
    return make_clip(tmp_path / "said.wav", 99).read_bytes()


def corpus(root: Path, config: DataConfig = CONFIG) -> pd.DataFrame:
    report = ingest(config, root)
    return pd.read_csv(report.metadata_path, dtype=str, keep_default_na=False)


def test_a_correction_with_consent_becomes_training_data(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    feedback.append("a", {"product": "Gula", "quantity": "2.0"}, recording, consent=True)
    (row,) = corpus(root).query("source == 'feedback'").to_dict("records")
    assert (row["product"], row["quantity"], row["split"]) == ("gula", "2", "train")
    assert row["speaker"] == "unknown"
    assert (root / "data/processed" / row["path"]).read_bytes() == recording


def test_what_cannot_be_learnt_from_is_left_out(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    labels = {"product": "gula", "quantity": "2"}
    feedback.append("without consent", labels, recording)
    feedback.append("half", {"product": "gula"}, recording, consent=True)
    assert set(corpus(root)["source"]) == {"imported"}


def test_the_latest_word_on_a_request_counts(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    for product in ("gula", "kopi"):
        labels = {"product": product, "quantity": "2"}
        feedback.append("a", labels, recording, consent=True)
    (row,) = corpus(root).query("source == 'feedback'").to_dict("records")
    assert row["product"] == "kopi"


def test_without_given_splits_corrections_are_split_as_all_others(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    feedback.append("a", {"product": "gula", "quantity": "2"}, recording, consent=True)
    table = corpus(root, CONFIG.model_copy(update={"split_column": ""}))
    assert set(table["split"]) <= {"train", "val", "test"}
    assert len(table) == 4


def test_a_clip_that_is_gone_is_listed_and_stops_nothing(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    kept = feedback.append("a", {"product": "gula", "quantity": "2"}, recording, consent=True)
    assert kept.audio is not None
    (root / "logs" / kept.audio).unlink()
    assert len(corpus(root)) == 3
    rejected = pd.read_csv(root / "data/processed/rejected.csv", dtype=str)
    assert rejected["table"].str.endswith("feedback.jsonl").tolist() == [True]


def test_corrections_alone_may_be_a_corpus(
    tmp_path: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    only = DataConfig(sources=("logs/feedback.jsonl",))
    with pytest.raises(DataError, match=r"no table matches logs/feedback\.jsonl"):
        ingest(only, tmp_path)
    feedback.append("a", {"product": "gula", "quantity": "2"}, recording, consent=True)
    assert len(corpus(tmp_path, only)) == 1


def test_only_corrections_that_can_be_learnt_from_make_the_corpus_outdated(
    root: Path, feedback: FeedbackLog, recording: bytes
) -> None:
    metadata = ingest(CONFIG, root).metadata_path
    os.utime(metadata, (metadata.stat().st_mtime + 0.5,) * 2)
    labels = {"product": "gula", "quantity": "2"}
    feedback.append("a", labels, recording)
    assert not is_outdated(CONFIG, root)
    os.utime(metadata, (metadata.stat().st_mtime - 60,) * 2)
    for path in (root / "data/raw/own/metadata.csv", root / "data/raw"):
        os.utime(path, (path.stat().st_mtime - 120,) * 2)
    assert not is_outdated(CONFIG, root)
    feedback.append("a", labels, recording, consent=True)
    assert is_outdated(CONFIG, root)
