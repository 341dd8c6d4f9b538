"""Labelled utterances as a dataset."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.types import Waveform
from slu.config import AugmentConfig
from slu.config.augment import SpecAugmentConfig
from slu.data.feature_store import read_waveform
from slu.errors import DataError
from slu.training.utterances import (
    Corpus,
    Utterance,
    UtteranceDataset,
    collate,
    encode_targets,
    load_corpus,
)


@pytest.fixture
def features_path(tone_root: Path, tmp_path: Path) -> Path:
    """A feature table that may be damaged."""
    shutil.copytree(tone_root / "data", tmp_path / "data")
    return tmp_path / "data" / "processed" / "metadata_features.csv"


def change(path: Path, column: str, value: str, rows: slice = slice(None)) -> None:
    table = pd.read_csv(path, dtype=str)
    table.loc[table.index[rows], column] = value
    table.to_csv(path, index=False)


def test_a_corpus_knows_its_labels_in_the_order_of_their_ids(corpus: Corpus) -> None:
    assert corpus.labels == {"product": ["beras", "kopi", "teh"], "quantity": ["1", "2"]}
    assert {name: len(corpus.split(name)) for name in ("train", "val", "test")} == {
        "train": 48,
        "val": 12,
        "test": 12,
    }


def test_an_unknown_label_is_refused(features_path: Path) -> None:
    change(features_path, "product", "gula", slice(3, 4))
    with pytest.raises(DataError, match=r"'gula' is no label of product; run `slu ingest`"):
        load_corpus(features_path)


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_needed_split_must_have_rows(features_path: Path, split: str) -> None:
    table = pd.read_csv(features_path, dtype=str)
    table[table["split"] != split].to_csv(features_path, index=False)
    with pytest.raises(DataError, match=f"has no {split} rows"):
        load_corpus(features_path)


@pytest.mark.parametrize("column", ["feature_path", "samples", "quantity"])
def test_a_missing_column_is_named(features_path: Path, column: str) -> None:
    pd.read_csv(features_path, dtype=str).drop(columns=column).to_csv(features_path, index=False)
    with pytest.raises(DataError, match=f"no column {column}; run `slu preprocess`"):
        load_corpus(features_path)


@pytest.mark.parametrize("kind", ["features", "waveforms"])
def test_a_missing_shard_is_found_before_training(features_path: Path, kind: str) -> None:
    next(features_path.parents[1].glob(f"features/*/{kind}-*.npy")).unlink()
    with pytest.raises(DataError, match="run `slu preprocess` again"):
        load_corpus(features_path)


def test_a_shard_that_is_too_short_is_found_before_training(features_path: Path) -> None:
    shard = next(features_path.parents[1].glob("features/*/features-*.npy"))
    np.save(shard, np.load(shard)[:-5])
    with pytest.raises(DataError, match=r"too short; run `slu preprocess` again"):
        load_corpus(features_path)


def test_without_augmentation_the_stored_features_come_out(corpus: Corpus) -> None:
    rows = corpus.split("val")
    dataset = UtteranceDataset(corpus, rows, None, seed=0)

    utterances = [dataset[0, index] for index in range(len(dataset))]

    assert [len(u.features) for u in utterances] == rows["frames"].astype(int).tolist()
    assert [u.targets.tolist() for u in utterances] == encode_targets(rows, corpus.labels).tolist()


def test_switched_off_augmentation_is_none(corpus: Corpus) -> None:
    rows = corpus.split("val")
    off = UtteranceDataset(corpus, rows, AugmentConfig(enable=False), seed=0)
    none = UtteranceDataset(corpus, rows, None, seed=0)

    assert np.array_equal(off[0, 5].features, none[0, 5].features)


def test_draws_depend_on_seed_epoch_and_index_alone(corpus: Corpus) -> None:
    def dataset(seed: int) -> UtteranceDataset:
        return UtteranceDataset(corpus, corpus.split("train"), AugmentConfig(), seed)

    once, again, other_seed = dataset(1), dataset(1), dataset(2)
    expected = once[4, 7].features
    again[0, 0], again[3, 2]

    assert np.array_equal(again[4, 7].features, expected)
    for other in (once[5, 7], once[4, 8], other_seed[4, 7]):
        assert not np.array_equal(other.features, expected)


def test_variants_are_taken_in_turn_and_masked_anew(corpus: Corpus, tmp_path: Path) -> None:
    masks = SpecAugmentConfig(probability=0.0)
    config = AugmentConfig(variants=2, spec_augment=masks)
    dataset = UtteranceDataset(corpus, corpus.split("train"), config, 1, tmp_path)
    first, second, third = (dataset[epoch, 7].features for epoch in range(3))
    assert np.array_equal(first, third)
    assert not np.array_equal(first, second)

    masked = UtteranceDataset(corpus, corpus.split("train"), AugmentConfig(variants=2), 1)
    assert not np.array_equal(masked[0, 7].features, masked[2, 7].features)


def test_variants_go_through_the_front_end_once(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AugmentConfig(variants=2)
    once = UtteranceDataset(corpus, corpus.split("train"), config, 1, tmp_path)
    expected = [once[epoch, 7].features for epoch in range(4)]

    again = UtteranceDataset(corpus, corpus.split("train"), config, 1, tmp_path)
    monkeypatch.setattr("slu.training.utterances.augment", _must_not_be_called)
    for epoch, features in enumerate(expected):
        assert np.array_equal(again[epoch, 7].features, features)


def _must_not_be_called(*args: Any) -> Waveform:
    raise AssertionError("this was computed before")


def test_others_who_talk_say_what_is_said_in_these_rows(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = corpus.split("train")
    said = {
        read_waveform(corpus.folder / path, int(offset), int(count)).tobytes()
        for path, offset, count in zip(
            rows["waveform_path"], rows["waveform_offset"], rows["samples"], strict=True
        )
    }
    heard = []

    def listen(waveform: Waveform, *args: Any) -> Waveform:
        heard.extend(args[-1](np.random.default_rng(seed)).tobytes() for seed in range(8))
        return waveform

    monkeypatch.setattr("slu.training.utterances.augment", listen)
    UtteranceDataset(corpus, rows, AugmentConfig(waveforms=1.0), 1)[0, 0]
    assert set(heard) <= said
    assert len(set(heard)) > 1


def test_collate_pads_with_zeros() -> None:
    utterances = [
        Utterance(np.ones((n, 3), np.float32), np.array([n, 0], np.int64)) for n in (2, 5, 1)
    ]

    batch = collate(utterances)

    assert batch.features.shape == (3, 8, 3)
    assert batch.lengths.tolist() == [2, 5, 1]
    assert batch.features.sum(dim=(1, 2)).tolist() == [6.0, 15.0, 3.0]
    assert batch.features[0, :2].eq(1).all()
    assert batch.targets.tolist() == [[2, 0], [5, 0], [1, 0]]
    assert batch.features.dtype == torch.float32


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_batches_have_few_lengths(lengths: list[int]) -> None:
    utterances = [Utterance(np.ones((n, 1), np.float32), np.zeros(1, np.int64)) for n in lengths]

    n_frames = collate(utterances).features.shape[1]

    assert n_frames % 8 == 0
    assert max(lengths) <= n_frames < max(lengths) + 8
