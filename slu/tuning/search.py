"""A search from beginning to end: what `slu hparam-search` does."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import TrialState

from slu.config import M1Config, M2Config, TrainConfig
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.training.trainer import select_device
from slu.training.utterances import Corpus
from slu.tuning.figures import write_study_report
from slu.tuning.objective import TrainingObjective
from slu.tuning.space import SearchSpace
from slu.tuning.study import TrialSummary, begin_study, best_trials, finished_trials, summarise
from slu.tuning.worker import ERROR, StudyWork, run_processes


@dataclass(frozen=True)
class StudyReport:
    """How a search ended."""

    study: optuna.Study
    n_trials: int
    """Trials that ran to their end or were pruned."""
    n_pruned: int
    is_complete: bool
    """False: it was stopped; the same command goes on with the trials that are left."""
    best: TrialSummary | None
    folder: Path
    """Where the figures and `optuna_best.json` are."""


def search(
    study_name: str,
    storage_url: str,
    n_trials: int,
    model_config: M1Config | M2Config,
    train_config: TrainConfig,
    corpus: Corpus,
    tune_config: TuneConfig,
    folder: Path,
    *,
    workers: int = 1,
    on_trial: Callable[[TrialSummary], None] = lambda trial: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> StudyReport:
    """Run trials until the study has `n_trials`, counting those of earlier and other runs.

    Args:
        study_name: created where the storage has none of this name.
        storage_url: `sqlite:///…` or `postgresql+psycopg://…`; who names the same study in the
            same storage, on any machine, shares the work.
        n_trials: finished and pruned trials that the study shall have in the end.
        model_config: what is varied around.
        train_config: what is varied around.
        corpus: what is trained on.
        tune_config: the space and how it is searched.
        folder: gets the figures and `optuna_best.json`.
        workers: processes on this machine; one runs in this process.
        on_trial: called with each trial that ends.
        should_stop: asked after each training step; running trials go back into the queue.

    Raises:
        ConfigError: the space holds an unknown key or an impossible value; nothing was started.
        StudyError: the storage cannot be used, the study was begun with other settings (nothing
            was started), or all workers died.
        SLUError: training failed.
    """
    space = SearchSpace(model_config, train_config, tune_config.space)
    space.check()
    select_device(train_config.device)
    study = begin_study(study_name, storage_url, space, tune_config, corpus)
    objective = TrainingObjective(corpus, space, tune_config.metric)
    work = StudyWork(
        study_name, storage_url, n_trials, train_config.epochs, tune_config, objective
    )
    run_work(study, work, workers, _announcer(study, space, on_trial), should_stop)
    write_study_report(study, folder)
    return _report(study, space, n_trials, folder)
