import json
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from slu.config.tune import TuneConfig
from slu.training.utterances import Corpus
from slu.tuning.beginning import begin_study
from slu.tuning.figures import importance_figure, write_study_report
from slu.tuning.space import SearchSpace

FIGURES = ("optuna_history.html", "optuna_parallel.html", "optuna_importance.html")


def study_of(
    values: list[float], storage_url: str, space: SearchSpace, corpus: Corpus
) -> optuna.Study:
    tune = TuneConfig.model_validate({"space": dict(space.knobs)})
    study = begin_study("corner shop", storage_url, space, tune, corpus)
    for index, value in enumerate(values):
        trial = create_trial(
            state=TrialState.COMPLETE,
            value=value,
            params={"train.learning_rate": (index + 1) / 1000, "model.channels": "[8, 8]"},
            distributions={
                "train.learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
                "model.channels": CategoricalDistribution(["[4, 4]", "[8, 8]"]),
            },
        )
        study.add_trial(trial)
    return study


@pytest.mark.parametrize(
    "values",
    [[], [0.5], [0.5, 0.7], [0.5, 0.5, 0.5], [0.1, 0.6, 0.3, 0.2, 0.5, 0.4, 0.7]],
    ids=["none", "one", "two", "equal", "many"],
)
def test_every_study_has_its_report(
    values: list[float], storage_url: str, space: SearchSpace, corpus: Corpus, tmp_path: Path
) -> None:
    study = study_of(values, storage_url, space, corpus)
    write_study_report(study, tmp_path / "m1")
    for name in FIGURES:
        page = (tmp_path / "m1" / name).read_text("utf-8")
        assert "Plotly.newPlot" in page
        # Plotly's script is inside; nothing is fetched.
        assert '<script src="http' not in page
        assert len(page) > 1_000_000
    best = json.loads((tmp_path / "m1" / "optuna_best.json").read_text("utf-8"))
    assert (best["study"], best["metric"], best["n_trials"]) == (
        "corner shop",
        "joint_accuracy",
        len(values),
    )
    assert [trial["value"] for trial in best["top_trials"]] == sorted(values, reverse=True)[:5]
    assert best["best_trial"] == (best["top_trials"][0] if values else None)


def test_importance_needs_trials_that_differ(
    storage_url: str, space: SearchSpace, corpus: Corpus
) -> None:
    equal = study_of([0.5, 0.5, 0.5], storage_url, space, corpus)
    assert "when more trials" in importance_figure(equal).layout.title.text
    several = study_of([0.1, 0.2, 0.9], storage_url, space, corpus)
    (bars,) = importance_figure(several).data
    assert set(bars.y) == set(space.knobs)
