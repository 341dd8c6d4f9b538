"""The studio at a glance: what is in use, how good it is, and what to do next."""

import streamlit as st

from slu.overview import NextStep, Overview, look_over
from slu.settings import get_settings
from slu.ui.page import errors_shown, open_page

STEPS = {
    NextStep.MAKE_DATA: (
        "There is no data yet.",
        "Make a corpus of spoken orders: `slu synth`, then `slu ingest` and `slu preprocess`.",
    ),
    NextStep.TRAIN: (
        "Your data is ready, and there is no model yet.",
        "Train one: `slu train` (a few minutes).",
    ),
    NextStep.PROMOTE: (
        "Models are trained, and none is in use.",
        "See them with `slu models`, and put one to use with `slu promote VERSION`.",
    ),
    NextStep.TALK: ("A model is in use.", "Talk to it, or give it a recording."),
}


def show_next_step(overview: Overview) -> None:
    """What to do next, with the way there."""
    finding, advice = STEPS[overview.next_step]
    with st.container(border=True):
        st.subheader("What to do next")
        st.markdown(f"**{finding}** {advice}")
        if overview.next_step is NextStep.TALK:
            st.page_link("pages/7_Predict.py", label="Talk to it", icon=":material/mic:")


def show_model(overview: Overview) -> None:
    """The model in use and its scores."""
    st.subheader("Model in use")
    entry = overview.active
    if entry is None:
        st.info("No model is in use.")
        return
    st.markdown(f"**{entry.version}** · made {entry.created_at[:10]}")
    scores = entry.metrics.get("test") or entry.metrics.get("val")
    if scores is None:
        return
    joint = scores["joint_accuracy"]
    first, *others = st.columns(1 + len(scores["slots"]))
    first.metric(
        "All slots right",
        f"{joint['value']:.1%}",
        help=f"95 % interval: {joint['low']:.1%} to {joint['high']:.1%}, "
        f"{scores['utterances']} test clips",
    )
    for column, (slot, slot_scores) in zip(others, scores["slots"].items(), strict=True):
        column.metric(slot.capitalize(), f"{slot_scores['accuracy']['value']:.1%}")
    if set(overview.corpus.sources if overview.corpus else ()) == {"synthetic"}:
        st.caption("On synthetic voices. Real people are harder: judge with recordings of yours.")


def show_data(overview: Overview) -> None:
    """The ingested corpus in numbers."""
    st.subheader("Data")
    corpus = overview.corpus
    if corpus is None:
        st.info("No corpus is ingested.")
        return
    clips, minutes, speakers = st.columns(3)
    clips.metric("Clips", f"{corpus.utterances:,}")
    minutes.metric("Minutes", f"{corpus.total_duration_s / 60:.0f}")
    speakers.metric("Speakers", f"{len(corpus.speakers):,}")


def show_traffic(overview: Overview) -> None:
    """Requests of the last day."""
    st.subheader("Last day")
    traffic = overview.traffic
    if not traffic.rows:
        st.info("Nobody has asked anything in the last day.")
        return
    requests, latency, rejected = st.columns(3)
    requests.metric("Requests", f"{traffic.rows:,}")
    latency.metric("Latency, p95", f"{traffic.p95_latency_ms:.0f} ms")
    rejected.metric("Not understood", f"{traffic.rejection_rate:.0%}")


open_page("SLU Studio", "Short spoken orders, recognised straight from sound.")
with errors_shown():
    overview = look_over(get_settings())
    show_next_step(overview)
    left, right = st.columns(2, gap="large")
    with left:
        show_model(overview)
    with right:
        show_data(overview)
        show_traffic(overview)
