"""How good a version is: scores with their uncertainty, by source and by label."""

import pandas as pd
import streamlit as st

from slu.evaluation.confidence import calibration_interval
from slu.evaluation.predictions import all_right, confidence_column
from slu.evaluation.scores import Interval, Scores, SlotScores, score, share_interval
from slu.ui.evaluation import Judged, choose_slot

_INTERVAL_HELP = "With other clips of the same kind, the score would lie there 95 times in 100."
_SHARE = st.column_config.NumberColumn(format="%.1f%%")


def show_scores(judged: Judged) -> None:
    """All scores of an evaluation."""
    scores = _scores(judged.key, judged)
    _show_headline(scores)
    intervals = _intervals(judged.key, judged, scores)
    _show_intervals("Scores with their 95 % intervals", "score", intervals)
    sources = judged.predictions["source"].replace("", "unknown")
    if sources.nunique() > 1:
        right = pd.Series(all_right(judged.predictions, judged.slots))
        shares = right.groupby(sources).agg(lambda hits: share_interval(hits.to_numpy(bool)))
        counts = sources.value_counts()
        rows = {f"{source} ({counts[source]:,} clips)": share for source, share in shares.items()}
        _show_intervals("All slots right, by source of the clips", "source", rows)
    st.markdown("**By label**")
    _show_classes(scores.slots[choose_slot(judged.slots, "labels of slot")])


def _show_headline(scores: Scores) -> None:
    shares = {
        "All slots right": scores.joint_accuracy.value,
        **{f"{slot.capitalize()} right": s.accuracy.value for slot, s in scores.slots.items()},
        "Answered": scores.accepted,
        "Right, where answered": scores.accepted_joint_accuracy,
    }
    with st.container(horizontal=True, gap="medium"):
        for name, share in shares.items():
            st.metric(name, f"{share:.1%}", width="content")


def _show_intervals(title: str, name: str, rows: dict[str, Interval]) -> None:
    st.markdown(f"**{title}**", help=_INTERVAL_HELP)
    table = pd.DataFrame(
        [(row, share.value, share.low, share.high) for row, share in rows.items()],
        columns=[name, "value", "from", "to"],
    )
    table[["value", "from", "to"]] *= 100
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=dict.fromkeys(("value", "from", "to"), _SHARE),
        key=title,
    )


def _show_classes(scores: SlotScores) -> None:
    rows = [(label, c.precision, c.recall, c.f1, c.support) for label, c in scores.classes.items()]
    columns = {
        "precision": "Of all times that it was understood: how often it was meant.",
        "recall": "Of all times that it was said: how often it was understood.",
        "F1": "Both in one number.",
    }
    bars = {
        name: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, help=note)
        for name, note in columns.items()
    }
    table = pd.DataFrame(rows, columns=["label", *columns, "clips"])
    st.dataframe(table, hide_index=True, column_config=bars, key="label table")


@st.cache_data(show_spinner=False, max_entries=16)
def _scores(key: str, _judged: Judged) -> Scores:
    return score(_judged.predictions, _judged.slots)


@st.cache_data(show_spinner=False, max_entries=16)
def _intervals(key: str, _judged: Judged, _scores: Scores) -> dict[str, Interval]:
    """Every score of an evaluation that has an interval."""
    predictions, slots = _judged.predictions, _judged.slots
    right = all_right(predictions, slots)
    accepted = predictions["accepted"].to_numpy(bool)
    rows = {"All slots right": _scores.joint_accuracy}
    rows |= {f"{slot.capitalize()} right": s.accuracy for slot, s in _scores.slots.items()}
    rows["Answered"] = share_interval(accepted)
    if accepted.any():
        rows["Right, where answered"] = share_interval(right[accepted])
    rows |= {f"{slot.capitalize()}, macro F1": s.macro_f1 for slot, s in _scores.slots.items()}
    joint = predictions["joint_confidence"].to_numpy(float)
    rows["Calibration error"] = calibration_interval(joint, right)
    for slot in slots:
        confidence = predictions[confidence_column(slot)].to_numpy(float)
        error = calibration_interval(confidence, all_right(predictions, [slot]))
        rows[f"{slot.capitalize()}, calibration error"] = error
    return rows
