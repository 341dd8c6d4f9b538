"""A study without training, for tests of workers: `python counting.py URL N_TRIALS N_WORKERS`."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import optuna

from slu.config.tune import TuneConfig
from slu.tuning.storage import open_storage
from slu.tuning.worker import StudyWork, run_processes

NAME = "counting"
HEARTBEAT_S = 1
EPOCHS = 4


@dataclass(frozen=True)
class Parabola:
    """A value that is known from the trial's setting, after a little while."""

    seconds: float = 0.0

    def __call__(self, trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        x = trial.suggest_float("train.x", -1, 1)
        for epoch in range(1, EPOCHS + 1):
            time.sleep(self.seconds / EPOCHS)
            trial.report(-(x**2) * EPOCHS / epoch, epoch)
        return -(x**2)


def counting_work(
    storage_url: str, n_trials: int, objective: Callable[..., float] | None = None
) -> StudyWork:
    """A new or existing study."""
    optuna.create_study(
        study_name=NAME,
        storage=open_storage(storage_url),
        direction="maximize",
        load_if_exists=True,
    )
    tune = TuneConfig.model_validate(
        {
            "heartbeat_s": HEARTBEAT_S,
            "startup_trials": 4,
            "pruner": "none",
            "space": {"train.x": {"kind": "float", "low": -1, "high": 1}},
        }
    )
    return StudyWork(NAME, storage_url, n_trials, EPOCHS, tune, objective or Parabola())


if __name__ == "__main__":
    url, n_trials, n_workers = sys.argv[1:]
    work = counting_work(url, int(n_trials), Parabola(seconds=0.2))
    run_processes(work, int(n_workers), should_stop=lambda: False, on_poll=lambda: None)
