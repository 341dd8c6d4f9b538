"""The command that judges a model."""

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from slu import workflows
from slu.cli.console import FEATURES, VersionOption, notes, output, progress_bar
from slu.config import MODEL_CONFIG, TrainConfig, load_config
from slu.errors import ModelError
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from slu.settings import get_settings

evaluation_commands = typer.Typer()


class Split(StrEnum):
    """Which recordings of a table."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    ALL = "all"


def _path_option(text: str) -> object:
    return typer.Option(help=f"{text} Default: in the output folder.", show_default=False)


@evaluation_commands.command()
def evaluate(
    registry: Annotated[Path | None, typer.Option(help="Registry entry of the version.")] = None,
    model: VersionOption = None,
    metadata_features: Annotated[
        Path, typer.Option(help="Table of the corpus that the model was trained on.")
    ] = FEATURES,
    metadata: Annotated[
        Path | None, typer.Option(help="Any other table of labelled recordings instead.")
    ] = None,
    split: Annotated[
        Split, typer.Option(help="Which recordings; a table without splits is taken whole.")
    ] = Split.TEST,
    model_cfg: Annotated[
        Path | None, typer.Option(help="Fail unless the version was made with these sizes.")
    ] = None,
    train_cfg: Annotated[
        Path | None, typer.Option(help="Say where the version was trained otherwise.")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the files. Default: artifacts/evaluations/….")
    ] = None,
    metrics_path: Annotated[Path | None, _path_option("Scores as JSON.")] = None,
    confusion_product: Annotated[Path | None, _path_option("Figure for the product.")] = None,
    confusion_quantity: Annotated[Path | None, _path_option("Figure for the quantity.")] = None,
    report_path: Annotated[Path | None, _path_option("Scores for reading.")] = None,
) -> None:
    """Score a model on labelled recordings, through exactly the path that users get."""
    from slu.evaluation.report import ReportPaths, format_report

    settings = get_settings()
    versions = workflows.open_registry(settings)
    entry = _choose(versions, registry, model)
    _compare_configs(entry, model_cfg, train_cfg)
    source = metadata or metadata_features
    table = workflows.labelled_recordings(source, entry, split)
    predictor = Predictor.from_entry(versions, entry, settings.inference_threads)
    folder = f"{entry.version}-{source.stem}-{split}"
    usual = ReportPaths.in_folder(
        output_dir or settings.artifacts_dir / "evaluations" / folder, predictor.slots
    )
    figures = {"product": confusion_product, "quantity": confusion_quantity}
    paths = dataclasses.replace(
        usual,
        metrics=metrics_path or usual.metrics,
        report=report_path or usual.report,
        confusions={slot: figures.get(slot) or path for slot, path in usual.confusions.items()},
    )
    facts = {"version": entry.version, "table": str(source), "split": str(split)}
    with progress_bar("Evaluating") as progress:
        evaluation = workflows.evaluate(predictor, table, paths, facts, progress)
    output.print(format_report(evaluation.scores))
    output.print(f"Every prediction is in {paths.predictions}")


def _choose(versions: Registry, path: Path | None, version: str | None) -> RegistryEntry:
    if path is not None and version is not None:
        raise typer.BadParameter("give --registry or --model, not both")
    return versions.read(path) if path is not None else versions.get(version)


def _compare_configs(entry: RegistryEntry, model_cfg: Path | None, train_cfg: Path | None) -> None:
    if model_cfg is not None:
        expected = load_config(MODEL_CONFIG, model_cfg).model_dump(mode="json")
        if expected != entry.model_cfg:
            raise ModelError(
                f"{entry.version} was made with other sizes than {model_cfg}; "
                "leave --model-cfg out or name the right file"
            )
    if train_cfg is not None:
        wanted = load_config(TrainConfig, train_cfg).model_dump(mode="json")
        differing = [
            key
            for key, value in wanted.items()
            if key != "run_name" and entry.train_cfg.get(key) != value
        ]
        if differing:
            notes.print(f"{entry.version} was trained with another value of {', '.join(differing)}")
