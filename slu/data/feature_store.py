"""Features and prepared waveforms of a corpus, in packed, memory-mapped shards.

A store is a folder named after the front end and the hash of the preprocessing configuration.
Each shard is three files: `features-<key>.npy` (frames, n_features) float16, `waveforms-<key>.npy`
(samples,) int16 at the configured rate, for augmentation, and `index-<key>.csv`, written last: a
shard without an index does not exist. Shards never change, so that a killed run continues where it
was and a grown corpus adds shards.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.audio.decode import DecodeLimits, decode
from slu.audio.front_end import make_front_end
from slu.audio.types import Features, Waveform
from slu.config import PreprocessConfig, load_config, save_config
from slu.errors import AudioError, DataError
from slu.files import replacing, write_csv

INDEX_COLUMNS = (
    "id", "feature_path", "feature_offset", "frames", "waveform_path", "waveform_offset", "samples",
)  # fmt: skip
CONFIG_NAME = "preprocess.yaml"

# float16 holds values of normalised features to 1e-3 and halves what training reads.
_FEATURE_TYPE = np.float16
_INT16_SCALE = 32767.0


@dataclass(frozen=True)
class ShardTask:
    """One shard to be computed: self-contained, so that any process can do it."""

    store: Path
    config: PreprocessConfig
    ids: tuple[str, ...]
    paths: tuple[str, ...]


def store_path(root: Path, config: PreprocessConfig) -> Path:
    """Folder of the features that `config` gives."""
    return root / f"{config.front_end.name}-{config.fingerprint()}"


def open_store(root: Path, config: PreprocessConfig) -> Path:
    """Create the folder of a store, with its configuration inside."""
    store = store_path(root, config)
    if not (store / CONFIG_NAME).exists():
        save_config(config, store / CONFIG_NAME)
    return store


def read_store_config(store: Path) -> PreprocessConfig:
    """The configuration that a store was computed with."""
    return load_config(PreprocessConfig, store / CONFIG_NAME)


def read_index(store: Path) -> pd.DataFrame:
    """What the finished shards hold, columns INDEX_COLUMNS, paths within the store."""
    tables = [pd.read_csv(path, dtype={"id": str}) for path in sorted(store.glob("index-*.csv"))]
    if not tables:
        return pd.DataFrame(columns=list(INDEX_COLUMNS))
    return pd.concat(tables, ignore_index=True).drop_duplicates("id")


def build_shard(task: ShardTask) -> list[tuple[str, str]]:
    """Compute and write one shard.

    Returns:
        id and reason of each recording that gave no features.
    """
    front_end = make_front_end(task.config)
    limits = DecodeLimits(max_bytes=200_000_000, max_duration_s=task.config.max_duration_s)
    features, waveforms, rows, failures = [], [], [], []
    for clip_id, path in zip(task.ids, task.paths, strict=True):
        try:
            waveform = _check_length(decode(Path(path), task.config.sample_rate, limits), task)
        except AudioError as error:
            failures.append((clip_id, str(error)))
            continue
        features.append(front_end(waveform).astype(_FEATURE_TYPE))
        waveforms.append(np.round(waveform * _INT16_SCALE).astype(np.int16))
        rows.append((clip_id, len(features[-1]), len(waveforms[-1])))
    if rows:
        _write_shard(task, features, waveforms, rows)
    return failures


def read_features(store_file: Path, offset: int, n_frames: int) -> Features:
    """Features of one utterance, shape = (n_frames, n_features)."""
    return _map(store_file)[offset : offset + n_frames].astype(np.float32)


def read_waveform(store_file: Path, offset: int, n_samples: int) -> Waveform:
    """Prepared waveform of one utterance, shape = (n_samples,)."""
    samples = _map(store_file)[offset : offset + n_samples]
    return samples.astype(np.float32) / np.float32(_INT16_SCALE)


@lru_cache(maxsize=4096)
def _map(path: Path) -> NDArray[np.generic]:
    try:
        shard: NDArray[np.generic] = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read; run `slu preprocess` again") from error
    return shard


def _check_length(waveform: Waveform, task: ShardTask) -> Waveform:
    if waveform.size < task.config.min_duration_s * task.config.sample_rate:
        raise AudioError(f"shorter than {task.config.min_duration_s} s")
    return waveform


def _write_shard(
    task: ShardTask,
    features: Sequence[NDArray[np.generic]],
    waveforms: Sequence[NDArray[np.generic]],
    rows: Sequence[tuple[str, int, int]],
) -> None:
    # Named after its clips: the same work gives the same file wherever it is done.
    key = hashlib.sha256(" ".join(task.ids).encode()).hexdigest()[:12]
    names = f"features-{key}.npy", f"waveforms-{key}.npy"
    for name, parts in zip(names, (features, waveforms), strict=True):
        with replacing(task.store / name) as temporary, temporary.open("wb") as file:
            np.save(file, np.concatenate(parts))
    index = pd.DataFrame(rows, columns=["id", "frames", "samples"])
    index["feature_path"], index["waveform_path"] = names
    index["feature_offset"] = index["frames"].cumsum() - index["frames"]
    index["waveform_offset"] = index["samples"].cumsum() - index["samples"]
    write_csv(task.store / f"index-{key}.csv", index[list(INDEX_COLUMNS)])
