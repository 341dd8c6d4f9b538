"""Corrections as they are kept: the right labels of requests, and recordings to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slu.jsonl import read_rows


@dataclass(frozen=True)
class Feedback:
    """The right labels of one request."""

    ts: str
    """When they were given: ISO 8601, UTC."""
    request_id: str
    labels: Mapping[str, str]
    """slot -> right label, of the slots that were judged."""
    audio: str | None = None
    """The recording, relative to the folder of the feedback file; none without consent."""


def read_feedback(path: Path) -> dict[str, Feedback]:
    """Request id -> its latest correction, oldest first; unreadable lines are passed over."""
    latest: dict[str, Feedback] = {}
    for row in read_rows(path):
        feedback = _parse(row)
        if feedback:
            latest.pop(feedback.request_id, None)
            latest[feedback.request_id] = feedback
    return latest


def _parse(row: Mapping[str, Any]) -> Feedback | None:
    ts, request_id, labels = row.get("ts"), row.get("request_id"), row.get("labels")
    audio = row.get("audio")
    if not (isinstance(ts, str) and isinstance(request_id, str) and isinstance(labels, dict)):
        return None
    labels = {slot: str(label) for slot, label in labels.items()}
    return Feedback(ts, request_id, labels, audio if isinstance(audio, str) else None)
