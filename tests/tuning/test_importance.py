import numpy as np
import pandas as pd
import pytest
from optuna.distributions import FloatDistribution
from optuna.study import StudyDirection

from slu.tuning.importance import MOST_TRIALS, importances

DISTRIBUTIONS = {key: FloatDistribution(0, 1) for key in ("matters", "does not")}


def settings_of(n_trials: int) -> pd.DataFrame:
    drawn = np.random.default_rng(0).random((n_trials, 2))
    return pd.DataFrame(drawn, columns=list(DISTRIBUTIONS))


@pytest.mark.parametrize("n_trials", [40, MOST_TRIALS + 500])
@pytest.mark.parametrize("direction", [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE])
def test_what_decides_the_value_comes_first(n_trials: int, direction: StudyDirection) -> None:
    settings = settings_of(n_trials)
    found = importances(settings["matters"], settings, DISTRIBUTIONS, direction)
    assert next(iter(found)) == "matters"
    assert found["matters"] > 0.8
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.7], [0.5, 0.5, 0.5]])
def test_nothing_is_told_of_trials_that_do_not_differ(values: list[float]) -> None:
    settings = settings_of(len(values))
    assert (
        importances(pd.Series(values, dtype=float), settings, DISTRIBUTIONS,
                    StudyDirection.MAXIMIZE) == {}
    )  # fmt: skip
