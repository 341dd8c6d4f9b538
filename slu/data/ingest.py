"""Several labelled sources become one checked corpus."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from slu.config import DataConfig, save_config
from slu.data.clips import ClipFacts, measure_clip
from slu.data.corrections import is_feedback, read_corrections
from slu.data.decisions import Decisions, apply_decisions
from slu.data.labels import write_label_map
from slu.data.metadata import SPLITS, metadata_columns, read_utterances, utterance_id
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.data.quality import find_flags
from slu.data.splits import assign_splits
from slu.errors import DataError
from slu.files import write_csv

# A source without any of these is the name of one table, which must be there.
_PATTERN_SIGNS = frozenset("*?[")


@dataclass(frozen=True)
class IngestReport:
    """What became of the rows of all sources."""

    metadata_path: Path
    n_utterances: int
    n_rejected: int
    """Rows without usable audio, listed in `rejected.csv`."""
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
    (the configuration used). Equal sources and configurations give equal files; after an error
    the files are as they were.

    Args:
        config: sources, slots, splits, quality limits, and where people's decisions are.
        project_root: what relative sources start from.
        progress: told after each clip.

    Raises:
        DataError: a source is missing, a table cannot be used, or no row is usable.
    """
    output_dir = project_root / config.output_dir
    rows = pd.concat(_read_sources(config, project_root), ignore_index=True)
    table, rejected = measure_rows(rows, progress)
    table["flags"] = find_flags(table, config.slots, config.quality)
    decisions = Decisions(project_root / config.decisions).read()
    table["flags"], table["kept"] = apply_decisions(table, config.slots, decisions)
    if not table["kept"].any():
        raise DataError(
            "every recording was dropped or appears with different labels; mend the sources, or "
            f"decide anew by deleting {config.decisions}"
        )
    metadata = _as_metadata(table[table["kept"]].copy(), config, output_dir)
    flagged = table[table["flags"].map(bool)]
    _write(output_dir, metadata, flagged, rejected, config)
    return IngestReport(
        metadata_path=output_dir / "metadata.csv",
        n_utterances=len(metadata),
        n_rejected=len(rejected),
        n_flagged=len(flagged),
        n_left_out=len(table) - len(metadata),
        splits={str(name): int(count) for name, count in metadata["split"].value_counts().items()},
    )


def source_tables(config: DataConfig, project_root: Path) -> list[Path]:
    """Tables that the sources name: in the order of the sources, those of one pattern by name."""
    found = [path for source in config.sources for path in _matches(source, project_root)]
    return list(dict.fromkeys(found))


def measure_rows(
    rows: pd.DataFrame, progress: Progress = no_progress
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Listen to recordings.

    Args:
        rows: columns path (to be opened as it is), table and row; not empty.
        progress: told after each recording.

    Returns:
        rows with the facts about their audio, and rows with the `reason` why there are none.

    Raises:
        DataError: none can be used.
    """
    measured = list(map_parallel(measure_clip, list(rows["path"]), progress=progress))
    usable = [isinstance(facts, ClipFacts) for facts in measured]
    rejected = rows[~np.array(usable)].assign(reason=[m for m in measured if isinstance(m, str)])
    if not any(usable):
        first = rejected.iloc[0]
        raise DataError(
            f"none of the {len(rows)} recordings can be used; the first, in row {first['row']} of "
            f"{first['table']}: {first['reason']}"
        )
    facts = pd.DataFrame([dataclasses.asdict(m) for m in measured if isinstance(m, ClipFacts)])
    return pd.concat([rows[usable].reset_index(drop=True), facts], axis=1), rejected


def _read_sources(config: DataConfig, project_root: Path) -> list[pd.DataFrame]:
    paths = _find_sources(config, project_root)
    tables = [_read_source(path, config).assign(table=str(path)) for path in paths]
    if all(table.empty for table in tables):
        raise DataError(f"{', '.join(map(str, paths))}: there is no row below the header")
    for path, table in zip(paths, tables, strict=True):
        unknown = sorted(set(table["split"]) - {*SPLITS, ""})
        if unknown:
            raise DataError(
                f"{path}: there is no split '{unknown[0]}'; use {', '.join(SPLITS)} or leave it "
                "empty, or choose another `split_column` in configs/data.yaml"
            )
    return tables


def _read_source(path: Path, config: DataConfig) -> pd.DataFrame:
    return read_corrections(path, config) if is_feedback(path) else read_utterances(path, config)


def _find_sources(config: DataConfig, project_root: Path) -> list[Path]:
    """Tables that the sources name, every one that is no pattern among them."""
    found = source_tables(config, project_root)
    missing = [
        source
        for source in config.sources
        if _PATTERN_SIGNS.isdisjoint(source) and not _matches(source, project_root)
    ]
    if missing or not found:
        tables = [source for source in config.sources if not is_feedback(Path(source))]
        raise DataError(
            f"no table matches {', '.join(missing or tables or config.sources)}; make one with "
            "`slu synth`, or name yours under `sources` in configs/data.yaml"
        )
    return found


def _matches(source: str, project_root: Path) -> list[Path]:
    if (project_root / source).is_file():
        return [project_root / source]
    # Path.glob refuses absolute patterns and those that leave the root with `..`.
    names = glob(source, root_dir=project_root, recursive=True)  # noqa: PTH207
    return [project_root / name for name in sorted(names)]


def _as_metadata(table: pd.DataFrame, config: DataConfig, output_dir: Path) -> pd.DataFrame:
    table["id"] = table["sha256"].map(utterance_id)
    table["path"] = _relative(table["path"], output_dir)
    table["source"] = table["source"].replace("", "imported")
    table["speaker"] = table["speaker"].replace("", "unknown")
    table["split"] = assign_splits(
        table, config.slots, config.splits, np.random.default_rng(config.seed)
    )
    return table[metadata_columns(config.slots)]


def _relative(paths: pd.Series, folder: Path) -> list[str]:
    """Paths as the tables of a folder give them."""
    return [Path(os.path.relpath(path, folder)).as_posix() if path else "" for path in paths]


def _write(
    output_dir: Path,
    metadata: pd.DataFrame,
    flagged: pd.DataFrame,
    rejected: pd.DataFrame,
    config: DataConfig,
) -> None:
    quality = flagged.assign(
        flags=flagged["flags"].map(" ".join), path=_relative(flagged["path"], output_dir)
    )
    rejected = rejected.assign(path=_relative(rejected["path"], output_dir))
    said = ["path", "text", *config.slots, "speaker"]
    measured = ["duration_s", "peak", "clipped_share", "sha256"]
    columns = ["flags", "kept", *said, *measured, "table", "row"]
    with _becoming_files_of(output_dir) as folder:
        write_csv(folder / "quality.csv", quality[columns])
        write_csv(folder / "rejected.csv", rejected[["table", "row", "path", "reason"]])
        for slot in config.slots:
            write_label_map(folder, slot, metadata[slot])
        save_config(config, folder / "data.yaml")
        write_csv(folder / "metadata.csv", metadata)


@contextmanager
def _becoming_files_of(output_dir: Path) -> Iterator[Path]:
    """A folder whose files move to `output_dir` when the block ends well."""
    output_dir.mkdir(parents=True, exist_ok=True)
    prefix = f".ingest.{os.getpid()}."
    with TemporaryDirectory(dir=output_dir, prefix=prefix, suffix=".tmp") as folder:
        yield Path(folder)
        for path in Path(folder).iterdir():
            path.replace(output_dir / path.name)
