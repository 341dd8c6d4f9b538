"""How far a job is: a small file that the command writes and whoever looks at the job reads."""

import json
import time
from contextlib import suppress
from pathlib import Path

from slu.files import replacing
from slu.jobs.job import JobProgress

_WRITE_EVERY_S = 0.25


class ProgressFile:
    """The progress of a command, for others to read.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written_at_s = float("-inf")
        self._unwritten: JobProgress | None = None

    def tell(self, progress: JobProgress) -> None:
        """Write it, unless there is more to come and the file was written a moment ago."""
        self._unwritten = progress
        is_due = time.monotonic() - self._written_at_s >= _WRITE_EVERY_S
        if is_due or progress.done >= progress.total:
            self.flush()

    def flush(self) -> None:
        """Write what was told last."""
        if self._unwritten is None:
            return
        # A full disk is no reason to end the work that only tells how far it is.
        with suppress(OSError), replacing(self.path) as temporary:
            temporary.write_text(json.dumps(vars(self._unwritten)), "utf-8")
        self._unwritten = None
        self._written_at_s = time.monotonic()

    def read(self) -> JobProgress | None:
        """What was written last; none before the first item."""
        try:
            return JobProgress(**json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def remove(self) -> None:
        """Nobody will tell any more."""
        for path in self.path.parent.glob(f"*{self.path.name}*"):
            path.unlink(missing_ok=True)
