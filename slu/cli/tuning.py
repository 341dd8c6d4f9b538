"""Commands that search for better settings, and look after studies."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

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
from slu.cli.models import print_trained, training_listener
from slu.config import (
    MODEL_CONFIG,
    PreprocessConfig,
    TrainConfig,
    load_config,
    load_configs,
    parse_overrides,
)
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.settings import get_settings

if TYPE_CHECKING:
    from slu.tuning.search import StudyReport
    from slu.tuning.study import TrialSummary

_N_SHOWN = 10

tuning_commands = typer.Typer()
study_commands = typer.Typer(help="See and stop tuning studies.", no_args_is_help=True)

StorageOption = Annotated[
    str | None,
    typer.Option(
        help="Database of the study: sqlite:///… or postgresql+psycopg://… Default: "
        "SLU_STUDY_STORAGE, or sqlite:///optuna.db in the project."
    ),
]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="As in the list.")]


@tuning_commands.command(name="hparam-search")
def hparam_search(
    study_name: Annotated[
        str | None, typer.Option(help="Study to begin or go on with. Default: slu-optuna-<model>.")
    ] = None,
    storage: StorageOption = None,
    n_trials: Annotated[
        int, typer.Option(min=1, help="Trials that the study shall have in the end.")
    ] = 20,
    model_cfg: ModelCfg = MODEL_CFG,
    train_cfg: TrainCfg = TRAIN_CFG,
    tune_cfg: Annotated[Path, typer.Option(help="What is varied, and how it is searched.")] = Path(
        "configs/tune.yaml"
    ),
    preprocess_cfg: PreprocessCfg = None,
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
    url = _url(storage)
    with (
        stop_on_signals() as should_stop,
        progress_bar("Computing features") as on_listen,
        progress_bar("Searching") as progress,
    ):
        report = workflows.tune(
            metadata_features,
            model_config,
            train_config,
            tune_config,
            get_settings(),
            study_name=name,
            storage_url=url,
            n_trials=n_trials,
            preprocess=load_config(PreprocessConfig, preprocess_cfg) if preprocess_cfg else None,
            workers=workers,
            on_trial=_teller(progress, n_trials),
            on_listen=on_listen,
            should_stop=should_stop,
        )
        _print_report(report, n_trials)
        if should_stop():
            raise StudyError("the search was stopped; the same command goes on with it")
    # Whoever stopped the search on the way does not want to wait for a training now.
    if train_best and report.is_complete:
        with training_listener() as listener:
            entry = workflows.train_best(metadata_features, name, url, get_settings(), listener)
        print_trained(entry)


@study_commands.command(name="list")
def list_studies(storage: StorageOption = None) -> None:
    """List the studies of a database, newest first."""
    from slu.tuning.store import StudyStore

    table = Table("study", "trials", "running")
    for study in StudyStore(_url(storage)).studies():
        table.add_row(Text(study.name), str(study.n_trials), str(study.n_running))
    output.print(table)


@study_commands.command()
def show(name: StudyName, storage: StorageOption = None) -> None:
    """Show the best trials of a study, and the settings of the best one."""
    from slu.tuning.study import best_trials, load_study, search_space, summarise

    study = load_study(name, _url(storage))
    best = summarise(best_trials(study)[:_N_SHOWN], search_space(study))
    table = Table("trial", "value", "epochs", "seconds")
    for trial in best:
        row = (trial.number, f"{trial.value:.4f}", trial.n_epochs, f"{trial.duration_s:.0f}")
        table.add_row(*map(str, row))
    output.print(table)
    if best:
        _print_settings(best[0])


@study_commands.command()
def stop(name: StudyName, storage: StorageOption = None) -> None:
    """Have all workers of a study, wherever they run, end with the trials that they are at."""
    from slu.tuning.study import load_study, stop_after_trials

    stop_after_trials(load_study(name, _url(storage)))
    output.out(f"{name} ends with the trials that are running.", highlight=False)


def _url(storage: str | None) -> str:
    return storage or get_settings().study_storage_url


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
    if report.best:
        _print_settings(report.best)
    pruned = sum(trial.state == "pruned" for trial in report.trials)
    best = report.best and f" Best: trial {report.best.number} with {report.best.value:.4f}."
    # Last, as it is what a background job is remembered by.
    output.print(
        f"{len(report.trials)} of {n_trials} trials are done, {pruned} of them pruned.{best or ''}"
    )


def _print_settings(trial: "TrialSummary") -> None:
    output.print(f"Settings of trial {trial.number}:")
    for key, value in trial.settings.items():
        output.print(f"  --set {key}={value}")
