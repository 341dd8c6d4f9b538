"""Corrections: what people say was meant, and the recording where they agreed to give it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from slu.data.feedback import Feedback
from slu.errors import DataError
from slu.files import replacing
from slu.jsonl import append_row


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
