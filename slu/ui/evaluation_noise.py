"""How a version stands noise: accuracy against the signal-to-noise ratio."""

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from slu.config.augment import NoiseKind
from slu.evaluation.archive import Subject, noise_path, read_facts
from slu.evaluation.noise_sweep import NoisePoint, points_of
from slu.evaluation.scores import Interval
from slu.settings import Settings
from slu.ui.evaluation import ALL_SLOTS, slot_name
from slu.ui.evaluation_choice import subject_arguments
from slu.ui.evaluation_work import offer_job, show_age
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown
from slu.ui.style import CHART_CONFIG, GREY, SLOT_COLOURS, styled

# So that a sweep takes a minute or two whatever the corpus.
_MOST_CLIPS = 1000
_STEP = 0.05
_LEVELS_DB = "30,20,10,5,0"
_SOUNDS = {
    NoiseKind.WHITE: mark("white (hiss, as of rain)"),
    NoiseKind.PINK: mark("pink (even, as of a fan)"),
    NoiseKind.BROWN: mark("brown (rumble, as of traffic)"),
}


def show_noise(settings: Settings, subject: Subject) -> None:
    """The curve, how old it is, and a button to make it."""
    kind = st.selectbox(
        tr("Noise"), list(_SOUNDS), index=1, format_func=lambda sound: tr(_SOUNDS[sound]),
        key="noise kind", persist_state="session", width=320,
    )  # fmt: skip
    note, button = st.columns([3, 1], vertical_alignment="center")
    made_at, points = None, []
    with note, errors_shown():
        sweep = read_facts(noise_path(subject.folder(settings.artifacts_dir), kind))
        if sweep is None:
            st.info(
                tr(
                    "Noise is mixed into the clips, louder and louder, and each is judged again: "
                    "at most {most:,} clips, a minute or two.",
                    most=_MOST_CLIPS,
                ),
                icon=":material/hearing:",
            )
        else:
            made_at, points = datetime.fromisoformat(sweep["evaluated_at"]), points_of(sweep)
            show_age(made_at, subject.change_since(sweep))
    options = ("--snr", _LEVELS_DB, "--noise", kind, "--max-clips", str(_MOST_CLIPS))
    offer_job(
        button,
        ("noise-sweep", *subject_arguments(settings, subject), *options),
        title=tr("Noise for {version}", version=subject.entry.version),
        label=tr("Judge with noise again") if made_at else tr("Judge with noise"),
        done_at=made_at,
    )
    if points:
        st.plotly_chart(noise_figure(points), config=CHART_CONFIG, key="noise curve")
        st.caption(
            tr(
                "{count:,} clips, with 95 % intervals. The noise is the same at every level, only "
                "louder.",
                count=points[0].utterances,
            )
        )


def noise_figure(points: Sequence[NoisePoint]) -> go.Figure:
    """Accuracy of each slot and of all at every level of noise, with 95 % intervals."""
    curves = {slot: [point.slots[slot] for point in points] for slot in points[0].slots}
    curves |= {ALL_SLOTS: [point.joint_accuracy for point in points]}
    figure = go.Figure()
    for index, (name, shares) in enumerate(curves.items()):
        width = 4 if name == ALL_SLOTS else 2
        figure.add_trace(
            _curve(slot_name(name), shares, SLOT_COLOURS[index % len(SLOT_COLOURS)], width, index)
        )
    answered = [point.accepted for point in points]
    figure.add_trace(_curve(tr("answered"), answered, GREY, 2, len(curves)))
    levels = [tr("no noise") if p.snr_db is None else f"{p.snr_db:g} dB" for p in points]
    figure.update_xaxes(
        title=tr("speech above noise (0 dB: equally loud)"),
        tickvals=list(range(len(levels))),
        ticktext=levels,
    )
    figure.update_yaxes(title=tr("share of clips"), range=[-0.02, 1.04], tickformat=".0%")
    return styled(figure, tr("Right with noise"), height=420)


def _curve(
    name: str, shares: Sequence[Interval], colour: str, width: int, index: int
) -> go.Scatter:
    return go.Scatter(
        # Side by side, so that no interval hides another.
        x=[level + _STEP * index for level in range(len(shares))],
        y=[share.value for share in shares],
        error_y={
            "array": [share.high - share.value for share in shares],
            "arrayminus": [share.value - share.low for share in shares],
            "thickness": 1,
        },
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": width},
        hovertemplate=f"%{{y:.1%}} {name}<extra></extra>",
    )
