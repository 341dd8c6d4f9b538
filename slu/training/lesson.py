"""What a version is taught: some recordings, some of them held back, beside its corpus."""

import dataclasses
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slu.config import AdaptConfig, PreprocessConfig
from slu.data.holding_back import hold_back
from slu.data.ingest import measure_rows
from slu.data.metadata import fingerprint, read_utterances, utterance_id
from slu.data.preprocess import with_features
from slu.data.prompts import said_too_little
from slu.data.recordings import SOURCE
from slu.errors import DataError
from slu.training.utterances import Corpus, compute_corpus

HELD_BACK = "held_back"
"""Split of the recordings on which old and new are compared."""
_MOST_NAMED = 5


@dataclass(frozen=True)
class Lesson:
    """Recordings to learn from, and the corpus that they are mixed with."""

    corpus: Corpus
    """With the recordings in it, in the splits `train` and `held_back`."""
    ids: frozenset[str]
    """Of all recordings."""
    failures: tuple[tuple[str, str], ...] = ()
    """Path and reason of each recording that cannot be used."""

    @property
    def recordings(self) -> pd.DataFrame:
        """Rows that are learnt from."""
        rows = self.corpus.split("train")
        return rows[rows["id"].isin(self.ids)].reset_index(drop=True)

    @property
    def replay(self) -> pd.DataFrame:
        """Rows of the corpus that are repeated, so that they are not forgotten."""
        rows = self.corpus.split("train")
        return rows[~rows["id"].isin(self.ids)].reset_index(drop=True)

    @property
    def held_back(self) -> pd.DataFrame:
        """Rows that are never trained on."""
        return self.corpus.split(HELD_BACK)


def corpus_of(
    config: dict[str, Any],
    metadata_path: Path,
    features_root: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Corpus:
    """A corpus as a version understands it: with its features, and the labels that it knows.

    Args:
        config: content of the version's `config.json`.
        metadata_path: of the corpus.
        features_root: folder of the features; those that are missing are computed.
        progress: told the clips done and the clips that were missing.

    Raises:
        DataError: the corpus cannot be used, or has labels that the version does not know.
    """
    preprocess = PreprocessConfig.model_validate(config["preprocess"])
    corpus = compute_corpus(metadata_path, preprocess, features_root, progress)
    known: dict[str, list[str]] = config["labels"]
    for slot, labels in corpus.labels.items():
        unknown = sorted(set(labels) - set(known.get(slot, ())))
        if unknown:
            raise DataError(
                f"'{unknown[0]}' is in the corpus and is no {slot} that {config['version']} "
                "knows; train a new model on it first"
            )
    if set(corpus.labels) != set(known):
        raise DataError(
            f"the corpus has other slots than {config['version']} knows; train a new model first"
        )
    return dataclasses.replace(corpus, labels=known)


def prepare_lesson(
    corpus: Corpus,
    table_path: Path | None,
    config: AdaptConfig,
    heard: Collection[str],
    features_root: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Lesson:
    """Take recordings in, and hold some of them back.

    Args:
        corpus: of the version that is taught.
        table_path: labelled table of recordings, or its folder; none: what was recorded and is in
            the corpus.
        config: how much is held back, and how many recordings each label needs.
        heard: ids of recordings that the version has learnt from; they are never held back.
        features_root: folder of the features.
        progress: told after each recording that had no features.

    Raises:
        DataError: there are no recordings, too few of a label, or some with labels that the corpus
            does not have.
    """
    failures: tuple[tuple[str, str], ...] = ()
    if table_path is None:
        rows = corpus.table[corpus.table["source"] == SOURCE]
    else:
        rows, failures = _take_in(table_path, corpus, features_root, progress)
    slots = tuple(corpus.labels)
    _check_labels(rows, corpus, config.min_per_label)
    held = hold_back(
        rows,
        slots,
        config.held_back,
        ~rows["id"].isin(list(heard)).to_numpy(bool),
        np.random.default_rng(config.seed),
    )
    rows = rows.assign(split=np.where(held, HELD_BACK, "train"))
    others = corpus.table[~corpus.table["id"].isin(rows["id"])]
    together = pd.concat([others, rows[[*others.columns]]], ignore_index=True)
    changed = dataclasses.replace(
        corpus, table=together, fingerprint=fingerprint(together, corpus.data.slots)
    )
    return Lesson(changed, frozenset(rows["id"]), failures)


def _take_in(
    path: Path, corpus: Corpus, features_root: Path, progress: Callable[[int, int], None]
) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """The usable rows of a table, with features, and why the others are not."""
    table = path / "metadata.csv" if path.is_dir() else path
    if not table.exists() and not path.suffix:
        raise _nothing_recorded()
    rows = read_utterances(table, corpus.data).assign(table=str(table))
    if rows.empty:
        raise _nothing_recorded()
    usable, rejected = measure_rows(rows)
    usable = usable.assign(
        id=usable["sha256"].map(utterance_id),
        path=[os.path.relpath(name, corpus.folder) for name in usable["path"]],
        source=usable["source"].replace("", "imported"),
        speaker=usable["speaker"].replace("", "unknown"),
    ).drop_duplicates("id")
    featured = with_features(usable, corpus.folder, corpus.preprocess, features_root, progress)
    failures = (*zip(rejected["path"], rejected["reason"], strict=True), *featured.failures)
    missing = dict.fromkeys(set(corpus.table.columns) - set(featured.table.columns), "")
    return featured.table.assign(**missing), failures


def _check_labels(rows: pd.DataFrame, corpus: Corpus, needed: int) -> None:
    if rows.empty:
        raise _nothing_recorded()
    for slot, known in corpus.labels.items():
        unknown = sorted(set(rows[slot]) - set(known))
        if unknown:
            raise DataError(
                f"'{unknown[0]}' was recorded and is no {slot} that the model knows; train a new "
                "model on the catalogue, or leave these recordings out"
            )
    few = said_too_little(rows, corpus.labels, needed)
    if few:
        named = ", ".join(few[:_MOST_NAMED]) + (" …" if len(few) > _MOST_NAMED else "")
        raise DataError(
            f"too few recordings of {named}: record each of them at least {needed} times, or the "
            "model forgets what it does not hear"
        )


def _nothing_recorded() -> DataError:
    return DataError(
        "there are no recordings to learn from; record phrases on the page Data, or name a table "
        "with --recordings"
    )
