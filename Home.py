"""The studio at a glance: what is in use, how good it is, and what to do next."""

import streamlit as st

from slu.overview import NextStep, Overview, look_over
from slu.settings import get_settings
from slu.ui.jobs import show_all_jobs
from slu.ui.language import mark, tr
from slu.ui.markdown import plain
from slu.ui.page import errors_shown, open_page

STEPS = {
    NextStep.MAKE_DATA: (
        mark(
            "There is no data yet. Write down what people can order, and let synthetic voices "
            "say it."
        ),
        ("pages/1_Data.py", mark("Write the catalogue"), ":material/edit_note:"),
    ),
    NextStep.BUILD_FEATURES: (
        mark("Your recordings are in. Prepare them for training."),
        ("pages/3_Preprocess.py", mark("Build the features"), ":material/graphic_eq:"),
    ),
    NextStep.TRAIN: (
        mark("Your data is ready. Train a model on it; that takes a few minutes."),
        ("pages/4_Train.py", mark("Train a model"), ":material/model_training:"),
    ),
    NextStep.PROMOTE: (
        mark("A trained model is not in use yet. Judge it, and put it to use if it is good."),
        ("pages/6_Evaluate.py", mark("Judge the models"), ":material/fact_check:"),
    ),
    NextStep.TALK: (
        mark("A model is in use. Talk to it, or give it a recording."),
        ("pages/7_Predict.py", mark("Talk to it"), ":material/mic:"),
    ),
}
MOST_NAMED = 5
# What a person may want once everything works.
FURTHER = (
    ("pages/1_Data.py", mark("Add your own catalogue or voices"), ":material/edit_note:"),
    ("pages/5_Tune.py", mark("Find better settings"), ":material/tune:"),
    ("pages/6_Evaluate.py", mark("Judge the models by ear"), ":material/fact_check:"),
)


def show_next_step(overview: Overview) -> None:
    """What to do next, with the way there."""
    advice, *ways = STEPS[overview.next_step]
    if overview.next_step is NextStep.TALK:
        ways += FURTHER
    with st.container(border=True):
        st.subheader(tr("What to do next"))
        if overview.unknown_labels:
            st.markdown(_never_heard(overview))
        st.markdown(tr(advice))
        with st.container(horizontal=True):
            for page, label, icon in ways:
                st.page_link(page, label=tr(label), icon=icon)


def _never_heard(overview: Overview) -> str:
    """Why the model in use is not enough for the recordings that there are."""
    assert overview.active is not None
    named = ", ".join(plain(label) for label in overview.unknown_labels[:MOST_NAMED])
    if len(overview.unknown_labels) > MOST_NAMED:
        named = tr("{names} and others", names=named)
    return tr(
        "The model in use, **{version}**, never learned these labels of your recordings: {labels}.",
        version=overview.active.version, labels=named,
    )  # fmt: skip


def show_model(overview: Overview) -> None:
    """The model in use and its scores."""
    st.subheader(tr("Model in use"))
    entry = overview.active
    if entry is None:
        st.info(tr("No model is in use yet. “What to do next” leads to one."))
        return
    made_on = tr("made {date}", date=entry.created_at[:10])
    st.markdown(f"**{entry.version}** · {made_on}")
    scores = entry.metrics.get("test") or entry.metrics.get("val")
    if scores is None:
        return
    joint = scores["joint_accuracy"]
    with st.container(horizontal=True):
        st.metric(tr("All slots right"), f"{joint['value']:.1%}")
        for slot, slot_scores in scores["slots"].items():
            st.metric(slot.capitalize(), f"{slot_scores['accuracy']['value']:.1%}")
    st.caption(
        tr(
            "On {count} test clips; 95 % interval {low:.1%} to {high:.1%}.",
            count=scores["utterances"], low=joint["low"], high=joint["high"],
        )
    )  # fmt: skip
    if set(overview.corpus.sources if overview.corpus else ()) == {"synthetic"}:
        st.caption(
            tr("On synthetic voices. Real people are harder: judge with recordings of yours.")
        )


def show_data(overview: Overview) -> None:
    """The ingested corpus in numbers."""
    st.subheader(tr("Data"))
    corpus = overview.corpus
    if corpus is None:
        st.info(tr("There are no recordings yet. Make or add some on the page Data."))
        return
    with st.container(horizontal=True):
        st.metric(tr("Clips"), f"{corpus.utterances:,}")
        st.metric(tr("Minutes"), f"{corpus.total_duration_s / 60:.0f}")
        st.metric(tr("Speakers"), f"{len(corpus.speakers):,}")


def show_traffic(overview: Overview) -> None:
    """Requests of the last day."""
    st.subheader(tr("Last day"))
    traffic = overview.traffic
    if not traffic.rows:
        st.info(
            tr(
                "Nobody has asked anything in the last day. Say something to it on the page "
                "Predict."
            )
        )
        return
    with st.container(horizontal=True):
        st.metric(tr("Requests"), f"{traffic.rows:,}")
        st.metric(tr("Answer time, p95"), f"{traffic.p95_latency_ms:.0f} ms")
        st.metric(tr("Not understood"), f"{traffic.rejection_rate:.0%}")


open_page(tr("SLU Studio"), tr("Short spoken orders, recognised straight from sound."))
with errors_shown():
    overview = look_over(get_settings())
    show_next_step(overview)
    left, right = st.columns(2, gap="large")
    with left:
        show_model(overview)
        show_traffic(overview)
    with right:
        show_data(overview)
        st.subheader(tr("Background work"))
        show_all_jobs()
