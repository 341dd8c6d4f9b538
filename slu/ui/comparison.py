"""Two versions on the same clips: who is better, is it chance, and which clips tell them apart."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from slu.evaluation.archive import Subject
from slu.evaluation.comparison import Comparison, compare, pair, rights
from slu.registry import Registry
from slu.settings import Settings
from slu.ui.clips import show_clips
from slu.ui.evaluation import (
    Judged,
    choose_slot,
    described,
    joined,
    slots_chosen,
)
from slu.ui.evaluation_work import show_judged
from slu.ui.heatmap import heatmap, show_heatmap
from slu.ui.language import language, tr

# A difference that chance makes less often than this counts.
_CHANCE = 0.05
_ROW_PX = 85


def show_comparison(settings: Settings, registry: Registry, judged: Judged) -> None:
    """Choose another version and see both on the same clips."""
    own = judged.subject.entry.version
    entries = {e.version: e for e in registry.versions() if e.version != own}
    if not entries:
        st.info(
            tr("There is only one version. Train another to compare."), icon=":material/compare:"
        )
        return
    version = st.selectbox(
        tr("Compare {version} with", version=own), list(entries), key=f"compared with {own}",
        persist_state="session", width=320,
    )  # fmt: skip
    subject = Subject(entries[version], judged.subject.table_path, judged.subject.split)
    other = show_judged(settings, subject)
    if other is not None:
        _show_pair(judged, other)


def _show_pair(a: Judged, b: Judged) -> None:
    shared = [slot for slot in a.slots if slot in b.slots]
    if not shared:
        st.info(tr("The two versions have no slot in common."), icon=":material/compare:")
        return
    slots = slots_chosen(choose_slot(shared, "compared slot", with_all=True), shared)
    paired = pair(a.predictions, b.predictions, slots)
    right_a, right_b = rights(paired, slots)
    names = a.subject.entry.version, b.subject.entry.version
    comparison = compare(right_a, right_b)
    st.markdown(_verdict(comparison, *names))
    table, clips = st.columns([2, 3], gap="large")
    with table:
        cell = _show_square(comparison, *names, key=f"{a.key} {b.key} {' '.join(slots)}")
        st.caption(tr("Click a cell to hear the clips behind it."))
    if cell is not None:
        behind = paired[(right_a == cell[0]) & (right_b == cell[1])]
        with clips:
            _show_cell(behind, slots, *names)


def _show_square(comparison: Comparison, a: str, b: str, key: str) -> tuple[bool, bool] | None:
    """Who gets how many right; the cell that is clicked as (A right, B right)."""
    counts = [[comparison.both, comparison.only_a], [comparison.only_b, comparison.neither]]
    right, wrong = tr("right"), tr("wrong")
    chart = heatmap(
        [[count / comparison.utterances for count in row] for row in counts],
        [right, wrong],
        [right, wrong],
        title=tr("Who gets how many clips right"),
        row_title=a,
        column_title=b,
        text=[[f"{count:,}" for count in row] for row in counts],
        row_px=_ROW_PX,
    )
    # In another language its cells are other ones.
    cell = show_heatmap(chart, f"compared {key} {language()}")
    return None if cell is None else (cell[0] == right, cell[1] == right)


def _show_cell(rows: pd.DataFrame, slots: Sequence[str], a: str, b: str) -> None:
    heard_a, heard_b = (tr("{version} understood", version=version) for version in (a, b))
    clips = described(rows, slots).assign(
        **{heard_a: _answer(rows, slots, ""), heard_b: _answer(rows, slots, "_b")}
    )
    show_clips(clips, "compared clips", ("said", heard_a, heard_b, "speaker", "source"))


def _answer(rows: pd.DataFrame, slots: Sequence[str], suffix: str) -> pd.Series:
    understood = joined(rows, slots, f"_predicted{suffix}")
    return understood + rows[f"joint_confidence{suffix}"].map(" ({:.0%})".format)


def _verdict(comparison: Comparison, a: str, b: str) -> str:
    """Who is better, by how much, and whether that may be chance."""
    difference, n = comparison.difference, comparison.utterances
    if difference.value == 0:
        return tr(
            "Of {count:,} clips, **{a}** and **{b}** get the same number right.", count=n, a=a, b=b
        )
    better, worse, sign = (a, b, 1) if difference.value > 0 else (b, a, -1)
    low, high = sorted(100 * sign * end + 0.0 for end in (difference.low, difference.high))
    told = tr(
        "Of {count:,} clips, **{better}** gets {points:.1f} percentage points more right than "
        "**{worse}** (95 % interval: {low:.1f} to {high:.1f}).",
        count=n, better=better, worse=worse, points=100 * abs(difference.value), low=low, high=high,
    )  # fmt: skip
    return f"{told} {_chance_text(comparison.p_value)}"


def _chance_text(p_value: float) -> str:
    if p_value < _CHANCE:
        return tr("This is hardly chance ({p}).", p=_p_text(p_value))
    return tr("This may be chance ({p}).", p=_p_text(p_value))


def _p_text(p_value: float) -> str:
    text = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")
