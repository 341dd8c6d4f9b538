"""Commands that make and choose models."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from slu import workflows
from slu.cli.console import (
    FEATURES,
    MODEL_CFG,
    TRAIN_CFG,
    FeaturesTable,
    ModelCfg,
    PreprocessCfg,
    SetOption,
    TrainCfg,
    notes,
    output,
    progress_bar,
    stop_on_signals,
)
from slu.config import (
    MODEL_CONFIG,
    PreprocessConfig,
    TrainConfig,
    load_config,
    load_configs,
    parse_overrides,
)
from slu.registry import RegistryEntry
from slu.settings import get_settings

model_commands = typer.Typer()


@model_commands.command()
def train(
    model_cfg: ModelCfg = MODEL_CFG,
    train_cfg: TrainCfg = TRAIN_CFG,
    metadata_features: FeaturesTable = FEATURES,
    preprocess_cfg: PreprocessCfg = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")] = False,
    settings: SetOption = None,
) -> None:
    """Train a model, evaluate it and register it. Ctrl-C saves; --resume continues."""
    overrides = parse_overrides(settings or [], ["model", "train"])
    model_config, train_config = load_configs(
        [
            (MODEL_CONFIG, model_cfg, overrides["model"]),
            (TrainConfig, train_cfg, overrides["train"]),
        ]
    )
    with training_listener() as listener:
        entry = workflows.train(
            metadata_features,
            model_config,
            train_config,
            get_settings(),
            preprocess=load_config(PreprocessConfig, preprocess_cfg) if preprocess_cfg else None,
            resume=resume,
            listener=listener,
        )
    print_trained(entry)


@model_commands.command()
def models() -> None:
    """List model versions, newest first; the one in use is marked."""
    registry = workflows.open_registry(get_settings())
    latest = registry.latest_version()
    table = Table("", "version", "made", "split", "all slots right")
    for entry in registry.versions():
        split, scores = next(reversed(entry.metrics.items()), ("", None))
        joint = f"{scores['joint_accuracy']['value']:.4f}" if scores else ""
        mark = "in use" if entry.version == latest else ""
        table.add_row(mark, entry.version, entry.created_at, split, joint)
    output.print(table)


@model_commands.command()
def promote(version: Annotated[str, typer.Argument(help="Model version.")]) -> None:
    """Put a version to use; its files are checked first."""
    entry = workflows.open_registry(get_settings()).promote(version)
    output.print(f"{entry.version} is in use now.")


@model_commands.command()
def rollback() -> None:
    """Put the version back that was in use before."""
    entry = workflows.open_registry(get_settings()).rollback()
    output.print(f"{entry.version} is in use again.")


@model_commands.command()
def set_threshold(
    version: Annotated[str, typer.Argument(help="Model version.")],
    threshold: Annotated[
        float, typer.Argument(help="Joint confidence below which an answer is rejected.")
    ],
) -> None:
    """Make a version that rejects more or fewer answers, and is otherwise the same."""
    entry = workflows.set_threshold(get_settings(), version, threshold)
    scores = list(entry.metrics.values())[-1]
    output.print(
        f"{entry.version}: {scores['false_reject']['value']:.1%} of the orders are rejected"
        + (
            f", {scores['false_accept']['value']:.1%} of what is no order is answered"
            if scores["false_accept"]
            else ""
        )
        + f". Next: slu promote {entry.version}"
    )


@contextmanager
def training_listener() -> Iterator[workflows.TrainListener]:
    """Shows how a training goes, and lets Ctrl-C and SIGTERM end it."""
    with (
        stop_on_signals() as should_stop,
        progress_bar("Features") as on_listen,
        progress_bar("Training") as on_step,
        progress_bar("Evaluating") as on_evaluate,
    ):
        yield workflows.TrainListener(
            on_start=lambda name: notes.print(f"run {name}"),
            on_epoch=lambda record: notes.print(_format_epoch(record)),
            on_listen=on_listen,
            on_step=on_step,
            on_evaluate=on_evaluate,
            should_stop=should_stop,
        )


def print_trained(entry: RegistryEntry) -> None:
    """Say how good a new version is, and what to do with it."""
    split, scores = list(entry.metrics.items())[-1]
    joint = scores["joint_accuracy"]
    in_use = workflows.open_registry(get_settings()).latest_version() == entry.version
    output.print(
        f"{entry.version}: all slots right on {joint['value']:.1%} of the {split} clips "
        f"(95 % interval {joint['low']:.1%} to {joint['high']:.1%}). "
        + ("It is in use now." if in_use else f"Next: slu promote {entry.version}")
    )


def _format_epoch(record: dict[str, float]) -> str:
    accuracies = "  ".join(
        f"{name.removeprefix('val_').removesuffix('_accuracy')} {value:.4f}"
        for name, value in record.items()
        if name.startswith("val_") and name.endswith("_accuracy")
    )
    return (
        f"epoch {record['epoch']:3.0f}  loss {record['train_loss']:.4f}  "
        f"validation loss {record['val_loss']:.4f}  {accuracies}  ({record['seconds']:.1f} s)"
    )
