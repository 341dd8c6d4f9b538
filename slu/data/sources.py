"""The sets of recordings under `data/raw`, and whether they were taken in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from slu.config import DataConfig
from slu.data.corrections import is_feedback, newest_correction
from slu.data.ingest import source_tables


def recording_sets(raw_dir: Path) -> list[Path]:
    """Folders with a `metadata.csv`, by name."""
    return sorted(table.parent for table in raw_dir.glob("*/metadata.csv"))


def remove_set(folder: Path) -> None:
    """Delete a set: it is gone at once, even if deleting its files takes long or stops midway."""
    gone = folder.parent.with_name(f".{folder.name}.removed.tmp")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def is_outdated(config: DataConfig, project_root: Path) -> bool:
    """Whether recordings or decisions changed since `slu ingest` ran, or it never ran."""
    try:
        taken_in_at = (project_root / config.output_dir / "metadata.csv").stat().st_mtime
    except FileNotFoundError:
        return True
    return any(changed_at > taken_in_at for changed_at in _changes(config, project_root))


def _changes(config: DataConfig, project_root: Path) -> Iterator[float]:
    """When each thing that ingest reads changed, in seconds since 1970."""
    for table in source_tables(config, project_root):
        if is_feedback(table):
            # Most corrections come without a recording, and change nothing here.
            yield newest_correction(table, config.slots)
        else:
            yield table.stat().st_mtime
            yield table.parent.parent.stat().st_mtime  # changes when a set comes or goes
    decisions = project_root / config.decisions
    if decisions.exists():
        yield decisions.stat().st_mtime
