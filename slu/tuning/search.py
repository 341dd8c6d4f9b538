"""A search from beginning to end: what `slu hparam-search` does."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from slu.config import ModelConfig, TrainConfig
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.training.tracking import Tracker, start_tracker
from slu.training.trainer import select_device
from slu.training.utterances import Corpus
from slu.tuning.beginning import begin_study
from slu.tuning.figures import write_study_report
from slu.tuning.objective import TrainingObjective
from slu.tuning.space import SearchSpace
from slu.tuning.storage import storage_errors
from slu.tuning.study import (
    TrialSummary,
    best_trials,
    finished_trials,
    is_stopping,
    summarise,
)
from slu.tuning.worker import ERROR, RunWorkers, StudyWork, run_here


@dataclass(frozen=True)
class StudyReport:
    """How a search ended."""

    study: optuna.Study
    trials: list[TrialSummary]
    """Those that ran to their end or were pruned, also in earlier runs."""
    best: TrialSummary | None
    is_complete: bool
    """False: it was stopped; the same call goes on with the trials that are left."""


def search(
    study_name: str,
    storage_url: str,
    n_trials: int,
    model_config: ModelConfig,
    train_config: TrainConfig,
    corpus: Corpus,
    tune_config: TuneConfig,
    folder: Path,
    *,
    workers: int = 1,
    on_trial: Callable[[TrialSummary], None] = lambda trial: None,
    should_stop: Callable[[], bool] = lambda: False,
    run_workers: RunWorkers = run_here,
) -> StudyReport:
    """Run trials until the study has `n_trials`, counting those of earlier and parallel runs.

    Args:
        study_name: created where the storage has none of this name.
        storage_url: `sqlite:///…` or `postgresql+psycopg://…`. Whoever names the same study in the
            same storage, on any machine, shares the work.
        n_trials: trials that the study shall have in the end.
        model_config: what is varied around.
        train_config: what is varied around.
        corpus: what is trained on.
        tune_config: the space and how it is searched.
        folder: gets the figures and `optuna_best.json`.
        workers: processes that run trials.
        on_trial: called with each trial that ends.
        should_stop: asked after each training step; running trials go back into the queue.
        run_workers: starts the workers, on this machine or on others.

    Raises:
        ConfigError: the space holds an unknown key or an impossible value; nothing was started.
        StudyError: the storage cannot be used or the study was begun with other settings (nothing
            was started), or the workers died.
        SLUError: training failed.
    """
    space = SearchSpace(model_config, train_config, tune_config.space)
    space.check()
    select_device(train_config.device)
    with storage_errors(storage_url):
        study = begin_study(study_name, storage_url, space, tune_config, corpus)
        objective = TrainingObjective(corpus, space, tune_config.metric)
        work = StudyWork(
            study_name, storage_url, n_trials, train_config.epochs, tune_config, objective
        )
        folder.mkdir(parents=True, exist_ok=True)
        tracker = start_tracker(train_config.wandb, study_name, study.user_attrs, folder)
        try:
            run_workers(work, workers, should_stop, _Announcer(study, space, on_trial, tracker))
        finally:
            tracker.finish()
        write_study_report(study, folder)
        report = _report(study, space, n_trials)
        if not (report.is_complete or should_stop() or is_stopping(study)):
            raise StudyError(_why_workers_ended(study, report, n_trials))
    return report


class _Announcer:
    """Tells of each trial once, whichever process ran it."""

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        on_trial: Callable[[TrialSummary], None],
        tracker: Tracker,
    ) -> None:
        self._study, self._space, self._on_trial, self._tracker = study, space, on_trial, tracker
        self._told = {trial.number for trial in finished_trials(study)}

    def __call__(self) -> None:
        new = [trial for trial in finished_trials(self._study) if trial.number not in self._told]
        for trial in summarise(new, self._space):
            self._told.add(trial.number)
            record: dict[str, Any] = {"trial": trial.number, "value": trial.value}
            self._tracker.log(record | dict(trial.settings))
            self._on_trial(trial)


def _report(study: optuna.Study, space: SearchSpace, n_trials: int) -> StudyReport:
    trials = summarise(finished_trials(study), space)
    best = summarise(best_trials(study)[:1], space)
    return StudyReport(study, trials, next(iter(best), None), len(trials) >= n_trials)


def _why_workers_ended(study: optuna.Study, report: StudyReport, n_trials: int) -> str:
    failed = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    reasons = [trial.user_attrs[ERROR] for trial in failed if ERROR in trial.user_attrs]
    reason = reasons[-1] if reasons else "they were killed or ran out of memory"
    return (
        f"all workers ended after {len(report.trials)} of {n_trials} trials: {reason}; "
        "run the same command to go on"
    )
