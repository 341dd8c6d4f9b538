"""The tab of what may be wrong with recordings: hear each, and keep or drop it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from slu.config import DataConfig
from slu.data.decisions import DROPPED, Choice, Decision, Decisions
from slu.data.metadata import locate, read_table
from slu.settings import get_settings
from slu.ui.clips import show_clips
from slu.ui.corpus import check_in_button, data_config
from slu.ui.language import mark, tr
from slu.ui.sentences import translated

_OPEN, _KEPT, _DROPPED = mark("To decide"), mark("Kept"), mark("Dropped")
_REASONS = {
    "too_short": mark("shorter than {limits.min_duration_s:g} s"),
    "too_long": mark("longer than {limits.max_duration_s:g} s"),
    "silent": mark("silent"),
    "clipped": mark("too loud, distorted"),
    "label_conflict": mark("comes with different labels"),
    DROPPED: mark("dropped by hand"),
}


def show_quality() -> None:
    """Flagged clips with what was decided about them, and rows that could not be used."""
    config = data_config()
    root = get_settings().project_root
    folder = root / config.output_dir
    if not (folder / "quality.csv").exists():
        st.info(
            tr("Nothing was checked yet. Make clips, record or upload some, and check in."),
            icon=":material/flag:",
        )
        return
    decisions = Decisions(root / config.decisions)
    table = read_table(folder / "quality.csv").reset_index(drop=True)
    _show_flagged(_reviewed(table, folder, config, decisions.read()), decisions, config)
    _show_rejected(read_table(folder / "rejected.csv"))


def _reviewed(
    table: pd.DataFrame, folder: Path, config: DataConfig, decided: Mapping[str, Decision]
) -> pd.DataFrame:
    """The recordings to be judged, with `reason`, `decision` and `audio_path`.

    Copies are judged with their original.
    """
    is_copy = table["flags"].str.contains("duplicate") & ~table["flags"].str.contains("conflict")
    table = table[~is_copy].drop_duplicates(["sha256", *config.slots])
    rows = table.to_dict("records")
    return table.assign(
        reason=[_reason(row["flags"], config) for row in rows],
        decision=[_decision(row, decided.get(row["sha256"])) for row in rows],
        audio_path=[locate(row["path"], folder) for row in rows],
        duration_s=pd.to_numeric(table["duration_s"], errors="coerce"),
    )


def _reason(flags: str, config: DataConfig) -> str:
    found = [flag for flag in flags.split() if flag in _REASONS]
    return ", ".join(tr(_REASONS[flag], limits=config.quality) for flag in found)


def _decision(row: Mapping[str, str], decided: Decision | None) -> str:
    if decided is None:
        return _OPEN
    is_kept = decided.choice is Choice.KEEP
    if "label_conflict" in row["flags"]:  # of several sets of labels one was kept
        is_kept &= all(row[slot] == label for slot, label in decided.labels.items())
    return _KEPT if is_kept else _DROPPED


def _show_flagged(flagged: pd.DataFrame, decisions: Decisions, config: DataConfig) -> None:
    if flagged.empty:
        st.success(tr("No recording is doubtful."), icon=":material/check_circle:")
        return
    st.caption(
        tr(
            "A machine doubts these recordings; your ears decide. The same recording with "
            "different labels is left out until you keep one; all others are used until you drop "
            "them. What you decide counts from the next check-in on."
        )
    )
    counts = flagged["decision"].value_counts()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(
            tr("Show"),
            [_OPEN, _KEPT, _DROPPED],
            default=_OPEN,
            required=True,
            format_func=lambda name: f"{tr(name)}: {counts.get(name, 0):,}",
            key="decision shown",
        )
        check_in_button("quality")
    caption = ["reason", "text", *config.slots, "speaker", "duration_s"]
    show_clips(
        flagged[flagged["decision"] == shown],
        "flagged",
        caption,
        below=lambda clip: _offer_decision(clip, decisions, config),
    )


def _offer_decision(clip: Mapping[str, Any], decisions: Decisions, config: DataConfig) -> None:
    key = f"{clip['sha256']} {clip['table']} {clip['row']}"
    labels = {slot: str(clip[slot]) for slot in config.slots}
    with st.container(horizontal=True):
        if clip["decision"] != _OPEN:
            if st.button(tr("Decide again"), key=f"again {key}"):
                decisions.forget(clip["sha256"])
                st.rerun()
            return
        keep = st.button(tr("Keep"), key=f"keep {key}", icon=":material/check:")
        drop = st.button(tr("Drop"), key=f"drop {key}", icon=":material/delete:")
    if keep or drop:
        choice = Choice.KEEP if keep else Choice.DROP
        decisions.decide(clip["sha256"], Decision(choice, labels))
        st.rerun()


def _show_rejected(rejected: pd.DataFrame) -> None:
    if rejected.empty:
        return
    st.subheader(tr("Could not be used"))
    st.caption(tr("Mend the file or its row, and check in again."))
    st.dataframe(
        {
            "set": [Path(table).parent.name for table in rejected["table"]],
            "row": list(rejected["row"]),
            "file": [Path(path).name for path in rejected["path"]],
            "reason": [translated(reason) for reason in rejected["reason"]],
        },
        column_config={
            "set": tr("set"),
            "row": tr("row"),
            "file": tr("file"),
            "reason": st.column_config.TextColumn(tr("reason"), width="large"),
        },
    )
