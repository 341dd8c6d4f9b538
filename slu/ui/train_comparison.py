"""Runs side by side: their curves, the settings in which they differ, their scores."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from slu.runs import RunState, TrainingRun, differing_settings, list_runs
from slu.settings import Settings
from slu.ui.curves import comparison_chart
from slu.ui.language import mark, tr
from slu.ui.train_run import UPDATE_EVERY_S, epochs_done, is_at_work, training_jobs

_MOST = 4
_STATES = {
    RunState.PLANNED: mark("planned"),
    RunState.UNFINISHED: mark("unfinished"),
    RunState.FINISHED: mark("finished"),
}


def compare_runs(settings: Settings) -> None:
    """Choose two to four runs and see them side by side."""
    names = [run.name for run in list_runs(settings)[0]]
    if len(names) < 2:
        st.info(tr("There is nothing to compare yet: train two models."), icon=":material/compare:")
        return
    chosen = st.multiselect(
        tr("Runs to compare (two to four)"), names, names[:2], max_selections=_MOST,
        key="train compared", persist_state="session",
    )  # fmt: skip
    if len(chosen) < 2:
        st.info(tr("Choose two runs or more."), icon=":material/compare:")
        return
    jobs = training_jobs()
    is_live = any(is_at_work(jobs.get(name)) for name in chosen)
    show = st.fragment(_show_comparison, run_every=UPDATE_EVERY_S if is_live else None)
    show(settings, chosen)


def _show_comparison(settings: Settings, names: list[str]) -> None:
    found = {run.name: run for run in list_runs(settings)[0]}
    runs = {name: found[name] for name in names if name in found}
    histories = {name: run.history for name, run in runs.items()}
    left, right = st.columns(2)
    for place, column, title in (
        (left, "val_loss", tr("Validation loss")),
        (right, "val_joint_accuracy", tr("All slots right, validation clips")),
    ):
        with place:
            comparison_chart(histories, column, title).show(f"compared {column}")
    st.subheader(tr("Scores"))
    st.dataframe(_scores_table(runs), height="content", key="compared scores")
    st.subheader(tr("Settings that differ"))
    settings_table = _settings_table({name: run.settings for name, run in runs.items()})
    if settings_table.empty:
        st.caption(tr("None: they were trained with the same settings."))
    else:
        st.dataframe(settings_table, height="content", key="compared settings")


def _scores_table(runs: Mapping[str, TrainingRun]) -> pd.DataFrame:
    scores = {name: _scores(run) for name, run in runs.items()}
    return pd.DataFrame(scores).fillna("–").rename_axis(tr("score"))


def _scores(run: TrainingRun) -> dict[str, str]:
    history = run.history
    best = history.best
    scores = {
        tr("state"): tr(_STATES[run.state]),
        tr("epochs"): epochs_done(run),
        tr("best epoch"): f"{best['epoch']:.0f}" if best else "–",
        tr("an epoch takes"): f"{history.epoch_s:.1f} s" if history.epoch_s else "–",
        tr("best in validation"): f"{best['val_joint_accuracy']:.1%}" if best else "–",
    }
    if run.state is RunState.FINISHED and run.entry is not None:
        for split, found in run.entry.metrics.items():
            scores[tr("{split}: all slots right", split=split)] = _interval(found["joint_accuracy"])
            for slot, slot_scores in found["slots"].items():
                scores[f"{split}: {slot}"] = _interval(slot_scores["accuracy"])
    return scores


def _interval(score: Mapping[str, Any]) -> str:
    return tr(
        "{value:.1%} ({low:.1%} to {high:.1%})",
        value=score["value"], low=score["low"], high=score["high"],
    )  # fmt: skip


def _settings_table(runs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    rows = {
        key: {name: _written(values[name]) if name in values else "–" for name in runs}
        for key, values in differing_settings(runs).items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(tr("setting"))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
