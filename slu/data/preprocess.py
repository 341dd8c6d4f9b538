"""A corpus becomes features: in parallel, and only what is not there yet."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slu.config import PreprocessConfig
from slu.data.feature_store import (
    INDEX_COLUMNS,
    ShardTask,
    build_shard,
    open_store,
    read_index,
    read_store_config,
    store_path,
)
from slu.data.metadata import read_metadata
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.data.spreading import Mapper
from slu.errors import DataError
from slu.files import write_csv

# About 12 MB of features and waveforms: small in memory, few files on disk.
_SHARD_S = 256.0

FEATURES_NAME = "metadata_features.csv"
"""The table that training reads, beside `metadata.csv`."""


@dataclass(frozen=True)
class PreprocessReport:
    """What `preprocess` did."""

    features_path: Path
    """`metadata_features.csv`."""
    store: Path
    n_utterances: int
    n_computed: int
    """Those of them that had no features before."""
    failures: tuple[tuple[str, str], ...]
    """Path and reason of each recording without features."""


@dataclass(frozen=True)
class Featured:
    """Rows with their features."""

    table: pd.DataFrame
    """The rows that have features, with where those are."""
    n_computed: int
    """Those of them that had none before."""
    failures: tuple[tuple[str, str], ...]
    """Path and reason of each row without features."""


@dataclass(frozen=True)
class FeaturePlan:
    """What `preprocess` would do."""

    n_utterances: int
    n_missing: int
    """Those of them that have no features with these settings."""
    in_use: PreprocessConfig | None
    """Settings of the features that were built last, which training reads; none before."""
    is_up_to_date: bool
    """Whether those were built after the clips or their labels changed last."""


def plan_features(
    metadata_path: Path, config: PreprocessConfig, features_root: Path
) -> FeaturePlan:
    """Look what is missing, and compute nothing; arguments and errors are those of `preprocess`."""
    metadata = read_metadata(metadata_path)
    present = read_index(store_path(features_root, config))["id"]
    features_path = metadata_path.with_name(FEATURES_NAME)
    in_use = _config_in_use(features_path)
    return FeaturePlan(
        n_utterances=len(metadata),
        n_missing=int((~metadata["id"].isin(present)).sum()),
        in_use=in_use,
        is_up_to_date=in_use is not None
        and features_path.stat().st_mtime_ns >= metadata_path.stat().st_mtime_ns,
    )


def preprocess(
    metadata_path: Path,
    config: PreprocessConfig,
    features_root: Path,
    progress: Progress = no_progress,
    mapper: Mapper = map_parallel,
) -> PreprocessReport:
    """Compute the missing features and write `metadata_features.csv` beside the metadata.

    Args:
        metadata_path: what `slu ingest` wrote.
        config: front end and framing.
        features_root: folder of the stores.
        progress: told the clips done and the clips that were missing.
        mapper: spreads the work.

    Raises:
        DataError: the metadata cannot be used, or no recording gave features.
    """
    metadata = read_metadata(metadata_path)
    features_path = metadata_path.with_name(FEATURES_NAME)
    folder = metadata_path.parent
    featured = with_features(metadata, folder, config, features_root, progress, mapper)
    if featured.table.empty:
        reason = featured.failures[0][1] if featured.failures else "there are no rows"
        raise DataError(f"{metadata_path}: no recording gave features; the first: {reason}")
    write_csv(features_path, featured.table)
    return PreprocessReport(
        features_path=features_path,
        store=store_path(features_root, config),
        n_utterances=len(featured.table),
        n_computed=featured.n_computed,
        failures=featured.failures,
    )


def with_features(
    metadata: pd.DataFrame,
    folder: Path,
    config: PreprocessConfig,
    features_root: Path,
    progress: Progress = no_progress,
    mapper: Mapper = map_parallel,
) -> Featured:
    """Compute the features that rows lack, and say in the rows where all of them are.

    Args:
        metadata: columns id, path and duration_s.
        folder: what paths, also those of features, are relative to.
        config: front end and framing.
        features_root: folder of the stores.
        progress: told the clips done and the clips that were missing.
        mapper: spreads the work.
    """
    metadata = metadata.drop(columns=list(INDEX_COLUMNS[1:]), errors="ignore")
    store = open_store(features_root, config)
    missing = metadata[~metadata["id"].isin(read_index(store)["id"])]
    tasks = _tasks(missing, folder, store, config)
    failures: list[tuple[str, str]] = []
    n_done = 0
    for task, failed in zip(tasks, mapper(build_shard, tasks, chunk=1), strict=True):
        failures += failed
        n_done += len(task.ids)
        progress(n_done, len(missing))
    paths = dict(zip(metadata["id"], metadata["path"], strict=True))
    return Featured(
        table=_join(metadata, store, folder),
        n_computed=len(missing) - len(failures),
        failures=tuple((paths[clip_id], reason) for clip_id, reason in failures),
    )


def _tasks(
    missing: pd.DataFrame, folder: Path, store: Path, config: PreprocessConfig
) -> list[ShardTask]:
    shards = missing.groupby(missing["duration_s"].cumsum() // _SHARD_S)
    return [
        ShardTask(store, config, tuple(part["id"]), tuple(str(folder / p) for p in part["path"]))
        for _, part in shards
    ]


def _join(metadata: pd.DataFrame, store: Path, folder: Path) -> pd.DataFrame:
    table = metadata.merge(read_index(store), on="id", how="inner", validate="one_to_one")
    prefix = Path(os.path.relpath(store, folder)).as_posix()
    for column in ("feature_path", "waveform_path"):
        table[column] = prefix + "/" + table[column].astype(str)
    return table


def _config_in_use(features_path: Path) -> PreprocessConfig | None:
    if not features_path.exists():
        return None
    try:
        first = pd.read_csv(features_path, nrows=1, dtype=str)["feature_path"].iloc[0]
    except (OSError, ValueError, LookupError) as error:
        raise DataError(f"{features_path} is damaged; run `slu preprocess` again") from error
    return read_store_config((features_path.parent / first).parent)
