"""What a version is taught: recordings taken in, some held back, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from slu.config import AdaptConfig
from slu.errors import DataError
from slu.training.lesson import Lesson, corpus_of, prepare_lesson
from slu.training.utterances import Corpus
from tests.people import record_person
from tests.tones import PREPROCESS

CONFIG = AdaptConfig(min_per_label=2, held_back=0.25)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Two takes of each of six phrases."""
    return record_person(tmp_path / "recorded", takes=2)


def prepare(
    corpus: Corpus, recorded: Path | None, tmp_path: Path, heard: tuple[str, ...] = ()
) -> Lesson:
    return prepare_lesson(corpus, recorded, CONFIG, heard, tmp_path / "features")


def drop(folder: Path, **labels: str) -> None:
    path = folder / "metadata.csv"
    table = pd.read_csv(path, dtype=str)
    for slot, label in labels.items():
        table = table[table[slot] != label]
    table.to_csv(path, index=False)


def test_recordings_are_learnt_or_held_back(corpus: Corpus, recorded: Path, tmp_path: Path) -> None:
    lesson = prepare(corpus, recorded, tmp_path)

    assert len(lesson.held_back) == 3
    assert len(lesson.recordings) == 9
    assert lesson.ids == {*lesson.held_back["id"], *lesson.recordings["id"]}
    assert set(lesson.recordings["product"]) == {"beras", "kopi", "teh"}
    assert len(lesson.replay) == len(corpus.split("train"))
    assert lesson.corpus.heard == sorted(lesson.recordings["id"])
    assert lesson.corpus.fingerprint != corpus.fingerprint


def test_the_same_seed_holds_the_same_back(corpus: Corpus, recorded: Path, tmp_path: Path) -> None:
    first, second = (prepare(corpus, recorded, tmp_path) for _ in range(2))

    assert first.corpus.table.equals(second.corpus.table)


def test_what_the_version_has_heard_is_not_held_back(
    corpus: Corpus, recorded: Path, tmp_path: Path
) -> None:
    everything = tuple(prepare(corpus, recorded, tmp_path).ids)

    assert prepare(corpus, recorded, tmp_path, heard=everything).held_back.empty


def test_recordings_of_the_corpus_are_not_replayed_too(
    corpus: Corpus, recorded: Path, tmp_path: Path
) -> None:
    """They were checked in: the same files are in the corpus, as training clips."""
    lesson = prepare(corpus, recorded, tmp_path)
    checked_in = replace(
        corpus,
        table=lesson.corpus.table.replace({"split": {"held_back": "train"}}),
    )

    again = prepare(checked_in, recorded, tmp_path)
    from_corpus = prepare(checked_in, None, tmp_path)

    for taken in (again, from_corpus):
        assert taken.ids == lesson.ids
        assert not set(taken.replay["id"]) & taken.ids
        held = set(taken.held_back["id"])
        assert len(held) == 3
        assert not held & set(taken.corpus.split("train")["id"])


def test_a_recording_that_cannot_be_read_is_told(
    corpus: Corpus, recorded: Path, tmp_path: Path
) -> None:
    (recorded / "teh1_0.wav").write_bytes(b"nothing")
    config = CONFIG.model_copy(update={"held_back": 0.0})

    lesson = prepare_lesson(corpus, recorded, config, (), tmp_path / "features")

    assert len(lesson.recordings) == 11
    [(path, _reason)] = lesson.failures
    assert path.endswith("teh1_0.wav")


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_without_recordings_it_says_what_to_do(
    corpus: Corpus, recorded: Path, tmp_path: Path, name: str
) -> None:
    empty = record_person(tmp_path / "empty", takes=1)
    drop(empty, quantity="1")
    drop(empty, quantity="2")

    with pytest.raises(DataError, match="no recordings to learn from; record phrases"):
        prepare(corpus, tmp_path / name, tmp_path)
    with pytest.raises(DataError, match="no recordings to learn from"):
        prepare(corpus, None, tmp_path)


def test_too_few_of_a_label_are_refused(corpus: Corpus, recorded: Path, tmp_path: Path) -> None:
    drop(recorded, product="teh")

    with pytest.raises(DataError, match=r"too few recordings of teh: .* at least 2 times"):
        prepare(corpus, recorded, tmp_path)


def test_labels_of_another_catalogue_are_refused(
    corpus: Corpus, recorded: Path, tmp_path: Path
) -> None:
    path = recorded / "metadata.csv"
    path.write_text(path.read_text("utf-8").replace(",kopi,", ",roti,"), "utf-8")

    with pytest.raises(DataError, match="'roti' was recorded and is no product that the model"):
        prepare(corpus, recorded, tmp_path)


@pytest.fixture
def known(corpus: Corpus) -> dict[str, Any]:
    """What the `config.json` of a version says that was trained on the corpus."""
    return {
        "version": "tones",
        "preprocess": PREPROCESS.model_dump(mode="json"),
        "labels": corpus.labels,
    }


def test_features_as_the_version_needs_them_are_computed(
    corpus: Corpus, known: dict[str, Any], tmp_path: Path
) -> None:
    other = PREPROCESS.model_copy(update={"max_duration_s": 9.0})
    before = (corpus.folder / "metadata_features.csv").read_bytes()

    found = corpus_of(
        known | {"preprocess": other.model_dump(mode="json")},
        corpus.folder / "metadata.csv",
        tmp_path / "features",
    )

    assert found.preprocess == other
    assert len(found.table) == len(corpus.table)
    assert len(list((tmp_path / "features").iterdir())) == 1
    assert (corpus.folder / "metadata_features.csv").read_bytes() == before


def test_the_version_may_know_more_labels_than_the_corpus(
    corpus: Corpus, known: dict[str, Any], tmp_path: Path
) -> None:
    labels = {slot: ["none", *names] for slot, names in corpus.labels.items()}

    found = corpus_of(
        known | {"labels": labels}, corpus.folder / "metadata.csv", tmp_path / "features"
    )

    assert found.labels == labels


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"quantity": ["1"]}, "'2' is in the corpus and is no quantity that tones knows"),
        ({"size": ["large"]}, "other slots than tones knows"),
    ],
)
def test_a_corpus_of_another_catalogue_is_refused(
    corpus: Corpus,
    known: dict[str, Any],
    tmp_path: Path,
    labels: dict[str, list[str]],
    said: str,
) -> None:
    with pytest.raises(DataError, match=said):
        corpus_of(
            known | {"labels": corpus.labels | labels},
            corpus.folder / "metadata.csv",
            tmp_path / "features",
        )
