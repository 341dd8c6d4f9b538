"""Corrections as a source of the corpus: recordings of people, labelled by those who spoke."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from slu.config import DataConfig
from slu.data.feedback import Feedback, read_feedback
from slu.data.labels import canonical_label
from slu.data.metadata import locate

SOURCE = "feedback"
"""What the column `source` says of these clips."""


def is_feedback(path: Path) -> bool:
    """Whether a source holds corrections and is no table."""
    return path.suffix == ".jsonl"


def read_corrections(path: Path, config: DataConfig) -> pd.DataFrame:
    """Corrections that can be learnt from, with the columns of `read_utterances`.

    These are the ones with a recording and a label for every slot, the latest for each request.
    All are for training: nobody knows who spoke, so a test could not tell a new voice from one
    that was learnt.

    Args:
        path: `logs/feedback.jsonl`.
        config: the slots.
    """
    usable = [found for found in read_feedback(path).values() if is_usable(found, config.slots)]
    rows = [
        {
            "path": locate(found.audio or "", path.parent),
            "text": "",
            "speaker": "",
            "source": SOURCE,
            **{slot: canonical_label(found.labels[slot]) for slot in config.slots},
            "split": "train" if config.split_column else "",
            "row": number,
        }
        for number, found in enumerate(usable, start=1)
    ]
    columns = ["path", "text", "speaker", "source", *config.slots, "split", "row"]
    return pd.DataFrame(rows, columns=columns)


def is_usable(feedback: Feedback, slots: Sequence[str]) -> bool:
    """Whether a correction has a recording and says everything about it."""
    return feedback.audio is not None and all(slot in feedback.labels for slot in slots)


def newest_correction(path: Path, slots: Sequence[str]) -> float:
    """When the newest correction that can be learnt from was given, in seconds since 1970."""
    times = [found.ts for found in read_feedback(path).values() if is_usable(found, slots)]
    return max((_seconds(ts) for ts in times), default=0.0)


def _seconds(ts: str) -> float:
    try:
        return datetime.fromisoformat(ts).timestamp()
    except ValueError:
        return 0.0
