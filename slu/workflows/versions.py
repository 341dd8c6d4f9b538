"""Versions: judged, watched, measured and given away."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slu.config import DataConfig
from slu.config.augment import NoiseKind
from slu.errors import DataError
from slu.evaluation.archive import Subject
from slu.exporting import Export, ExportFormat, export_path, export_version
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from slu.settings import Settings
from slu.workflows.listening import Progress, nothing

if TYPE_CHECKING:
    import pandas as pd

    from slu.bench.few_shot import FewShotScore
    from slu.bench.measurements import Measurement
    from slu.bench.rejection import RejectionScore
    from slu.bench.voices import VoicesScore
    from slu.evaluation.evaluation import Evaluation
    from slu.evaluation.noise_sweep import NoisePoint
    from slu.evaluation.report import ReportPaths


def open_registry(settings: Settings) -> Registry:
    """The project's registry."""
    return Registry(settings.project_root, settings.registry_dir)


def evaluate(
    predictor: Predictor,
    table: "pd.DataFrame",
    paths: "ReportPaths",
    facts: Mapping[str, Any],
    progress: Progress = nothing,
) -> "Evaluation":
    """Score a model on labelled recordings, through the path that users get, and write a report.

    Args:
        predictor: the model.
        table: columns path and one for each slot, as `labelled_recordings` gives them.
        paths: where the report goes.
        facts: what is evaluated, in front of the metrics.
        progress: told after each recording.
    """
    from slu.evaluation.evaluation import evaluate as run

    return run(predictor, table, paths, facts, progress)


def sweep_noise(
    settings: Settings,
    subject: Subject,
    levels_db: Sequence[float],
    kind: NoiseKind,
    seed: int,
    max_clips: int | None,
    path: Path,
    progress: Progress = nothing,
) -> "list[NoisePoint]":
    """Score a version with more and more noise added to labelled recordings, and write the curve.

    Args:
        settings: of the project.
        subject: which version on which recordings.
        levels_db: signal-to-noise ratios.
        kind: of noise.
        seed: of the noise and of the draw.
        max_clips: draw no more than so many recordings.
        path: of the JSON file.
        progress: told after each prediction.
    """
    from slu.evaluation.noise_sweep import sweep_noise as run
    from slu.evaluation.noise_sweep import write_sweep

    facts = subject.facts() | {"noise": str(kind), "seed": seed}
    table = labelled_recordings(subject.table_path, subject.entry, subject.split)
    if max_clips is not None and len(table) > max_clips:
        table = table.sample(max_clips, random_state=seed).sort_index()
    predictor = Predictor.from_entry(
        open_registry(settings), subject.entry, settings.inference_threads
    )
    points = run(predictor, table, levels_db, kind, seed, progress)
    write_sweep(path, facts, points)
    return points


def labelled_tables(settings: Settings) -> list[Path]:
    """Tables of labelled recordings in the usual places: the ingested corpus, then its sources."""
    sources = sorted((settings.data_dir / "raw").glob("*/metadata.csv"))
    return [path for path in (ingested_table(settings), *sources) if path.is_file()]


def ingested_table(settings: Settings) -> Path:
    """The table that `slu ingest` writes."""
    return settings.data_dir / "processed" / "metadata.csv"


def labelled_recordings(metadata_path: Path, entry: RegistryEntry, split: str) -> "pd.DataFrame":
    """The recordings of a labelled table, ready to be opened, of one split or `all`.

    Args:
        metadata_path: a `metadata.csv`, or any table with such columns under the usual names or
            those that the version's training data had.
        entry: the version to be judged; its slots are needed.
        split: `train`, `val`, `test` or `all`; a table without splits is taken whole.

    Raises:
        DataError: the table cannot be used or the split is empty.
    """
    from slu.data.metadata import read_utterances

    table = read_utterances(metadata_path, DataConfig.model_validate(entry.data_cfg))
    if split != "all" and table["split"].any():
        table = table[table["split"] == split].reset_index(drop=True)
    if table.empty:
        raise DataError(f"{metadata_path} has no {split} recordings; try --split all")
    return table


def set_threshold(settings: Settings, version: str, threshold: float) -> RegistryEntry:
    """Make a version that rejects answers below another joint confidence, and register it."""
    from slu.threshold import set_threshold as run

    return run(open_registry(settings), settings.artifacts_dir, version, threshold)


def export_model(
    settings: Settings,
    version: str | None,
    export_format: ExportFormat,
    out: Path | None = None,
    progress: Progress = nothing,
) -> Export:
    """Write a version as one file.

    Args:
        settings: of the project.
        version: which; without one, the version in use.
        export_format: what to write.
        out: the file; without one, it goes to `artifacts/exports`.
        progress: told after each prediction that measures 8-bit weights.
    """
    registry = open_registry(settings)
    entry = registry.get(version)
    measured = export_format is not ExportFormat.ONNX
    return export_version(
        registry,
        entry,
        export_format,
        out or exported_path(settings, entry.version, export_format),
        _test_recordings(settings, entry) if measured else None,
        progress,
    )


def exported_path(settings: Settings, version: str, export_format: ExportFormat) -> Path:
    """Where `export_model` writes a version, unless it is told another place."""
    return export_path(settings.artifacts_dir / "exports", version, export_format)


def _test_recordings(settings: Settings, entry: RegistryEntry) -> "pd.DataFrame | None":
    """The test clips of the ingested corpus; none where they are not there or not this model's."""
    try:
        return labelled_recordings(ingested_table(settings), entry, "test")
    except DataError:
        return None


def bench(settings: Settings, out: Path, tell: Callable[[str], None]) -> "list[Measurement]":
    """Measure speed and memory here and now, and write the figures to `out`."""
    from slu.bench.suite import run_bench

    return run_bench(settings, out, tell)


def bench_voices(
    suite_path: Path, recordings: Path, out_dir: Path, tell: Callable[[str], None]
) -> "list[VoicesScore]":
    """Train on a spoken catalogue and score on people. See `slu.bench.voices.run_suite`."""
    from slu.bench.voices import run_suite

    return run_suite(suite_path, recordings, out_dir, tell)


def bench_rejection(
    settings: Settings,
    suite_path: Path,
    version: str | None,
    recordings: Path | None,
    out_dir: Path,
    tell: Callable[[str], None],
) -> "list[RejectionScore]":
    """Play a version what is no order, and orders in noise. See `slu.bench.rejection`."""
    from slu.bench.rejection import run_rejection

    predictor = Predictor.load(open_registry(settings), version, settings.inference_threads)
    return run_rejection(suite_path, predictor, recordings, out_dir, tell)


def bench_few_shot(
    suite_path: Path,
    recordings: Path,
    out_dir: Path,
    tell: Callable[[str], None],
    *,
    keep_base: bool = False,
) -> "list[FewShotScore]":
    """Teach a model one person after another. See `slu.bench.few_shot.run_few_shot`."""
    from slu.bench.few_shot import run_few_shot

    return run_few_shot(suite_path, recordings, out_dir, tell, keep_base=keep_base)
