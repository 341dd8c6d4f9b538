"""What is answered wrongly against what is turned away wrongly, and how to move the point."""

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from slu.data.metadata import is_order
from slu.evaluation.predictions import orders_of, predicted_column
from slu.evaluation.rejection import at_threshold, trade_off
from slu.evaluation.scores import Interval, share_interval
from slu.registry import Registry
from slu.settings import Settings
from slu.threshold import threshold_version
from slu.ui.clips import show_clips
from slu.ui.evaluation import CAPTION, Judged, described
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.style import CHART_CONFIG, GREY, SLOT_COLOURS, styled
from slu.workflows import set_threshold

_HEIGHT = 420
_STEPS = 1000
_OUTCOME = "threshold moved"


def of_orders(judged: Judged) -> Judged:
    """The part of an evaluation that is about orders.

    Raises:
        DataError: there is none.
    """
    orders = orders_of(judged.predictions, judged.slots)
    return replace(judged, predictions=orders, key=f"{judged.key} orders")


def show_rejection(settings: Settings, registry: Registry, judged: Judged) -> None:
    """The trade-off with the point in force, a slider to move it, and what is answered wrongly."""
    _show_outcome()
    orders = is_order(judged.predictions, judged.slots)
    if orders.all() or not orders.any():
        _tell_what_is_missing(bool(orders.all()))
        return
    in_force = float(registry.config(judged.subject.entry)["rejection_threshold"])
    curve = _curve(judged)
    chart, point = st.columns([3, 2], gap="large")
    with point:
        chosen = _choose_threshold(in_force, f"threshold {judged.key}")
        _show_point(judged, chosen)
        _offer_version(settings, registry, judged.subject.entry.version, chosen, in_force)
    figure = trade_off_figure(curve, in_force, chosen)
    chart.plotly_chart(figure, config=CHART_CONFIG, key="trade-off")
    chart.caption(
        tr(
            "Every threshold is a point of the curve: further left, less is answered that is no "
            "order; further down, fewer orders are turned away."
        )
    )
    _show_wrongly_answered(judged, chosen)


def _tell_what_is_missing(has_orders: bool) -> None:
    found = tr("only orders") if has_orders else tr("no orders")
    st.info(
        tr(
            "Among these clips there are {found}: the trade-off needs both. Switch on clips that "
            "are no orders (`negatives` in configs/corpus.yaml) and make the corpus anew, or add "
            "some with every slot `none`.",
            found=found,
        ),
        icon=":material/balance:",
    )


def trade_off_figure(curve: pd.DataFrame, in_force: float, chosen: float) -> go.Figure:
    """False rejects against false accepts.

    Args:
        curve: as `trade_off` gives it.
        in_force: the threshold of the version.
        chosen: the threshold that is tried.
    """
    figure = go.Figure(
        go.Scatter(
            x=curve["false_accept"], y=curve["false_reject"], customdata=curve["threshold"],
            mode="lines", line={"color": SLOT_COLOURS[0], "width": 3, "shape": "hv"},
            name=tr("all thresholds"),
            hovertemplate=tr(
                "below %{customdata:.1%} rejected: %{x:.1%} of the rest answered, %{y:.1%} of the "
                "orders turned away"
            )
            + "<extra></extra>",
        )
    )  # fmt: skip
    points = {tr("now"): (in_force, GREY, "circle")}
    if chosen != in_force:
        points[tr("tried")] = (chosen, SLOT_COLOURS[1], "diamond")
    for name, (threshold, colour, symbol) in points.items():
        row = at_threshold(curve, threshold)
        figure.add_trace(
            go.Scatter(
                x=[row["false_accept"]], y=[row["false_reject"]], mode="markers+text", name=name,
                text=[name], textposition="top right",
                marker={"size": 14, "color": colour, "symbol": symbol},
                hovertemplate=tr("%{fullData.name}: %{x:.1%} and %{y:.1%}") + "<extra></extra>",
            )
        )  # fmt: skip
    shares = {"tickformat": ".0%", "rangemode": "tozero"}
    figure.update_xaxes(title=tr("answered, though no order"), **shares)
    figure.update_yaxes(title=tr("orders turned away"), **shares)
    return styled(figure, tr("False accepts against false rejects"), _HEIGHT)


