"""Several labelled sources become one checked corpus."""

import dataclasses
import os
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import numpy as np
import pandas as pd

from slu.config import DataConfig, save_config
from slu.data.clips import ClipFacts, measure_clip
from slu.data.labels import write_label_map
from slu.data.metadata import metadata_columns, read_utterances, utterance_id
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.data.quality import LEFT_OUT, find_flags
from slu.data.splits import assign_splits
from slu.errors import DataError
from slu.files import write_csv


@dataclass(frozen=True)
class IngestReport:
    """What became of the rows of all sources."""

    metadata_path: Path
    n_utterances: int
    n_rejected: int
    """Rows without usable audio or labels, listed in `rejected.csv`."""
    n_flagged: int
    """Rows with a quality flag, listed in `quality.csv`."""
    n_left_out: int
    """Flagged rows that are not in `metadata.csv`."""
    splits: dict[str, int]


def ingest(
    config: DataConfig, project_root: Path, progress: Progress = no_progress
) -> IngestReport:
    """Read all sources and write the processed corpus to `config.output_dir`.

    Files written: `metadata.csv`, `<slot>2id.json`, `quality.csv`, `rejected.csv` and `data.yaml`
    (the configuration used).

    Args:
        config: sources, slots, splits, quality limits.
        project_root: what relative sources start from.
        progress: told after each clip.

    Raises:
        DataError: no source matches, a table lacks a column, or no row is usable.
    """
    output_dir = project_root / config.output_dir
    rows = _read_sources(config, project_root)
    measured = list(map_parallel(measure_clip, list(rows["path"]), progress=progress))
    usable = pd.Series([isinstance(facts, ClipFacts) for facts in measured], index=rows.index)
    rejected = rows[~usable].assign(reason=[m for m in measured if isinstance(m, str)])
    if not usable.any():
        first = rejected.iloc[0]
        raise DataError(
            f"none of the {len(rows)} recordings can be used; the first is {first['path']} "
            f"(row {first['row']} of {first['table']}): {first['reason']}"
        )
    facts = pd.DataFrame([dataclasses.asdict(m) for m in measured if isinstance(m, ClipFacts)])
    table = pd.concat([rows[usable].reset_index(drop=True), facts], axis=1)
    table["flags"] = find_flags(table, config.slots, config.quality)
    kept = table[[LEFT_OUT.isdisjoint(flags) for flags in table["flags"]]]
    if kept.empty:
        raise DataError("every recording appears with different labels; mend the sources")
    metadata = _as_metadata(kept, config, output_dir)
    _write(output_dir, metadata, table, rejected, config)
    flagged = table["flags"].map(bool)
    return IngestReport(
        metadata_path=output_dir / "metadata.csv",
        n_utterances=len(metadata),
        n_rejected=len(rejected),
        n_flagged=int(flagged.sum()),
        n_left_out=len(table) - len(kept),
        splits={str(name): int(count) for name, count in metadata["split"].value_counts().items()},
    )


def _read_sources(config: DataConfig, project_root: Path) -> pd.DataFrame:
    # Path.glob refuses absolute patterns and those that leave the root with `..`.
    patterns = [str(project_root / source) for source in config.sources]
    matches = [match for pattern in patterns for match in glob(pattern)]  # noqa: PTH207
    paths = [Path(match) for match in dict.fromkeys(sorted(matches))]
    if not paths:
        raise DataError(
            f"no table matches {', '.join(config.sources)}; make one with `slu synth`, or name "
            "yours under `sources` in configs/data.yaml"
        )
    tables = [read_utterances(path, config).assign(table=str(path)) for path in paths]
    rows = pd.concat(tables, ignore_index=True)
    if rows.empty:
        raise DataError(f"{', '.join(map(str, paths))}: there is no row below the header")
    return rows


def _as_metadata(kept: pd.DataFrame, config: DataConfig, output_dir: Path) -> pd.DataFrame:
    table = kept.copy()
    table["id"] = table["sha256"].map(utterance_id)
    table["path"] = [Path(os.path.relpath(path, output_dir)).as_posix() for path in table["path"]]
    table["source"] = table["source"].replace("", "imported")
    table["speaker"] = table["speaker"].replace("", "unknown")
    table["split"] = assign_splits(
        table, config.slots, config.splits, np.random.default_rng(config.seed)
    )
    return table[metadata_columns(config.slots)]


def _write(
    output_dir: Path,
    metadata: pd.DataFrame,
    table: pd.DataFrame,
    rejected: pd.DataFrame,
    config: DataConfig,
) -> None:
    flagged = table[table["flags"].map(bool)]
    quality = flagged.assign(
        flags=flagged["flags"].map(" ".join),
        kept=[LEFT_OUT.isdisjoint(flags) for flags in flagged["flags"]],
    )
    columns = ["flags", "kept", "path", *config.slots, "duration_s", "peak", "clipped_share"]
    write_csv(output_dir / "quality.csv", quality[[*columns, "table", "row"]])
    write_csv(output_dir / "rejected.csv", rejected[["table", "row", "path", "reason"]])
    for slot in config.slots:
        write_label_map(output_dir, slot, metadata[slot])
    save_config(config, output_dir / "data.yaml")
    write_csv(output_dir / "metadata.csv", metadata)
