"""What a command prints: copied to the log of its job, with the line that says how it went."""

import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_MAX_LINE_BYTES = 64 * 1024
_MAX_SENTENCE = 1000
# A process that has left the group of its command may keep the pipe open.
_FINISH_WITHIN_S = 2.0


class Lines(Protocol):
    """A stream that is read line by line."""

    def readline(self, limit: int, /) -> bytes:
        """The next line, or as much of it; nothing at the end."""


class LogCopy:
    """Copies a stream to the end of a log, line by line, in a thread of its own.

    Args:
        stream: read to its end, also when the log cannot be written.
        log_path: of the log.
        prefix: of the lines that matter.
    """

    def __init__(self, stream: Lines, log_path: Path, prefix: str = "") -> None:
        self._stream = stream
        self._log_path = log_path
        self._prefix = prefix
        self._sentence = ""
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def finish(self) -> str | None:
        """Wait for the end; returns the last line that matters, without its prefix."""
        self._thread.join(_FINISH_WITHIN_S)
        return self._sentence or None

    def _copy(self) -> None:
        with self._log_path.open("ab", buffering=0) as log:
            for line in iter(lambda: self._stream.readline(_MAX_LINE_BYTES), b""):
                # A full disk ends neither the command nor the knowledge of what it said.
                with suppress(OSError):
                    log.write(line)
                self._heed(line.decode("utf-8", errors="replace").strip())

    def _heed(self, line: str) -> None:
        if line and line.startswith(self._prefix):
            self._sentence = line.removeprefix(self._prefix)[:_MAX_SENTENCE]


def why_it_ended(code: int) -> str:
    """Why a command failed that did not say so itself.

    Args:
        code: its exit code, not 0; below 0 the signal that ended it.
    """
    if code > 0:
        return f"it ended with exit code {code}; the log says more"
    return (
        f"it was ended from outside ({signal.Signals(-code).name}), perhaps because memory ran "
        "out; start it again"
    )
