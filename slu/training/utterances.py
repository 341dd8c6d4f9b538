"""Labelled utterances of a feature table, as a torch dataset."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from slu.audio.augment import augment
from slu.audio.front_end import make_front_end
from slu.audio.spec_augment import spec_augment
from slu.audio.types import Features, Waveform
from slu.config import AugmentConfig, DataConfig, PreprocessConfig, load_config
from slu.data.feature_store import INDEX_COLUMNS, read_features, read_store_config, read_waveform
from slu.data.labels import read_label_map
from slu.data.metadata import SPLITS, fingerprint, is_human, read_metadata
from slu.data.preprocess import with_features
from slu.errors import DataError
from slu.meaning import required_slots
from slu.training.kept_features import KeptFeatures

# Where features and waveforms are: shard, offset, length.
_PLACES = (
    ("feature_path", "feature_offset", "frames"),
    ("waveform_path", "waveform_offset", "samples"),
)

# Batches are padded to a multiple of this. oneDNN and cuDNN prepare themselves anew for each shape
# that they meet: so they meet few.
_PADDED_TO = 8

Draw = tuple[int, int]
"""Epoch and index of an utterance: what an augmentation is drawn from."""


@dataclass(frozen=True)
class Corpus:
    """A feature table with all that is needed to train on it."""

    table: pd.DataFrame
    folder: Path
    """What the table's paths are relative to."""
    labels: dict[str, list[str]]
    """slot -> labels in the order of their ids."""
    data: DataConfig
    preprocess: PreprocessConfig
    fingerprint: str

    def split(self, name: str) -> pd.DataFrame:
        """Rows of one split."""
        return self.table[self.table["split"] == name].reset_index(drop=True)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Slots that every order speaks."""
        return required_slots({slot: self.table[slot].to_list() for slot in self.labels})

    @property
    def heard(self) -> list[str]:
        """Ids of the recordings of people that are trained on."""
        rows = self.split("train")
        return sorted(rows["id"][is_human(rows)])


@dataclass(frozen=True)
class Utterance:
    """One training example."""

    features: Features
    """shape = (n_frames, n_features)."""
    targets: NDArray[np.int64]
    """Label id of each slot, shape = (n_slots,)."""


@dataclass(frozen=True)
class Batch:
    """Utterances of similar length, padded with zeros."""

    features: Tensor
    """shape = (B, n_frames, n_features)."""
    lengths: Tensor
    """Valid frames, shape = (B,)."""
    targets: Tensor
    """Label ids, shape = (B, n_slots)."""


def load_corpus(features_path: Path) -> Corpus:
    """Read `metadata_features.csv` and what lies beside it.

    Raises:
        DataError: a file is missing or incomplete, a label is unknown, or training or validation
            is empty.
    """
    return _corpus(read_metadata(features_path), features_path)


def compute_corpus(
    metadata_path: Path,
    preprocess: PreprocessConfig,
    features_root: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Corpus:
    """Read a corpus with features of some kind; those that are missing are computed.

    The table stays as it is.

    Args:
        metadata_path: what `slu ingest` wrote, or `slu preprocess` with other features.
        preprocess: which features.
        features_root: folder of the stores.
        progress: told the clips done and the clips that were missing.

    Raises:
        DataError: as `load_corpus`.
    """
    metadata = read_metadata(metadata_path)
    featured = with_features(metadata, metadata_path.parent, preprocess, features_root, progress)
    return _corpus(featured.table, metadata_path)


def _corpus(table: pd.DataFrame, path: Path) -> Corpus:
    folder = path.parent
    data = load_config(DataConfig, folder / "data.yaml")
    labels = {slot: read_label_map(folder, slot) for slot in data.slots}
    _check_table(table, labels, path)
    _check_shards(table, folder)
    return Corpus(
        table=table,
        folder=folder,
        labels=labels,
        data=data,
        preprocess=read_store_config((folder / table["feature_path"].iloc[0]).parent),
        fingerprint=fingerprint(table, data.slots),
    )


def _check_table(table: pd.DataFrame, labels: dict[str, list[str]], path: Path) -> None:
    missing = [column for column in (*INDEX_COLUMNS, *labels) if column not in table]
    if missing:
        raise DataError(f"{path}: no column {missing[0]}; run `slu preprocess` to make it")
    for slot, known in labels.items():
        unknown = sorted(set(table[slot]) - set(known))
        if unknown:
            raise DataError(
                f"{path}: '{unknown[0]}' is no label of {slot}; run `slu ingest` and "
                "`slu preprocess` again"
            )
    for split in SPLITS[:2]:
        if not (table["split"] == split).any():
            raise DataError(f"{path} has no {split} rows; add recordings or speakers")


def _check_shards(table: pd.DataFrame, folder: Path) -> None:
    """Every shard is there and whole: better known now than in the middle of an epoch."""
    for path, offset, count in _PLACES:
        ends = table[offset].astype(int) + table[count].astype(int)
        for name, end in ends.groupby(table[path]).max().items():
            if not read_features(folder / str(name), end - 1, 1).size:
                raise DataError(f"{folder / str(name)} is too short; run `slu preprocess` again")


class UtteranceDataset(Dataset[Utterance]):
    """Utterances of some rows of a corpus.

    With augmentation an utterance is drawn anew in each epoch: the waveforms of a share of the
    clips are altered and go through the front end again, and all features are altered. Where the
    augmentation has a number of variants, later epochs take the altered waveforms of earlier ones.
    What is drawn depends on seed, epoch and index alone, never on which process draws it.

    Args:
        corpus: what the rows are of.
        rows: utterances, in the order of their indices.
        augmentation: how they are altered; none: not at all.
        seed: of all that is drawn.
        keep_in: folder that keeps the features of altered waveforms for later epochs; none: they
            are computed each time.
    """

    def __init__(
        self,
        corpus: Corpus,
        rows: pd.DataFrame,
        augmentation: AugmentConfig | None,
        seed: int,
        keep_in: Path | None = None,
    ) -> None:
        self.n_frames = rows["frames"].astype(int).to_numpy()
        self.targets = encode_targets(rows, corpus.labels)
        self._augmentation = augmentation if augmentation and augmentation.enable else None
        self._seed = seed
        self._preprocess = corpus.preprocess
        self._front_end = make_front_end(corpus.preprocess)
        self._kept = None
        if keep_in and self._augmentation and self._augmentation.variants:
            self._kept = KeptFeatures(keep_in)
        self._features, self._waveforms = (
            _places(rows, corpus.folder, *columns) for columns in _PLACES
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, draw: Draw) -> Utterance:
        epoch, index = draw
        if self._augmentation is None:
            return Utterance(read_features(*self._features[index]), self.targets[index])
        features = self._variant(self._augmentation, epoch, index)
        rng = np.random.default_rng([self._seed, epoch, index, 1])
        augmented = spec_augment(features, self._augmentation.spec_augment, rng)
        return Utterance(augmented, self.targets[index])

    def _variant(self, augmentation: AugmentConfig, epoch: int, index: int) -> Features:
        """Features of an utterance as its waveform sounds in an epoch."""
        variant = epoch % augmentation.variants if augmentation.variants else epoch
        rng = np.random.default_rng([self._seed, variant, index])
        if rng.random() >= augmentation.waveforms:
            return read_features(*self._features[index])
        if self._kept is None:
            return self._altered(augmentation, index, rng)
        return self._kept.get((variant, index), lambda: self._altered(augmentation, index, rng))

    def _altered(
        self, augmentation: AugmentConfig, index: int, rng: np.random.Generator
    ) -> Features:
        waveform = read_waveform(*self._waveforms[index])
        rate = self._preprocess.sample_rate
        return self._front_end(augment(waveform, rate, augmentation, rng, self._talk))

    def _talk(self, rng: np.random.Generator) -> Waveform:
        """What somebody else says: any of the utterances."""
        return read_waveform(*self._waveforms[rng.integers(len(self))])


def encode_targets(rows: pd.DataFrame, labels: dict[str, list[str]]) -> NDArray[np.int64]:
    """Label ids of each row, shape = (n_rows, n_slots)."""
    columns = [
        rows[slot].map({label: index for index, label in enumerate(known)}).to_numpy(np.int64)
        for slot, known in labels.items()
    ]
    return np.stack(columns, axis=1)


def collate(utterances: Sequence[Utterance]) -> Batch:
    """Pad utterances to the longest, and a few frames more."""
    lengths = [len(utterance.features) for utterance in utterances]
    n_frames = math.ceil(max(lengths) / _PADDED_TO) * _PADDED_TO
    n_features = utterances[0].features.shape[1]
    features = np.zeros((len(utterances), n_frames, n_features), np.float32)
    for row, utterance in zip(features, utterances, strict=True):
        row[: len(utterance.features)] = utterance.features
    targets = np.stack([utterance.targets for utterance in utterances])
    return Batch(torch.from_numpy(features), torch.tensor(lengths), torch.from_numpy(targets))


def _places(
    rows: pd.DataFrame, folder: Path, path: str, offset: str, count: str
) -> list[tuple[Path, int, int]]:
    """Shard file, offset and count of each row."""
    files = {name: folder / name for name in rows[path].unique()}
    return [
        (files[name], int(start), int(n))
        for name, start, n in zip(rows[path], rows[offset], rows[count], strict=True)
    ]
