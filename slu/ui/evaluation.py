"""An evaluation on a page: its predictions, and the clips behind them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from slu.errors import DataError
from slu.evaluation.archive import Subject, read_facts
from slu.evaluation.predictions import predicted_column, read_predictions
from slu.settings import Settings
from slu.ui.language import mark, tr
from slu.ui.sentences import translated

ALL_SLOTS = mark("all slots")

CAPTION = ("said", "understood", "sure", "rejected", "speaker", "source")
"""Columns of `described` above each player."""


@dataclass(frozen=True)
class Judged:
    """An evaluation that was read back."""

    subject: Subject
    predictions: pd.DataFrame
    """As `read_predictions` gives them, with `audio_path`."""
    slots: tuple[str, ...]
    evaluated_at: datetime
    change: str | None
    """What has changed since."""
    key: str
    """Another one for other predictions."""

    def of_sources(self, sources: Sequence[str]) -> "Judged":
        """The part that comes from these sources; all of it where none is named."""
        if not sources:
            return self
        rows = self.predictions[self.predictions["source"].isin(sources)].reset_index(drop=True)
        return replace(self, predictions=rows, key=f"{self.key} {' '.join(sources)}")


def read_judged(settings: Settings, subject: Subject) -> Judged | None:
    """The evaluation of a subject, if there is one.

    Raises:
        DataError: it is damaged.
    """
    folder = subject.folder(settings.artifacts_dir)
    facts = read_facts(folder / "metrics.json")
    if facts is None:
        return None
    path = folder / "predictions.csv"
    try:
        slots = tuple(facts["slots"])
        stamp = path.stat().st_mtime_ns
    except (OSError, KeyError, TypeError) as error:
        raise DataError(f"{folder} lacks a part of the evaluation; evaluate again") from error
    predictions = _predictions(str(path), stamp, str(settings.project_root.resolve()), slots)
    return Judged(
        subject=subject,
        predictions=predictions,
        slots=slots,
        evaluated_at=datetime.fromisoformat(facts["evaluated_at"]),
        change=subject.change_since(facts, predictions["audio_path"]),
        key=f"{folder} {stamp}",
    )


def described(rows: pd.DataFrame, slots: Sequence[str]) -> pd.DataFrame:
    """Clips for `show_clips`, with what was said, what was understood and how surely."""
    understood = joined(rows, slots, "_predicted")
    return rows.assign(
        said=joined(rows, slots),
        understood=understood.where(rows[predicted_column(slots[0])] != "", tr("nothing")),
        sure=rows["joint_confidence"].map("{:.0%}".format),
        rejected=rows["problem"].map(translated),
    )


def joined(rows: pd.DataFrame, slots: Sequence[str], suffix: str = "") -> pd.Series:
    """The labels of all slots in one text.

    Args:
        rows: of a predictions table.
        slots: whose labels.
        suffix: of the columns, such as `_predicted`.
    """
    first, *others = (rows[f"{slot}{suffix}"] for slot in slots)
    return first.str.cat(others, sep=", ") if others else first


def choose_slot(slots: Sequence[str], key: str, *, with_all: bool = False) -> str:
    """Let a person choose a slot, where there is a choice; with `with_all`, also `ALL_SLOTS`."""
    options = [ALL_SLOTS, *slots] if with_all else list(slots)
    return st.segmented_control(
        tr("Slot"), options, default=options[0], key=key, required=True, persist_state="session",
        format_func=lambda slot: slot_name(slot).capitalize(),
    )  # fmt: skip


def slot_name(choice: str) -> str:
    """What a choice of `choose_slot` is called."""
    return tr(ALL_SLOTS) if choice == ALL_SLOTS else choice


def slots_chosen(choice: str, slots: Sequence[str]) -> tuple[str, ...]:
    """What a choice of `choose_slot` means."""
    return tuple(slots) if choice == ALL_SLOTS else (choice,)


@st.cache_resource(show_spinner=False, max_entries=8)  # shared: nobody changes it
def _predictions(path: str, stamp: int, root: str, slots: tuple[str, ...]) -> pd.DataFrame:
    table = read_predictions(Path(path), slots)
    # Paths are relative to the project root, which absolute ones ignore.
    return table.assign(
        audio_path=[os.path.normpath(os.path.join(root, name)) for name in table["path"]]  # noqa: PTH118
    )
