"""The inference log: one line for every request, from many processes at once."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from slu.jsonl import append_row

# A million requests are about 400 MB; the defaults keep some three million.
_MAX_BYTES = 64_000_000
_BACKUPS = 20


@dataclass(frozen=True)
class InferenceRecord:
    """One request, as it stands in the log."""

    ts: str
    """When it was answered: ISO 8601, UTC."""
    request_id: str
    source: str
    """The door: `api`, `upload`, `record`, `live` or `cli`."""
    status: str
    """`ok`, `rejected` (no answer was given) or `error` (the recording could not be used)."""
    latency_ms: float
    audio_duration: float | None = None
    """Seconds."""
    mel_mean: float | None = None
    mel_std: float | None = None
    frames: int | None = None
    snr_db: float | None = None
    prediction: Mapping[str, str] = field(default_factory=dict)
    """slot -> label."""
    confidence: Mapping[str, float] = field(default_factory=dict)
    """slot -> probability of that label."""
    joint_confidence: float | None = None
    model_version: str | None = None
    error: str | None = None
    """Why there is no answer."""


class InferenceLog:
    """Appends records and rotates the file by size.

    May be shared by threads and processes. Nothing that the disk does is raised: a prediction is
    answered even when it cannot be logged.

    Args:
        path: `logs/inference.log`; older lines move to `inference.log.1`, `.2`, …
        max_bytes: size from which the file is rotated.
        backups: rotated files that are kept, at least 1.
    """

    def __init__(self, path: Path, max_bytes: int = _MAX_BYTES, backups: int = _BACKUPS) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.backups = backups
        self.failures = 0
        """Records of this process that could not be written."""
        self._counting = threading.Lock()

    def append(self, record: InferenceRecord) -> bool:
        """Write one line.

        Returns:
            whether it was written; else `failures` is one higher.
        """
        try:
            size = append_row(self.path, vars(record))
        except OSError:
            with self._counting:
                self.failures += 1
            return False
        if size >= self.max_bytes:
            self._rotate()
        return True

    def paths(self) -> list[Path]:
        """The log and its rotated files that exist, oldest first."""
        return log_paths(self.path)

    def _rotate(self) -> None:
        # Whoever finds the lock taken goes on: the file is being rotated, or read and then
        # rotated by a later append. A line whose process opened the file just before it was
        # renamed lands at the end of the renamed file.
        with suppress(OSError), _rotation_lock(self.path, timeout_s=0.0):
            if self.path.stat().st_size >= self.max_bytes:
                self._shift()

    def _shift(self) -> None:
        numbers = range(1, self.backups)
        free = next((n for n in numbers if not _numbered(self.path, n).exists()), self.backups)
        for number in range(free - 1, -1, -1):
            _numbered(self.path, number).replace(_numbered(self.path, number + 1))


def log_paths(path: Path) -> list[Path]:
    """A log and its rotated files that exist, oldest first."""
    rotated = [
        (int(number), other)
        for other in path.parent.glob(f"{path.name}.*")
        if (number := other.name.removeprefix(f"{path.name}.")).isdecimal()
    ]
    ordered = [other for _, other in sorted(rotated, reverse=True)]
    return [*ordered, path] if path.exists() else ordered


@contextmanager
def rotation_held(path: Path) -> Iterator[None]:
    """Keep the files of a log where they are while they are read; appending goes on.

    Where there is no log, or the lock cannot be had (a folder that may only be read), reading goes
    on without.
    """
    with ExitStack() as stack:
        if log_paths(path):
            with suppress(OSError):
                stack.enter_context(_rotation_lock(path, timeout_s=5.0))
        yield


@contextmanager
def _rotation_lock(path: Path, timeout_s: float) -> Iterator[None]:
    # Loaded here because it takes tens of milliseconds, and a server seldom or never rotates.
    from filelock import FileLock

    with FileLock(path.with_name(f"{path.name}.lock"), timeout=timeout_s):
        yield


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path
