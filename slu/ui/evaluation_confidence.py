"""What confidence is worth: is the model right as often as it is sure, what does rejecting do?"""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from slu.evaluation.confidence import rejection_curve, reliability
from slu.evaluation.predictions import all_right, confidence_column, predicted_column
from slu.registry import Registry
from slu.ui.evaluation import ALL_SLOTS, Judged, choose_slot, slot_name, slots_chosen
from slu.ui.language import tr
from slu.ui.style import CHART_CONFIG, GREY, SLOT_COLOURS, styled

_HEIGHT = 420


def show_confidence(judged: Judged, registry: Registry) -> None:
    """The reliability diagram and the effect of the rejection threshold."""
    choice = choose_slot(judged.slots, "reliability slot", with_all=True)
    left, right = st.columns(2, gap="large")
    column = "joint_confidence" if choice == ALL_SLOTS else confidence_column(choice)
    hits = all_right(judged.predictions, slots_chosen(choice, judged.slots))
    bins = reliability(judged.predictions[column].to_numpy(float), hits)
    figure = reliability_figure(bins, slot_name(choice))
    left.plotly_chart(figure, config=CHART_CONFIG, key="reliability")
    left.caption(
        tr(
            "On the line, the model is right as often as it is sure. Below it, it is too sure of "
            "itself. The bars are 95 % intervals; larger points stand for more clips."
        )
    )
    threshold = float(registry.config(judged.subject.entry)["rejection_threshold"])
    curve = _curve(judged)
    right.plotly_chart(rejection_figure(curve, threshold), config=CHART_CONFIG, key="rejection")
    right.caption(_effect(curve, threshold))


def reliability_figure(bins: pd.DataFrame, name: str) -> go.Figure:
    """Accuracy against confidence.

    Args:
        bins: as `reliability` gives them.
        name: of the slot.
    """
    share = bins["utterances"] / bins["utterances"].sum()
    figure = go.Figure(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dash"},
            name=tr("as sure as right"), hoverinfo="skip",
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=bins["confidence"],
            y=bins["accuracy"],
            error_y={
                "array": bins["high"] - bins["accuracy"],
                "arrayminus": bins["accuracy"] - bins["low"],
            },
            customdata=bins["utterances"],
            mode="markers",
            marker={"size": 8 + 18 * share, "color": SLOT_COLOURS[0]},
            name=tr("clips of like confidence"),
            hovertemplate=tr("sure %{x:.0%}, right %{y:.1%}<br>%{customdata} clips")
            + "<extra></extra>",
        )
    )
    figure.update_xaxes(title=tr("confidence"), range=[-0.02, 1.04], tickformat=".0%")
    figure.update_yaxes(title=tr("right"), range=[-0.02, 1.04], tickformat=".0%")
    return styled(figure, tr("Reliability: {name}", name=name), _HEIGHT)


def rejection_figure(curve: pd.DataFrame, threshold: float) -> go.Figure:
    """What would be answered, and how well, over the rejection threshold.

    Args:
        curve: as `rejection_curve` gives it.
        threshold: in force.
    """
    figure = go.Figure()
    for column, name, colour in (
        ("answered", tr("answered"), SLOT_COLOURS[4]),
        ("accuracy", tr("right, where answered"), SLOT_COLOURS[2]),
    ):
        figure.add_trace(
            go.Scatter(
                x=curve["threshold"], y=curve[column], name=name, mode="lines",
                line={"color": colour, "width": 3},
                hovertemplate=tr("from %{x:.0%} on: %{y:.1%} %{fullData.name}") + "<extra></extra>",
            )
        )  # fmt: skip
    figure.add_vline(
        threshold, line_dash="dot", line_color=GREY, annotation_text=tr("now"),
        annotation_position="bottom right",
    )  # fmt: skip
    figure.update_xaxes(title=tr("rejected below this confidence"), range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title=tr("share of clips"), range=[-0.02, 1.04], tickformat=".0%")
    return styled(figure, tr("If doubtful answers are rejected"), _HEIGHT)


def _curve(judged: Judged) -> pd.DataFrame:
    predictions, slots = judged.predictions, judged.slots
    return rejection_curve(
        predictions["joint_confidence"].to_numpy(float),
        all_right(predictions, slots),
        (predictions[predicted_column(slots[0])] != "").to_numpy(bool),
    )


def _effect(curve: pd.DataFrame, threshold: float) -> str:
    now = curve.iloc[(curve["threshold"] - threshold).abs().argmin()]
    if pd.isna(now["accuracy"]):
        right = tr("none of them right")
    else:
        right = tr("{share:.1%} right", share=now["accuracy"])
    return tr(
        "Answers below {threshold:.0%} are rejected now: {answered:.1%} of the clips are "
        "answered, {right}. A higher threshold answers less and errs less.",
        threshold=threshold,
        answered=now["answered"],
        right=right,
    )
