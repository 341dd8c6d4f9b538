"""Features and decoded waveforms of a corpus, in packed, memory-mapped shards.

A store is a folder named after the front end and the hash of the preprocessing configuration.
Each shard is three files: `features-<key>.npy` (frames, n_features) float16, `waveforms-<key>.npy`
(samples,) int16 at the configured rate, for augmentation, and `index-<key>.csv`, written last: a
shard without an index does not exist. Shards never change, so that a killed run continues where it
was and a grown corpus adds shards.
"""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slu.audio.decode import DecodeLimits, decode
from slu.audio.front_end import make_front_end
from slu.audio.types import Features, Waveform
from slu.config import PreprocessConfig, load_config, save_config
from slu.errors import AudioError, DataError
from slu.files import replacing

if TYPE_CHECKING:
    import pandas as pd

INDEX_COLUMNS = (
    "id", "feature_path", "feature_offset", "frames", "waveform_path", "waveform_offset", "samples",
)  # fmt: skip
CONFIG_NAME = "preprocess.yaml"

# float16 holds values of normalised features to 1e-3 and halves what training reads.
_FEATURE_TYPE = np.float16
# What decoders multiply 16-bit samples by, so that waveforms come back as they were decoded.
_INT16_STEP = np.float32(1.0 / 32768.0)


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


def read_index(store: Path) -> "pd.DataFrame":
    """What the shards that are whole hold, columns INDEX_COLUMNS, paths within the store."""
    import pandas as pd  # not above: the processes that build shards start in half the time

    paths = sorted(store.glob("index-*.csv"))
    tables = [pd.read_csv(path, dtype={"id": str}, keep_default_na=False) for path in paths]
    if not tables:
        return pd.DataFrame(columns=list(INDEX_COLUMNS))
    index = pd.concat(tables, ignore_index=True)
    present = {path.name for path in store.glob("*.npy")}
    is_whole = index["feature_path"].isin(present) & index["waveform_path"].isin(present)
    return index[is_whole].drop_duplicates("id")


def build_shard(task: ShardTask) -> list[tuple[str, str]]:
    """Compute and write one shard.

    Returns:
        id and reason of each recording that gave no features.
    """
    front_end = make_front_end(task.config)
    limits = DecodeLimits(max_bytes=200_000_000, max_duration_s=task.config.max_duration_s)
    ids, features, waveforms, failures = [], [], [], []
    for clip_id, path in zip(task.ids, task.paths, strict=True):
        try:
            waveform = _check_length(decode(Path(path), task.config.sample_rate, limits), task)
        except AudioError as error:
            failures.append((clip_id, str(error)))
            continue
        features.append(front_end(waveform).astype(_FEATURE_TYPE))
        waveforms.append(np.rint(waveform / _INT16_STEP).astype(np.int16))
        ids.append(clip_id)
    if ids:
        _write_shard(task, ids, features, waveforms)
    return failures


def read_features(store_file: Path, offset: int, n_frames: int) -> Features:
    """Features of one utterance, shape = (n_frames, n_features)."""
    return _map(store_file)[offset : offset + n_frames].astype(np.float32)


def read_waveform(store_file: Path, offset: int, n_samples: int) -> Waveform:
    """Decoded waveform of one utterance, shape = (n_samples,)."""
    return _map(store_file)[offset : offset + n_samples].astype(np.float32) * _INT16_STEP


# Each open shard holds a file descriptor, of which processes often have no more than 1024.
@lru_cache(maxsize=512)
def _map(path: Path) -> NDArray[np.generic]:
    try:
        shard: NDArray[np.generic] = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read; run `slu preprocess` again") from error
    return shard


def _check_length(waveform: Waveform, task: ShardTask) -> Waveform:
    if waveform.size < task.config.min_duration_s * task.config.sample_rate:
        raise AudioError(
            f"The recording is shorter than {task.config.min_duration_s:g} s; leave it out."
        )
    return waveform


def _write_shard(
    task: ShardTask,
    ids: Sequence[str],
    features: Sequence[NDArray[np.generic]],
    waveforms: Sequence[NDArray[np.generic]],
) -> None:
    # Named after its clips: the same work gives the same file wherever it is done.
    key = hashlib.sha256(" ".join(task.ids).encode()).hexdigest()[:12]
    columns: list[Sequence[object]] = [ids]
    for name, parts in ((f"features-{key}.npy", features), (f"waveforms-{key}.npy", waveforms)):
        with replacing(task.store / name) as temporary, temporary.open("wb") as file:
            np.save(file, np.concatenate(parts))
        lengths = [len(part) for part in parts]
        offsets = list(accumulate(lengths, initial=0))[:-1]
        columns += [[name] * len(parts), offsets, lengths]
    with (
        replacing(task.store / f"index-{key}.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, lineterminator="\n").writerows(
            [INDEX_COLUMNS, *zip(*columns, strict=True)]
        )
