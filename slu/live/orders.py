"""The order list: what was understood, one line for each utterance."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from slu.audio.wav import wav_bytes
from slu.inference import order_in_words
from slu.service import Answer

N_CLIPS: Final = 20
"""Newest lines whose recording is kept, for the corrections that come with one."""

_SPREADSHEET_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class OrderLine:
    """One utterance that was understood."""

    request_id: str
    said_at: datetime
    labels: Mapping[str, str]
    """slot -> label."""
    confidence: float
    """Of all slots together."""
    clip: bytes | None
    """The recording as a wav file; only the newest lines have one."""
    is_corrected: bool = False

    @property
    def text(self) -> str:
        """For reading: `3 x beras`."""
        return order_in_words(self.labels) or "nothing"


class OrderList:
    """Lines in the order in which they were said, the newest last."""

    def __init__(self) -> None:
        self._lines: list[OrderLine] = []
        self._cleared: list[OrderLine] = []

    @property
    def lines(self) -> Sequence[OrderLine]:
        """All of them, the newest last."""
        return tuple(self._lines)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._lines or self._cleared)

    def add(self, answer: Answer, said_at: datetime) -> None:
        """Append what was understood."""
        clip = wav_bytes(answer.waveform, answer.sample_rate)
        prediction = answer.prediction
        self._lines.append(
            OrderLine(
                answer.request_id, said_at, prediction.labels, prediction.joint_confidence, clip
            )
        )
        self._cleared = []
        if len(self._lines) > N_CLIPS:
            self._lines[-N_CLIPS - 1] = replace(self._lines[-N_CLIPS - 1], clip=None)

    def correct(self, request_id: str, labels: Mapping[str, str]) -> None:
        """Put the labels that were meant into a line."""
        self._lines = [
            replace(line, labels=dict(labels), is_corrected=True)
            if line.request_id == request_id
            else line
            for line in self._lines
        ]

    def undo(self) -> None:
        """Take the newest line off, or bring back the list that was cleared."""
        if self._lines:
            self._lines.pop()
        else:
            self._lines, self._cleared = self._cleared, []

    def clear(self) -> None:
        """Begin a new list; `undo` brings the old one back until something is added."""
        self._lines, self._cleared = [], self._lines

    def as_text(self) -> str:
        """For a message or a note: `3 x beras`, one line each."""
        return "\n".join(line.text for line in self._lines)

    def as_csv(self) -> str:
        """For a spreadsheet: when, the slots, how sure, corrected or not."""
        slots = list(dict.fromkeys(slot for line in self._lines for slot in line.labels))
        buffer = io.StringIO()
        table = csv.writer(buffer, lineterminator="\n")
        table.writerow(["time", *slots, "confidence", "corrected"])
        for line in self._lines:
            labels = [_harmless(line.labels.get(slot, "")) for slot in slots]
            table.writerow(
                [
                    line.said_at.isoformat(sep=" ", timespec="seconds"),
                    *labels,
                    f"{line.confidence:.3f}",
                    "yes" if line.is_corrected else "no",
                ]
            )
        return buffer.getvalue()


def _harmless(label: str) -> str:
    """Spreadsheets run cells that begin like a formula; an apostrophe makes them text."""
    return f"'{label}" if label.startswith(_SPREADSHEET_FORMULA) else label
