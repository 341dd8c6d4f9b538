"""One trial of a study: its curve beside that of the best, its settings, and training with them."""

import pandas as pd
import streamlit as st

from slu.jobs import Job
from slu.runs import Start, plan_run, suggest_run_name
from slu.settings import Settings
from slu.tuning.study import study_configs, trial_configs
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.language import mark, tr
from slu.ui.style import SLOT_COLOURS
from slu.ui.tune import TRIAL, StudyView, setting_label
from slu.ui.tune_marks import HEIGHT_PX, HIGHLIGHT, value_axis, value_text, written
from slu.ui.vega import LEGEND, Chart, Spec, titled

_ENDS = {
    "complete": mark("It ran to its end."),
    "pruned": mark("It was given up as not promising."),
    "fail": mark("It failed."),
    "running": mark("It is running."),
    "waiting": mark("It waits."),
}


def chosen_trial(view: StudyView) -> int | None:
    """The trial to look at: the one that was clicked or typed, else the best, else the newest."""
    chosen: int | None = st.session_state.get(TRIAL)
    if chosen in view.outcomes.index:
        return chosen
    if view.best is not None or view.outcomes.empty:
        return view.best
    return int(view.outcomes.index[-1])


def show_trial(settings: Settings, view: StudyView) -> None:
    """All about the trial that was chosen."""
    number = chosen_trial(view)
    if number is None:
        return
    title, choice = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader(
        tr("Trial {number}, the best so far", number=number)
        if number == view.best
        else tr("Trial {number}", number=number)
    )
    choice.number_input(
        tr("Look at trial"), 0, int(view.outcomes.index[-1]), None, key=TRIAL,
        placeholder=tr("the best"), help=tr("Or click it in a figure. Empty: the best."),
    )  # fmt: skip
    _show_outcome(view, number)
    figure, table = st.columns(2)
    with figure:
        _show_curve(view, number)
    with table:
        st.dataframe(
            _settings_table(view, number), height="content", key="tune settings",
            column_config={tr("setting"): st.column_config.TextColumn(width="medium")},
        )  # fmt: skip
    _offer_training(settings, view, number)


def _show_outcome(view: StudyView, number: int) -> None:
    outcome = view.outcomes.loc[number]
    with st.container(horizontal=True):
        st.metric(tr("Value"), value_text(view, outcome["value"]), width="content")
        st.metric(tr("Epochs"), int(outcome["n_epochs"]), width="content")
        lasted = outcome["duration_s"]
        st.metric(tr("Took"), "–" if pd.isna(lasted) else f"{lasted:.0f} s", width="content")
    st.caption(tr(_ENDS[outcome["state"]]))


def _show_curve(view: StudyView, number: int) -> None:
    titles = _titles(view, number)
    data = view.store.curves(view.name, set(titles))
    if data.empty:
        st.caption(tr("Its curve begins when its first epoch is over."))
        return
    data["curve"] = data["number"].map(titles)
    Chart(data, _curve_spec(view, list(titles.values()))).show("tune curve")


def _titles(view: StudyView, number: int) -> dict[int, str]:
    """What the trial, and the best if it is another one, are called beside each other."""
    titles = {number: tr("trial {number}", number=number)}
    if view.best is not None:
        titles.setdefault(view.best, tr("the best"))
    return titles


def _curve_spec(view: StudyView, curves: list[str]) -> Spec:
    return titled(tr("How it learned"), HEIGHT_PX) | {
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "epoch",
                "title": tr("epoch"),
                "type": "quantitative",
                "axis": {"tickMinStep": 1},
            },
            "y": value_axis(view),
            "color": {
                "field": "curve",
                "type": "nominal",
                "scale": {"domain": curves, "range": [HIGHLIGHT, SLOT_COLOURS[0]]},
                "legend": LEGEND,
            },
        },
    }


def _settings_table(view: StudyView, number: int) -> pd.DataFrame:
    titles = _titles(view, number)
    drawn = {title: view.store.trial(view.name, n).params for n, title in titles.items()}
    return pd.DataFrame(
        {
            title: {
                setting_label(key): written(params[key]) if key in params else "–"
                for key in view.knobs
            }
            for title, params in drawn.items()
        }
    ).rename_axis(tr("setting"))


def _offer_training(settings: Settings, view: StudyView, number: int) -> None:
    """A model with the settings of this trial, trained in full and registered."""
    tuned = f"{view.name}/{number}"
    job = latest_job(tuned=tuned)
    if job is not None:
        _show_training(job)
        return
    if st.button(
        tr("Train this one"), type="primary", icon=":material/model_training:",
        key=f"train {tuned}",
        help=tr("Trains a model with the settings of this trial, in the background."),
    ):  # fmt: skip
        configs = trial_configs(view.study, view.store.trial(view.name, number))
        start = Start(*configs, study_configs(view.study).preprocess)
        name = suggest_run_name(settings, start.model.name)
        title = tr("Training {name}", name=name)
        start_job(plan_run(settings, name, start), title, run=name, tuned=tuned)
        st.rerun()


def _show_training(job: Job) -> None:
    show_job(job.id)
    st.page_link(
        "pages/4_Train.py",
        label=tr("See {name} on the page Train", name=job.parameters["run"]),
        icon=":material/school:",
    )
