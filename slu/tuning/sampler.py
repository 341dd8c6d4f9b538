"""TPE whose chance is tied to the trial, not to the process that runs it."""

from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial


class TrialSeededSampler(BaseSampler):
    """Tree-structured Parzen estimator (Bergstra et al. 2011), seeded anew for each trial.

    A sampler that is seeded once gives every worker the same first trials, and a continued study
    the ones it has seen. Here chance depends on the study's seed and the trial's number alone.

    Args:
        seed: of the study.
        n_startup_trials: drawn at random before the estimator learns.
    """

    def __init__(self, seed: int, n_startup_trials: int) -> None:
        self._seed = seed
        self._n_startup_trials = n_startup_trials
        self._tpe = self._seeded(0)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Start the trial's own sequence of random numbers."""
        self._tpe = self._seeded(trial.number)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As TPE."""
        return self._tpe.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As TPE."""
        return self._tpe.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """As TPE."""
        return self._tpe.sample_independent(study, trial, param_name, param_distribution)

    def _seeded(self, trial_number: int) -> TPESampler:
        seed = np.random.SeedSequence([self._seed, trial_number]).generate_state(1)[0]
        return TPESampler(n_startup_trials=self._n_startup_trials, seed=int(seed))
