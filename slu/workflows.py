"""One function for each thing a user does; the command line, the API and the pages call these.

Modules that need torch are imported where they are used, so that serving stays light.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slu.config import (
    CorpusConfig,
    DataConfig,
    M1Config,
    M2Config,
    PreprocessConfig,
    TrainConfig,
)
from slu.config.monitor import MonitorConfig
from slu.errors import DataError, ModelError
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from slu.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from slu.bench.measurements import Measurement
    from slu.data.eda import CorpusSummary
    from slu.data.ingest import IngestReport
    from slu.data.preprocess import PreprocessReport
    from slu.evaluation.evaluation import Evaluation
    from slu.evaluation.report import ReportPaths

Progress = Callable[[int, int], None]
Record = dict[str, float]


def nothing(*_: object) -> None:
    """A listener that does not care."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


class ExportFormat(StrEnum):
    """Forms in which a model leaves the project."""

    ONNX = "onnx"
    INT8 = "int8"
    ZIP = "zip"


@dataclass(frozen=True)
class TrainListener:
    """Who wants to know how training goes, and who may stop it."""

    on_start: Callable[[str], None] = nothing
    """Called with the run's name."""
    on_epoch: Callable[[Record], None] = nothing
    on_step: Progress = nothing
    on_evaluate: Progress = nothing
    should_stop: Callable[[], bool] = never


def open_registry(settings: Settings) -> Registry:
    """The project's registry."""
    return Registry(settings.project_root, settings.registry_dir)


def synthesise(config: CorpusConfig, out_dir: Path, progress: Progress = nothing) -> Path:
    """Speak a catalogue; returns the corpus' `metadata.csv`."""
    from slu.data.synthesis import synthesise_corpus

    return synthesise_corpus(config, out_dir, progress=progress)


def ingest(config: DataConfig, settings: Settings, progress: Progress = nothing) -> "IngestReport":
    """Merge, check, label and split the sources."""
    from slu.data.ingest import ingest as run

    return run(config, settings.project_root, progress)


def explore(metadata_path: Path, output_dir: Path) -> "CorpusSummary":
    """Write `summary.json` and the histograms of a corpus."""
    from slu.data.eda import write_eda

    return write_eda(metadata_path, output_dir)


def preprocess(
    metadata_path: Path, config: PreprocessConfig, settings: Settings, progress: Progress = nothing
) -> "PreprocessReport":
    """Compute the features that are missing."""
    from slu.data.preprocess import preprocess as run

    return run(metadata_path, config, settings.data_dir / "features", progress)


def train(
    features_path: Path,
    model_config: M1Config | M2Config,
    train_config: TrainConfig,
    settings: Settings,
    *,
    resume: bool = False,
    listener: TrainListener | None = None,
) -> RegistryEntry:
    """Train a model, evaluate it on validation and test clips, and register it.

    The first version of a project is promoted, so that there is something to talk to.

    Args:
        features_path: `metadata_features.csv`.
        model_config: which model.
        train_config: how.
        settings: where the run goes.
        resume: go on with a run that was stopped: the one that `train_config` names, or the last.
        listener: told how it goes, and asked whether to stop.

    Raises:
        SLUError: as the steps say; nothing is registered then, and `resume` continues.
    """
    from slu.publishing import publish_run
    from slu.training.run import Run
    from slu.training.trainer import Interrupted
    from slu.training.utterances import load_corpus

    listener = listener or TrainListener()
    registry = open_registry(settings)
    name = train_config.run_name or _run_name(model_config, settings, resume)
    registry.check_new(name)
    corpus = load_corpus(features_path)
    run = Run(settings.artifacts_dir / name, corpus, model_config, train_config)
    listener.on_start(name)
    config = run.train(
        resume=resume,
        on_epoch=listener.on_epoch,
        on_step=listener.on_step,
        should_stop=listener.should_stop,
    )

    def tell(done: int, total: int) -> None:
        if listener.should_stop():
            raise Interrupted("evaluation was stopped; continue it with --resume")
        listener.on_evaluate(done, total)

    return publish_run(run.folder, config, corpus, registry, tell)


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


def monitor_report(
    log_path: Path, output_dir: Path, max_classes: int, config: MonitorConfig, settings: Settings
) -> dict[str, Any]:
    """Write histograms, class counts, drift and `summary.json` of an inference log.

    Drift is judged against the version in use, accuracy by the corrections beside the log.
    """
    from slu.monitoring.feedback import read_feedback
    from slu.monitoring.reference import load_reference
    from slu.monitoring.report import write_report

    registry = open_registry(settings)
    name = registry.get().artifacts.get("reference") if registry.latest_version() else None
    return write_report(
        log_path,
        output_dir,
        max_classes,
        config=config,
        reference=load_reference(registry.resolve(name)) if name else None,
        corrections=read_feedback(log_path.with_name("feedback.jsonl")),
    )


def export_model(
    settings: Settings, version: str | None, export_format: ExportFormat, out: Path | None
) -> Path:
    """Write a version as one file; returns its path."""
    from slu.exporting import export_graph, export_int8, export_zip

    registry = open_registry(settings)
    entry = registry.get(version)
    registry.verify(entry)
    write, suffix = {
        ExportFormat.ONNX: (export_graph, ".onnx"),
        ExportFormat.INT8: (export_int8, "-int8.onnx"),
        ExportFormat.ZIP: (export_zip, ".zip"),
    }[export_format]
    path = out or settings.artifacts_dir / "exports" / f"{entry.version}{suffix}"
    write(registry, entry, path)
    return path


def bench(settings: Settings, out: Path, tell: Callable[[str], None]) -> "list[Measurement]":
    """Measure speed and memory here and now, and write the figures to `out`."""
    from slu.bench.suite import run_bench

    return run_bench(settings, out, tell)


def _run_name(model_config: M1Config | M2Config, settings: Settings, resume: bool) -> str:
    if resume:
        return _unfinished_run(model_config.name, settings)
    return f"{model_config.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def _unfinished_run(model_name: str, settings: Settings) -> str:
    """The run of this model that was worked on last and is no version yet."""
    registry = open_registry(settings)
    begun = [path.parent for path in settings.artifacts_dir.glob(f"{model_name}-*/config.json")]
    unfinished = [folder for folder in begun if not registry.path_of(folder.name).exists()]
    if not unfinished:
        raise ModelError(f"there is no unfinished run of {model_name}; start one without --resume")
    return max(unfinished, key=lambda folder: folder.stat().st_mtime).name
