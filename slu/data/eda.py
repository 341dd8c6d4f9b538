"""Files that describe a corpus: `summary.json` and histograms."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from slu.data.labels import sort_labels
from slu.data.metadata import read_metadata
from slu.errors import DataError
from slu.files import replacing, write_json

_DESCRIPTIVE = ("speaker", "source", "split")
_NOT_SLOTS = frozenset(
    ("id", "path", "text", "duration_s", "sample_rate", "sha256", "frames", "samples",
     "feature_path", "feature_offset", "waveform_path", "waveform_offset", *_DESCRIPTIVE)
)  # fmt: skip


@dataclass(frozen=True)
class CorpusSummary:
    """A corpus in numbers."""

    utterances: int
    total_duration_s: float
    duration_s: dict[str, float]
    """mean, std, min, p5, median, p95, max."""
    labels: dict[str, dict[str, int]]
    """slot -> label -> clips."""
    splits: dict[str, int]
    speakers: dict[str, int]
    sources: dict[str, int]


def slot_columns(table: pd.DataFrame) -> list[str]:
    """Columns that hold labels."""
    return [column for column in table.columns if column not in _NOT_SLOTS]


def summarise(table: pd.DataFrame) -> CorpusSummary:
    """Count and measure a corpus.

    Args:
        table: a `metadata.csv` or `metadata_features.csv`, as `read_metadata` gives it.
    """
    durations = table["duration_s"]
    quantiles = {"min": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "max": 1.0}
    return CorpusSummary(
        utterances=len(table),
        total_duration_s=round(float(durations.sum()), 1),
        duration_s={
            "mean": round(float(durations.mean()), 3),
            "std": round(float(durations.std(ddof=0)), 3),
            **{name: round(float(durations.quantile(q)), 3) for name, q in quantiles.items()},
        },
        labels={slot: label_counts(table, slot) for slot in slot_columns(table)},
        splits=_counts(table, "split"),
        speakers=_counts(table, "speaker"),
        sources=_counts(table, "source"),
    )


def label_counts(table: pd.DataFrame, slot: str) -> dict[str, int]:
    """Clips of each label, labels in their usual order."""
    counts = table[slot].value_counts()
    return {label: int(counts[label]) for label in sort_labels(counts.index)}


def write_eda(metadata_path: Path, output_dir: Path) -> CorpusSummary:
    """Write `summary.json`, `duration_hist.png` and `<slot>_counts.png` for each slot.

    Raises:
        DataError: the table is missing or has no rows.
    """
    table = read_metadata(metadata_path)
    if table.empty:
        raise DataError(f"{metadata_path} has no rows; add recordings and run `slu ingest`")
    summary = summarise(table)
    for slot, counts in summary.labels.items():
        _save_bars(output_dir / f"{slot}_counts.png", slot, counts)
    _save_histogram(output_dir / "duration_hist.png", table["duration_s"])
    write_json(output_dir / "summary.json", vars(summary))
    return summary


def _counts(table: pd.DataFrame, column: str) -> dict[str, int]:
    if column not in table:
        return {}
    return {str(name): int(count) for name, count in table[column].value_counts().items()}


def _save_bars(path: Path, slot: str, counts: dict[str, int]) -> None:
    figure = Figure(figsize=(max(6.0, 0.5 * len(counts)), 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.bar(list(counts), list(counts.values()))
    axes.tick_params(axis="x", rotation=45)
    axes.set(title=f"Clips for each {slot}", xlabel=slot, ylabel="clips")
    _save(figure, path)


def _save_histogram(path: Path, durations_s: Sequence[float]) -> None:
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(durations_s, bins=40)
    axes.set(title="Durations", xlabel="duration (s)", ylabel="clips")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
