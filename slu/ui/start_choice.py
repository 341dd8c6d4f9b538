"""What training begins with: a model, settings to start from, and a name for what comes of it."""

from collections.abc import Callable, Sequence

import streamlit as st

from slu.config.presets import model_names
from slu.runs import Start, TrainingRun, recommended_model, starting_points
from slu.settings import Settings
from slu.ui.controls import summary
from slu.ui.language import mark, tr

ChooseName = Callable[[Settings, str], str | None]
"""Lets a person name what is begun with a model; none while something is wrong with the name."""


# As `starting_points` calls them.
_OTHERS = (mark("Standard settings"), mark("Best of the tuning study"))
_OF_RUN = "Settings of "


def choose_start(
    settings: Settings,
    runs: Sequence[TrainingRun],
    page: str,
    explanation: str,
    choose_name: ChooseName,
) -> tuple[str | None, Start]:
    """Let a person choose; both pages that train begin so.

    Args:
        settings: of the project.
        runs: whose settings can be started from.
        page: begins the keys of the choices.
        explanation: what the settings are for.
        choose_name: shown beside.

    Returns:
        the name, if it can be used, and the settings.

    Raises:
        SLUError: the settings cannot be read.
    """
    left, middle, right = st.columns([2, 3, 3])
    model = left.segmented_control(
        tr("Model"), model_names(), default=recommended_model(), required=True,
        format_func=str.upper, key=f"{page} model", persist_state="session",
    )  # fmt: skip
    points = starting_points(settings.project_root / "configs", model, runs)
    begin = middle.selectbox(
        tr("Start from"), list(points), format_func=_called, key=f"{page} start {model}",
        persist_state="session", help=explanation,
    )  # fmt: skip
    with right:
        name = choose_name(settings, model)
    start = points[begin]()
    st.caption(f"{model.upper()}: {tr(summary(type(start.model)))}")
    return name, start


def _called(point: str) -> str:
    if point.startswith(_OF_RUN):
        return tr("Settings of {name}", name=point.removeprefix(_OF_RUN))
    return tr(point)
