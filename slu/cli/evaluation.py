"""Commands that judge a model."""

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from slu import workflows
from slu.cli.console import FEATURES, VersionOption, notes, output, progress_bar
from slu.config import MODEL_CONFIG, TrainConfig, load_config
from slu.config.augment import NoiseKind
from slu.errors import ModelError
from slu.evaluation.archive import Subject, noise_path
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from slu.settings import get_settings

evaluation_commands = typer.Typer()

_LOUDEST_DB, _QUIETEST_DB = -40, 100


class Split(StrEnum):
    """Which recordings of a table."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    ALL = "all"


SplitOption = Annotated[
    Split, typer.Option(help="Which recordings; a table without splits is taken whole.")
]


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
    split: SplitOption = Split.TEST,
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
    subject = Subject(entry, source, split)
    # Before predicting: what changes meanwhile shows as a change since.
    facts = subject.facts()
    folder = output_dir or subject.folder(settings.artifacts_dir)
    usual = ReportPaths.in_folder(folder, predictor.slots)
    figures = {"product": confusion_product, "quantity": confusion_quantity}
    paths = dataclasses.replace(
        usual,
        metrics=metrics_path or usual.metrics,
        report=report_path or usual.report,
        confusions={slot: figures.get(slot) or path for slot, path in usual.confusions.items()},
    )
    with progress_bar("Evaluating") as progress:
        evaluation = workflows.evaluate(predictor, table, paths, facts, progress)
    output.print(format_report(evaluation.scores))
    output.print(f"Every prediction is in {paths.predictions}")


@evaluation_commands.command()
def noise_sweep(
    model: VersionOption = None,
    metadata: Annotated[Path, typer.Option(help="Table of labelled recordings.")] = Path(
        "data/processed/metadata.csv"
    ),
    split: SplitOption = Split.TEST,
    snr: Annotated[
        str, typer.Option(help="Levels of speech above noise in dB, with commas between.")
    ] = "30,20,10,5,0",
    noise: Annotated[NoiseKind, typer.Option(help="Which noise.")] = NoiseKind.PINK,
    max_clips: Annotated[
        int | None, typer.Option(min=1, help="Draw no more than so many recordings.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the noise and of the draw.")] = 7,
    output_path: Annotated[
        Path | None, typer.Option("--output", help="JSON. Default: beside the evaluation.")
    ] = None,
) -> None:
    """Score a model with more and more noise added to labelled recordings."""
    levels_db = _levels(snr)
    settings = get_settings()
    versions = workflows.open_registry(settings)
    subject = Subject(versions.get(model), metadata, split)
    path = output_path or noise_path(subject.folder(settings.artifacts_dir), noise)
    with progress_bar("Adding noise") as progress:
        points = workflows.sweep_noise(
            settings, subject, levels_db, noise, seed, max_clips, path, progress
        )
    for point in points:
        level = "no noise" if point.snr_db is None else f"{point.snr_db:g} dB"
        output.print(f"{level:>10}  all slots right {point.joint_accuracy}")
    output.print(f"The curve is in {path}")


@evaluation_commands.command()
def embed(
    metadata: Annotated[Path, typer.Option(help="Table that slu ingest wrote.")] = Path(
        "data/processed/metadata.csv"
    ),
    model: VersionOption = None,
    max_clips: Annotated[int, typer.Option(min=10, help="Draw no more than so many.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw and of the map.")] = 7,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the map. Default: artifacts/<version>.")
    ] = None,
) -> None:
    """Map clips by how a model hears them, to find those that are labelled wrongly."""
    with progress_bar("Listening to the clips") as progress:
        report = workflows.embed(
            metadata,
            get_settings(),
            version=model,
            max_clips=max_clips,
            seed=seed,
            output_dir=output_dir,
            progress=progress,
        )
    for slot, count in report.among_others.items():
        output.print(f"{count} clips lie among clips of another {slot}")
    output.print(f"{report.n_clips} of {report.n_recordings} clips are on the map {report.path}")


def _levels(text: str) -> list[float]:
    try:
        levels = [float(level) for level in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--snr {text}: give numbers such as 30,20,10") from None
    if not all(_LOUDEST_DB <= level <= _QUIETEST_DB for level in levels):
        raise typer.BadParameter(f"--snr takes levels from {_LOUDEST_DB} to {_QUIETEST_DB} dB")
    return levels


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
        # Settings that came later were as they are by default.
        trained = TrainConfig().model_dump(mode="json") | entry.train_cfg
        differing = [
            key for key, value in wanted.items() if key != "run_name" and trained.get(key) != value
        ]
        if differing:
            notes.print(f"{entry.version} was trained with another value of {', '.join(differing)}")
