"""Files that describe a corpus: `summary.json` and histograms."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from slu.config import DataConfig
from slu.config.base import TABLE_COLUMNS
from slu.data.clips import ClipFacts, measure_clip
from slu.data.labels import canonical_label, sort_labels
from slu.data.metadata import locate, match_columns, read_table
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.errors import DataError
from slu.files import replacing, write_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# More bars than this cannot be told apart.
_MOST_BARS = 60


@dataclass(frozen=True)
class CorpusSummary:
    """A corpus in numbers."""

    utterances: int
    total_duration_s: float
    duration_s: dict[str, float]
    """mean, std, min, p5, median, p95, max; empty where no duration is known."""
    labels: dict[str, dict[str, int]]
    """slot -> label -> clips."""
    splits: dict[str, int]
    speakers: dict[str, int]
    sources: dict[str, int]
    n_unmeasured: int
    """Clips of unknown duration: the table does not say, and the audio cannot be used."""


def slot_columns(table: pd.DataFrame) -> list[str]:
    """Columns that hold labels: the usual slots, and others whose values mostly come again."""
    usual = DataConfig().slots
    return [
        column
        for column in table.columns
        if column in usual
        or (column not in TABLE_COLUMNS and table[column].nunique() <= len(table) / 2)
    ]


def summarise(table: pd.DataFrame) -> CorpusSummary:
    """Count and measure a corpus.

    Args:
        table: as `read_corpus` or `read_metadata` gives it.
    """
    durations_s = table["duration_s"].dropna()
    return CorpusSummary(
        utterances=len(table),
        total_duration_s=round(float(durations_s.sum()), 1),
        duration_s=_distribution(durations_s) if len(durations_s) else {},
        labels={slot: label_counts(table, slot) for slot in slot_columns(table)},
        splits=_counts(table, "split"),
        speakers=_counts(table, "speaker"),
        sources=_counts(table, "source"),
        n_unmeasured=len(table) - len(durations_s),
    )


def label_counts(table: pd.DataFrame, slot: str) -> dict[str, int]:
    """Clips of each label, labels in their usual order."""
    counts = table[slot].value_counts()
    return {label: int(counts[label]) for label in sort_labels(counts.index)}


def read_corpus(metadata_path: Path, progress: Progress = no_progress) -> pd.DataFrame:
    """Read any table of labelled recordings, not only those that `slu ingest` wrote.

    Args:
        metadata_path: a CSV with any of the column names that ingest knows.
        progress: told after each clip that has to be measured.

    Returns:
        our column names where the meaning is known, canonical labels, and `duration_s`, measured
        where the table does not say (NaN where the audio cannot be used).

    Raises:
        DataError: the table is missing or has no rows.
    """
    table = read_table(metadata_path).reset_index(drop=True)
    if table.empty:
        raise DataError(f"{metadata_path} has no rows; add recordings and run `slu ingest`")
    found = match_columns(table.columns, DataConfig())
    table = table.rename(columns={theirs: ours for ours, theirs in found.items()})
    for slot in slot_columns(table):
        table[slot] = [canonical_label(cell) for cell in table[slot]]
    table["duration_s"] = _durations_s(table, metadata_path.parent, progress)
    return table


def write_eda(
    metadata_path: Path, output_dir: Path, progress: Progress = no_progress
) -> CorpusSummary:
    """Write `summary.json`, `duration_hist.png` and `<slot>_counts.png` for each slot.

    Arguments and errors are those of `read_corpus`.
    """
    table = read_corpus(metadata_path, progress)
    summary = summarise(table)
    for slot, counts in summary.labels.items():
        _save_bars(output_dir / f"{slot}_counts.png", slot, counts)
    _save_histogram(output_dir / "duration_hist.png", table["duration_s"].dropna())
    write_json(output_dir / "summary.json", vars(summary))
    return summary


def _durations_s(table: pd.DataFrame, folder: Path, progress: Progress) -> pd.Series:
    """The durations that the table gives, and those of the audio where it does not."""
    nothing = pd.Series("", index=table.index)
    durations = pd.to_numeric(table.get("duration_s", nothing), errors="coerce").astype(float)
    missing = durations.index[durations.isna()]
    paths = [locate(cell.strip(), folder) for cell in table.get("path", nothing)[missing]]
    for index, facts in zip(
        missing, map_parallel(measure_clip, paths, progress=progress), strict=True
    ):
        if isinstance(facts, ClipFacts):
            durations[index] = facts.duration_s
    return durations


def _distribution(durations_s: pd.Series) -> dict[str, float]:
    quantiles = {"min": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "max": 1.0}
    return {
        "mean": round(float(durations_s.mean()), 3),
        "std": round(float(durations_s.std(ddof=0)), 3),
        **{name: round(float(durations_s.quantile(q)), 3) for name, q in quantiles.items()},
    }


def _counts(table: pd.DataFrame, column: str) -> dict[str, int]:
    if column not in table:
        return {}
    counts = table[column][table[column] != ""].value_counts()
    return {str(name): int(count) for name, count in counts.items()}


def _save_bars(path: Path, slot: str, counts: dict[str, int]) -> None:
    kept = sorted(counts, key=lambda label: -counts[label])[:_MOST_BARS]
    shown = {label: count for label, count in counts.items() if label in kept}
    which = "" if len(shown) == len(counts) else f" ({len(shown)} most frequent of {len(counts)})"
    figure = _new_figure(width=max(6.0, 0.5 * len(shown)))
    axes = figure.add_subplot()
    axes.bar(list(shown), list(shown.values()))
    axes.tick_params(axis="x", rotation=45)
    axes.set(title=f"Clips for each {slot}{which}", xlabel=slot, ylabel="clips")
    _save(figure, path)


def _save_histogram(path: Path, durations_s: pd.Series) -> None:
    figure = _new_figure(width=6.0)
    axes = figure.add_subplot()
    axes.hist(durations_s, bins=40)
    title = "Durations" if len(durations_s) else "Durations (none is known)"
    axes.set(title=title, xlabel="duration (s)", ylabel="clips")
    _save(figure, path)


def _new_figure(width: float) -> "Figure":
    from matplotlib.figure import Figure  # not above: pages count without drawing here

    return Figure(figsize=(width, 4.0), layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
