"""The command that searches for better settings."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slu import workflows
from slu.cli.console import (
    FEATURES,
    MODEL_CFG,
    TRAIN_CFG,
    FeaturesTable,
    ModelCfg,
    SetOption,
    TrainCfg,
    notes,
    output,
    progress_bar,
    stop_on_signals,
)
from slu.cli.models import print_trained, training_listener
from slu.config import MODEL_CONFIG, TrainConfig, load_configs, parse_overrides
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.settings import get_settings

if TYPE_CHECKING:
    from slu.tuning.search import StudyReport
    from slu.tuning.study import TrialSummary

tuning_commands = typer.Typer()


@tuning_commands.command(name="hparam-search")
def hparam_search(
    study_name: Annotated[
        str | None, typer.Option(help="Study to begin or go on with. Default: slu-optuna-<model>.")
    ] = None,
    storage: Annotated[
        str, typer.Option(help="Database of the study: sqlite:///… or postgresql+psycopg://…")
    ] = "sqlite:///optuna.db",
    n_trials: Annotated[
        int, typer.Option(min=1, help="Trials that the study shall have in the end.")
    ] = 20,
    model_cfg: ModelCfg = MODEL_CFG,
    train_cfg: TrainCfg = TRAIN_CFG,
    tune_cfg: Annotated[Path, typer.Option(help="What is varied, and how it is searched.")] = Path(
        "configs/tune.yaml"
    ),
    metadata_features: FeaturesTable = FEATURES,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run trials.")] = 1,
    train_best: Annotated[
        bool,
        typer.Option("--train-best", help="Then train with the best settings and keep them."),
    ] = False,
    settings: SetOption = None,
) -> None:
    """Search for better settings. Ctrl-C stops; the same command goes on."""
    overrides = parse_overrides(settings or [], ["model", "train", "tune"])
    model_config, train_config, tune_config = load_configs(
        [
            (MODEL_CONFIG, model_cfg, overrides["model"]),
            (TrainConfig, train_cfg, overrides["train"]),
            (TuneConfig, tune_cfg, overrides["tune"]),
        ]
    )
    name = study_name or f"slu-optuna-{model_config.name}"
    with stop_on_signals() as should_stop, progress_bar("Searching") as progress:
        report = workflows.tune(
            metadata_features,
            model_config,
            train_config,
            tune_config,
            get_settings(),
            study_name=name,
            storage_url=storage,
            n_trials=n_trials,
            workers=workers,
            on_trial=_teller(progress, n_trials),
            should_stop=should_stop,
        )
        _print_report(report, n_trials)
        if should_stop():
            raise StudyError("the search was stopped; the same command goes on with it")
    if train_best:
        with training_listener() as listener:
            entry = workflows.train_best(metadata_features, name, storage, get_settings(), listener)
        print_trained(entry)


def _teller(progress: workflows.Progress, n_trials: int) -> "Callable[[TrialSummary], None]":
    """Shows each trial that ends."""

    def tell(trial: "TrialSummary") -> None:
        value = "no score" if trial.value is None else f"{trial.value:.4f}"
        notes.print(
            f"trial {trial.number:3d}  {value}  {trial.state} after {trial.n_epochs} epochs "
            f"({trial.duration_s:.0f} s)"
        )
        progress(min(trial.number + 1, n_trials), n_trials)

    return tell


def _print_report(report: "StudyReport", n_trials: int) -> None:
    pruned = sum(trial.state == "pruned" for trial in report.trials)
    output.print(f"{len(report.trials)} of {n_trials} trials are done, {pruned} of them pruned.")
    if report.best:
        output.print(f"Best: trial {report.best.number} with {report.best.value:.4f}")
        for key, value in report.best.settings.items():
            output.print(f"  --set {key}={value}")
