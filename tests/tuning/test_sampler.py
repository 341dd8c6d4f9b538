import optuna
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.samplers import BaseSampler

from slu.tuning.sampler import TrialSeededSampler


def parabola(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1, 1)
    return x**2 + trial.suggest_int("y", 0, 9) * trial.suggest_float("z", 0, 1)


def drawn(study: optuna.Study) -> list[dict[str, float]]:
    return [trial.params for trial in study.trials]


def study_with(sampler: BaseSampler) -> optuna.Study:
    return optuna.create_study(sampler=sampler)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32), n_before=st.integers(0, 12))
def test_a_continued_study_draws_what_an_uninterrupted_one_draws(seed: int, n_before: int) -> None:
    whole = study_with(TrialSeededSampler(seed, n_startup_trials=5))
    whole.optimize(parabola, n_trials=12)
    parted = study_with(TrialSeededSampler(seed, n_startup_trials=5))
    if n_before:
        parted.optimize(parabola, n_trials=n_before)
    parted.sampler = TrialSeededSampler(seed, n_startup_trials=5)
    if n_before < 12:
        parted.optimize(parabola, n_trials=12 - n_before)
    assert drawn(parted) == drawn(whole)


def test_workers_with_the_same_seed_draw_different_trials() -> None:
    study = study_with(TrialSeededSampler(7, n_startup_trials=10))
    for _ in range(4):
        study.sampler = TrialSeededSampler(7, n_startup_trials=10)
        study.optimize(parabola, n_trials=1)
    assert len({params["x"] for params in drawn(study)}) == 4


def test_settings_of_one_trial_are_drawn_independently() -> None:
    study = study_with(TrialSeededSampler(7, n_startup_trials=50))
    study.optimize(parabola, n_trials=50)
    same = [abs((params["x"] + 1) / 2 - params["z"]) < 0.01 for params in drawn(study)]
    assert sum(same) < 10


def test_it_learns() -> None:
    study = study_with(TrialSeededSampler(7, n_startup_trials=10))
    study.optimize(parabola, n_trials=40)
    values = [trial.value or 0.0 for trial in study.trials]
    assert sum(values[30:]) < sum(values[:10]) / 4
