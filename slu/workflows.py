"""One function for each thing a user does; the command line, the API and the pages call these.

Modules that need torch are imported where they are used, so that serving stays light.
"""

from collections.abc import Callable, Mapping, Sequence
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
from slu.errors import DataError, ModelError
from slu.files import replacing
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry, sha256_of
from slu.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from slu.bench.measurements import Measurement
    from slu.data.eda import CorpusSummary
    from slu.data.ingest import IngestReport
    from slu.data.preprocess import PreprocessReport
    from slu.evaluation.report import ReportPaths
    from slu.evaluation.scores import Scores

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


@dataclass(frozen=True)
class Evaluation:
    """Scores, the predictions behind them, and where they were written."""

    scores: "Scores"
    predictions: "pd.DataFrame"
    metrics: dict[str, Any]
    paths: "ReportPaths"


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

    Raises:
        SLUError: as the steps say; nothing is registered then, and `resume` continues.
    """
    from slu.training.run import Run
    from slu.training.utterances import load_corpus

    listener = listener or TrainListener()
    corpus = load_corpus(features_path)
    name = train_config.run_name or _run_name(model_config, settings, resume)
    run = Run(settings.artifacts_dir / name, corpus, model_config, train_config)
    listener.on_start(name)
    config = run.train(
        resume=resume,
        on_epoch=listener.on_epoch,
        on_step=listener.on_step,
        should_stop=listener.should_stop,
    )
    metrics = _evaluate_run(run.folder, config, corpus.table, corpus.folder, listener.on_evaluate)
    registry = open_registry(settings)
    entry = _entry(run.folder, config, metrics, registry)
    test_rows = corpus.split("test")
    _write_card(run.folder, entry, synthetic=bool((test_rows["source"] == "synthetic").all()))
    registry.add(entry)
    if registry.latest_version() is None:
        registry.promote(entry.version)
    return entry


def evaluate(
    predictor: Predictor,
    table: "pd.DataFrame",
    paths: "ReportPaths",
    facts: Mapping[str, Any],
    progress: Progress = nothing,
) -> Evaluation:
    """Score a model on labelled recordings, through the path that users get, and write a report.

    Args:
        predictor: the model.
        table: columns path and one for each slot.
        paths: where the report goes.
        facts: what is evaluated, in front of the metrics.
        progress: told after each recording.
    """
    from slu.evaluation.predictions import predict_table
    from slu.evaluation.report import write_report
    from slu.evaluation.scores import score

    predictions = predict_table(predictor, table, progress)
    scores = score(predictions, predictor.slots)
    metrics = write_report(scores, predictions, facts, paths)
    return Evaluation(scores, predictions, metrics, paths)


def labelled_recordings(metadata_path: Path, slots: Sequence[str], split: str) -> "pd.DataFrame":
    """The recordings of a labelled table, ready to be opened, of one split or `all`.

    Args:
        metadata_path: a `metadata.csv`, or any table with the columns of DESIGN's aliases.
        slots: label columns that are needed.
        split: `train`, `val`, `test` or `all`; a table without splits is taken whole.

    Raises:
        DataError: the table cannot be used or the split is empty.
    """
    from slu.data.metadata import read_utterances

    table = read_utterances(metadata_path, DataConfig(slots=tuple(slots)))
    if split != "all" and table["split"].any():
        table = table[table["split"] == split].reset_index(drop=True)
    if table.empty:
        raise DataError(f"{metadata_path} has no {split} recordings; try --split all")
    return table


def monitor_report(log_path: Path, output_dir: Path, max_classes: int) -> dict[str, Any]:
    """Write histograms, class counts and `summary.json` of an inference log."""
    from slu.monitoring.report import write_report

    return write_report(log_path, output_dir, max_classes)


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
    begun = settings.artifacts_dir.glob(f"{model_name}-*/checkpoint.pt")
    newest = max(begun, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise ModelError(f"there is no unfinished run of {model_name}; start one without --resume")
    return newest.parent.name


def _evaluate_run(
    folder: Path, config: dict[str, Any], table: "pd.DataFrame", data_dir: Path, progress: Progress
) -> dict[str, Any]:
    """Scores on validation and test clips; the report is about the latter where there are any."""
    from slu.evaluation.report import ReportPaths

    predictor = Predictor(folder / "model.onnx", config)
    located = table.assign(path=[str(data_dir / path) for path in table["path"]])
    paths = ReportPaths.in_folder(folder, predictor.slots)
    metrics: dict[str, Any] = {}
    for split in ("val", "test"):
        rows = located[located["split"] == split]
        if not rows.empty:
            facts = {"version": predictor.version, "split": split}
            metrics[split] = evaluate(predictor, rows, paths, facts, progress).metrics
    return metrics


def _entry(
    folder: Path, config: dict[str, Any], metrics: dict[str, Any], registry: Registry
) -> RegistryEntry:
    def name(file: str) -> str:
        return registry.relative(folder / file)

    hashed = ("best_model.pt", "model.onnx", "config.json")
    slots = list(config["labels"])
    return RegistryEntry(
        version=config["version"],
        model_path=name("best_model.pt"),
        onnx_path=name("model.onnx"),
        sha256={name(file): sha256_of(folder / file) for file in hashed},
        config_path=name("config.json"),
        data_cfg=config["data"],
        preprocess_cfg=config["preprocess"],
        model_cfg=config["model"],
        train_cfg=config["train"],
        label_map_product=name("product2id.json") if "product" in slots else None,
        label_map_quantity=name("qty2id.json") if "quantity" in slots else None,
        metrics=metrics,
        artifacts={
            "history": name("history.jsonl"),
            "metrics": name("metrics.json"),
            "report": name("classification_report.txt"),
            "predictions": name("predictions.csv"),
            "reference": name("reference.json"),
            "model_card": name("MODEL_CARD.md"),
        },
        created_at=config["created_at"],
        git_commit=config["git_commit"],
        data_fingerprint=config["data_fingerprint"],
        parent=registry.latest_version(),
    )


def _write_card(folder: Path, entry: RegistryEntry, *, synthetic: bool) -> None:
    from slu.evaluation.card import format_card

    with replacing(folder / "MODEL_CARD.md") as temporary:
        temporary.write_text(format_card(entry, folder, synthetic=synthetic), "utf-8")
