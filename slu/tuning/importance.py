"""How much of the difference between trials each setting explains."""

from collections.abc import Mapping

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import StudyDirection
from optuna.trial import create_trial

N_COMPARED = 2
"""Optuna holds the best two trials against all; with fewer that differ there is nothing to tell."""
MOST_TRIALS = 1000
"""Of more trials, so many drawn at random tell as much."""


def importances(
    values: pd.Series,
    settings: pd.DataFrame,
    distributions: Mapping[str, BaseDistribution],
    direction: StudyDirection,
) -> dict[str, float]:
    """PED-ANOVA (Watanabe et al. 2023, arXiv 2304.10255).

    Args:
        values: of the trials that ran to their end, by number.
        settings: of all trials, by number.
        distributions: what the settings were drawn from.
        direction: whether high or low values are good.

    Returns:
        setting -> share, the largest first; empty where trials do not differ enough to tell.
    """
    if not tell_apart(values, direction):
        return {}
    rng = np.random.default_rng(0)
    drawn = rng.permutation(values.index.to_numpy())[:MOST_TRIALS]
    study = optuna.create_study(direction=direction)
    study.add_trials(
        create_trial(value=values[number], params=params, distributions=dict(distributions))
        for number, params in settings.loc[drawn].to_dict("index").items()
    )
    return dict(get_param_importances(study, evaluator=PedAnovaImportanceEvaluator()))


def tell_apart(values: pd.Series, direction: StudyDirection) -> bool:
    """Whether the best of these values are better than others."""
    ordered = values.sort_values(ascending=direction == StudyDirection.MINIMIZE).to_list()
    return len(ordered) > N_COMPARED and ordered[N_COMPARED - 1] != ordered[-1]
