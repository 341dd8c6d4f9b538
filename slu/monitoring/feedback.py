"""Corrections: what people say was meant, and the recording where they agreed to give it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slu.errors import DataError
from slu.files import replacing
from slu.monitoring.jsonl import append_row, read_rows


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


class FeedbackLog:
    """Appends corrections to a file that many processes share.

    Args:
        path: `logs/feedback.jsonl`; recordings go to `feedback_clips/` beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clips_dir = path.with_name(f"{path.stem}_clips")

    def append(
        self,
        request_id: str,
        labels: Mapping[str, str],
        clip: bytes | None = None,
        *,
        consent: bool = False,
    ) -> Feedback:
        """Keep a correction.

        Args:
            request_id: the request that is corrected.
            labels: slot -> right label.
            clip: the recording as a wav file.
            consent: whether the speaker agreed to its being kept; without, `clip` is not written.

        Raises:
            DataError: there is no label, or the correction could not be written.
        """
        if not labels:
            raise DataError("a correction needs at least one label; choose what was meant")
        try:
            audio = self._keep_clip(clip) if clip and consent else None
            feedback = Feedback(_now(), request_id, dict(labels), audio)
            append_row(self.path, vars(feedback))
        except OSError as error:
            raise DataError(
                f"the correction could not be saved ({error.strerror}); free some disk space or "
                f"check that {self.path.parent} can be written, and send it again"
            ) from error
        return feedback

    def _keep_clip(self, clip: bytes) -> str:
        # Named by content: request ids come from outside and do not belong into a path.
        path = self.clips_dir / f"{hashlib.sha256(clip).hexdigest()[:16]}.wav"
        if not path.exists():
            with replacing(path) as temporary:
                temporary.write_bytes(clip)
        return path.relative_to(self.path.parent).as_posix()


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