def _choose_threshold(in_force: float, key: str) -> float:
    """A slider in thousandths; where it was not moved, exactly the threshold in force."""
    start = round(in_force * _STEPS) / _STEPS
    moved = st.slider(
        tr("Reject answers below this confidence"), 0.0, 1.0, start, 1 / _STEPS, key=key,
        format="%.3f",
    )  # fmt: skip
    return in_force if moved == start else moved


def _show_point(judged: Judged, threshold: float) -> None:
    orders = is_order(judged.predictions, judged.slots)
    accepted = _is_usable(judged) & (judged.predictions["joint_confidence"] >= threshold)
    answered = accepted.to_numpy(bool)
    rows = {
        tr("Answered, though no order"): (share_interval(answered[~orders]), int((~orders).sum())),
        tr("Orders turned away"): (share_interval(~answered[orders]), int(orders.sum())),
    }
    with st.container(horizontal=True, gap="large"):
        for name, (share, count) in rows.items():
            st.metric(name, f"{share.value:.1%}", help=_explain(share, count), width="content")
    st.caption(" ".join(f"{name}: {_explain(*row)}" for name, row in rows.items()))


def _explain(share: Interval, count: int) -> str:
    return tr(
        "{low:.1%} to {high:.1%} (95 % interval, {count:,} clips).",
        low=share.low,
        high=share.high,
        count=count,
    )


def _offer_version(
    settings: Settings, registry: Registry, version: str, chosen: float, in_force: float
) -> None:
    name = threshold_version(version, chosen)
    if chosen == in_force:
        st.caption(
            tr(
                "This is the point of {version}. Move the slider to try another one.",
                version=version,
            )
        )
    elif registry.path_of(name).exists():
        st.info(
            tr(
                "This point is version **{name}** already; choose it above to put it to use.",
                name=name,
            )
        )
    elif st.button(
        tr("Use this point"),
        icon=":material/tune:",
        help=tr("Makes the version {name}.", name=name),
    ):
        with errors_shown(), st.spinner(tr("Making the version")):
            entry = set_threshold(settings, version, chosen)
            st.session_state[_OUTCOME] = entry.version
            st.rerun(scope="app")


def _show_outcome() -> None:
    """What became of the last point, once."""
    version = st.session_state.pop(_OUTCOME, None)
    if version is not None:
        st.success(
            tr(
                "**{version}** is a version of its own now, with this point and the same model. "
                "Choose it above and put it to use.",
                version=version,
            ),
            icon=":material/check_circle:",
        )


def _show_wrongly_answered(judged: Judged, threshold: float) -> None:
    predictions = judged.predictions
    orders = is_order(predictions, judged.slots)
    wrong = ~orders & _is_usable(judged) & (predictions["joint_confidence"] >= threshold)
    rows = predictions[wrong].sort_values("joint_confidence", ascending=False)
    if rows.empty:
        st.success(tr("At this point nothing is answered that is no order."))
        return
    show_clips(
        described(rows, judged.slots).assign(said=rows["text"].replace("", tr("(no words)"))),
        key=f"wrongly answered {judged.key}",
        caption=CAPTION,
        title=tr(
            "{answered:,} of {all:,} clips that are no orders would be answered, the surest first",
            answered=len(rows),
            all=int((~orders).sum()),
        ),
    )


def _is_usable(judged: Judged) -> "pd.Series[bool]":
    """Whether a recording held something to be understood."""
    return judged.predictions[predicted_column(judged.slots[0])] != ""


def _curve(judged: Judged) -> pd.DataFrame:
    return trade_off(
        judged.predictions["joint_confidence"].to_numpy(float),
        is_order(judged.predictions, judged.slots),
        _is_usable(judged).to_numpy(bool),
    )
