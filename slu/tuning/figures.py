"""What a study found, as files: three figures and the best trials."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna import visualization
from plotly.graph_objects import Figure

from slu.files import replacing, write_json
from slu.tuning.importance import tell_apart
from slu.tuning.study import (
    best_trials,
    finished_trials,
    metric_of,
    search_space,
    summarise,
)

_N_TOP = 5


def write_study_report(study: optuna.Study, folder: Path) -> None:
    """Write the figures of a study, self-contained, and `optuna_best.json`.

    Args:
        study: with or without finished trials.
        folder: gets `optuna_history.html`, `optuna_parallel.html`, `optuna_importance.html` and
            `optuna_best.json`.
    """
    _write_figure(folder / "optuna_history.html", visualization.plot_optimization_history(study))
    _write_figure(folder / "optuna_parallel.html", visualization.plot_parallel_coordinate(study))
    _write_figure(folder / "optuna_importance.html", importance_figure(study))
    write_json(folder / "optuna_best.json", _describe(study))


def importance_figure(study: optuna.Study) -> Figure:
    """How much of the difference between trials each setting explains (PED-ANOVA).

    A note where there are too few trials to tell.
    """
    values = pd.Series([trial.value for trial in best_trials(study)], dtype=float)
    if not tell_apart(values, study.direction):
        return Figure(layout={"title": "Importance shows when more trials have ended differently."})
    return visualization.plot_param_importances(study)


def _write_figure(path: Path, figure: Figure) -> None:
    with replacing(path) as temporary:
        figure.write_html(temporary, include_plotlyjs=True)


def _describe(study: optuna.Study) -> dict[str, Any]:
    top = [asdict(trial) for trial in summarise(best_trials(study)[:_N_TOP], search_space(study))]
    return {
        "study": study.study_name,
        "metric": metric_of(study),
        "direction": study.direction.name.lower(),
        "n_trials": len(finished_trials(study)),
        "best_trial": next(iter(top), None),
        "top_trials": top,
    }
