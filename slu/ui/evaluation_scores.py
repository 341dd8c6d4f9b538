"""How good a version is: scores with their uncertainty, by source and by label."""

from typing import Any

import pandas as pd
import streamlit as st

from slu.evaluation.confidence import calibration_interval
from slu.evaluation.predictions import all_right, confidence_column
from slu.evaluation.scores import Interval, Scores, SlotScores, score, share_interval
from slu.ui.clips import source_name
from slu.ui.evaluation import Judged, choose_slot
from slu.ui.language import language, mark, tr

_INTERVAL_HELP = mark(
    "With other clips of the same kind, the score would lie there 95 times in 100."
)


def show_scores(judged: Judged) -> None:
    """All scores of an evaluation."""
    scores = _scores(judged.key, judged)
    _show_headline(scores)
    intervals = _intervals(judged.key, language(), judged, scores)
    _show_intervals(tr("Scores with their 95 % intervals"), mark("score"), intervals)
    sources = judged.predictions["source"].map(source_name).replace("", tr("unknown"))
    if sources.nunique() > 1:
        right = pd.Series(all_right(judged.predictions, judged.slots))
        shares = right.groupby(sources).agg(lambda hits: share_interval(hits.to_numpy(bool)))
        counts = sources.value_counts()
        rows = {
            tr("{source} ({count:,} clips)", source=source, count=counts[source]): share
            for source, share in shares.items()
        }
        _show_intervals(tr("All slots right, by source of the clips"), mark("source"), rows)
    st.markdown(tr("**By label**"))
    _show_classes(scores.slots[choose_slot(judged.slots, "labels of slot")])


def _show_headline(scores: Scores) -> None:
    shares = {
        tr("All slots right"): scores.joint_accuracy.value,
        **{_slot_right(slot): found.accuracy.value for slot, found in scores.slots.items()},
        tr("Answered"): scores.accepted,
        tr("Right, where answered"): scores.accepted_joint_accuracy,
    }
    with st.container(horizontal=True, gap="medium"):
        for name, share in shares.items():
            st.metric(name, f"{share:.1%}", width="content")


def _slot_right(slot: str) -> str:
    return tr("{slot} right", slot=slot.capitalize())


def _show_intervals(title: str, name: str, rows: dict[str, Interval]) -> None:
    st.markdown(f"**{title}**", help=tr(_INTERVAL_HELP))
    table = pd.DataFrame(
        [(row, share.value, share.low, share.high) for row, share in rows.items()],
        columns=[name, "value", "from", "to"],
    )
    table[["value", "from", "to"]] *= 100
    share = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        name: tr(name),
        "value": share(tr("value"), format="%.1f%%"),
        "from": share(tr("from"), format="%.1f%%"),
        "to": share(tr("to"), format="%.1f%%"),
    }
    st.dataframe(
        table, hide_index=True, height="content", column_config=columns, key=f"intervals by {name}"
    )


def _show_classes(scores: SlotScores) -> None:
    rows = [(label, c.precision, c.recall, c.f1, c.support) for label, c in scores.classes.items()]
    notes = {
        mark("precision"): tr("Of all times that it was understood: how often it was meant."),
        mark("recall"): tr("Of all times that it was said: how often it was understood."),
        "F1": tr("Both in one number."),
    }
    bars = {
        name: st.column_config.ProgressColumn(
            tr(name), format="percent", min_value=0, max_value=1, help=note
        )
        for name, note in notes.items()
    }
    table = pd.DataFrame(rows, columns=["label", *notes, "clips"])
    columns: dict[str, Any] = {"label": tr("label"), **bars, "clips": tr("clips")}
    st.dataframe(table, hide_index=True, column_config=columns, key="label table")


@st.cache_data(show_spinner=False, max_entries=16)
def _scores(key: str, _judged: Judged) -> Scores:
    return score(_judged.predictions, _judged.slots)


@st.cache_data(show_spinner=False, max_entries=16)
def _intervals(key: str, code: str, _judged: Judged, _scores: Scores) -> dict[str, Interval]:
    """Every score of an evaluation that has an interval, by its name in the language `code`."""
    predictions, slots = _judged.predictions, _judged.slots
    right = all_right(predictions, slots)
    accepted = predictions["accepted"].to_numpy(bool)
    rows = {tr("All slots right"): _scores.joint_accuracy}
    rows |= {_slot_right(slot): found.accuracy for slot, found in _scores.slots.items()}
    rows[tr("Answered")] = share_interval(accepted)
    if accepted.any():
        rows[tr("Right, where answered")] = share_interval(right[accepted])
    for slot, found in _scores.slots.items():
        rows[tr("{slot}, macro F1", slot=slot.capitalize())] = found.macro_f1
    joint = predictions["joint_confidence"].to_numpy(float)
    rows[tr("Calibration error")] = calibration_interval(joint, right)
    for slot in slots:
        confidence = predictions[confidence_column(slot)].to_numpy(float)
        error = calibration_interval(confidence, all_right(predictions, [slot]))
        rows[tr("{slot}, calibration error", slot=slot.capitalize())] = error
    return rows
