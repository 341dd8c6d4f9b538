"""A study without training, for tests: `counting.py STORAGE_URL N_TRIALS N_WORKERS [STUCK]`."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import optuna

from slu.config.tune import TuneConfig
from slu.tuning.storage import open_storage
from slu.tuning.worker import StudyWork, run_here

EPOCHS = 4


@dataclass(frozen=True)
class Parabola:
    """A value that is known from the trial's setting, after a little while."""

    duration_s: float
    stuck_trial: int | None = None

    def __call__(self, trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        x = trial.suggest_float("train.x", -1, 1)
        for epoch in range(1, EPOCHS + 1):
            time.sleep(self.duration_s / EPOCHS)
            trial.report(-(x**2), epoch)
        while trial.number == self.stuck_trial:
            time.sleep(1)
        return -(x**2)


def begin(storage_url: str, n_trials: int, objective: Parabola) -> StudyWork:
    """Begin the study `s`, all of whose trials are drawn at random, or go on with it."""
    storage = open_storage(storage_url)
    optuna.create_study(study_name="s", storage=storage, direction="maximize", load_if_exists=True)
    config = TuneConfig.model_validate(
        {
            "space": {"train.x": {"kind": "float", "low": -1, "high": 1}},
            "heartbeat_s": 1,
            "pruner": "none",
            "startup_trials": 1000,
        }
    )
    return StudyWork("s", storage_url, n_trials, EPOCHS, config, objective)


def main(storage_url: str, n_trials: int, n_workers: int, stuck_trial: int | None = None) -> None:
    """Run the study until it has its number."""
    work = begin(storage_url, n_trials, Parabola(duration_s=0.3, stuck_trial=stuck_trial))
    run_here(work, n_workers, should_stop=lambda: False, on_poll=lambda: None)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
