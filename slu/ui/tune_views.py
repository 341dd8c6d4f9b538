"""The views of a study: one figure each, the table of its trials, and optuna-dashboard."""

import streamlit as st

from slu.settings import Settings
from slu.ui.language import mark, tr
from slu.ui.tune import FINISHED, StudyView
from slu.ui.tune_charts import (
    MOST_CURVES,
    MOST_POINTS,
    epochs_chart,
    history_chart,
    importance_chart,
    show_table,
    slice_chart,
)
from slu.ui.tune_dashboard import show_dashboard
from slu.ui.tune_parallel import MOST_LINES, parallel_chart
from slu.ui.tune_trial import chosen_trial

_SLICES_IN_A_ROW = 3


def _show_history(_: Settings, view: StudyView) -> None:
    history_chart(view).show("tune history")
    _tell_limit(view, MOST_POINTS)


def _show_epochs(_: Settings, view: StudyView) -> None:
    epochs_chart(view, chosen_trial(view)).show("tune epochs")
    if len(view.outcomes) > MOST_CURVES:
        st.caption(
            tr(
                "The best and the newest trials, {count} in all, and the chosen one.",
                count=MOST_CURVES,
            )
        )


def _show_parallel(_: Settings, view: StudyView) -> None:
    parallel_chart(view, chosen_trial(view)).show("tune parallel")
    _tell_limit(view, MOST_LINES)


def _show_importance(_: Settings, view: StudyView) -> None:
    shares = view.importances()
    if not shares:
        st.info(
            tr("It shows when more trials have run to their end with different values."),
            icon=":material/hourglass_empty:",
        )
        return
    importance_chart(shares).show("tune importance")
    st.caption(tr("Of the differences between trials that ran to their end (PED-ANOVA)."))


def _show_slices(_: Settings, view: StudyView) -> None:
    keys = [key for key in view.knobs if key in view.settings]
    for start in range(0, len(keys), _SLICES_IN_A_ROW):
        row = keys[start : start + _SLICES_IN_A_ROW]
        for column, key in zip(st.columns(_SLICES_IN_A_ROW), row, strict=False):
            with column:
                slice_chart(view, key).show(f"tune slice {key}")
    _tell_limit(view, MOST_POINTS)


def _tell_limit(view: StudyView, most: int) -> None:
    if int(view.outcomes["state"].isin(FINISHED).sum()) > most:
        st.caption(
            tr("{count:,} trials: the best half of them, and others drawn at random.", count=most)
        )


def _show_trials(_: Settings, view: StudyView) -> None:
    show_table(view)


VIEWS = {
    mark("History"): _show_history,
    mark("Epochs"): _show_epochs,
    mark("Side by side"): _show_parallel,
    mark("Importance"): _show_importance,
    mark("Each setting"): _show_slices,
    mark("Trials"): _show_trials,
    "optuna-dashboard": show_dashboard,
}
