"""What a job on a cluster and those who look at it tell each other beside its log."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from slu.files import write_json
from slu.jobs.progress import ProgressFile
from slu.settings import Settings

JOB_FILES = "jobs/cluster"
"""Their folder in the project."""


@dataclass(frozen=True)
class JobFiles:
    """What a job on the cluster tells beside its log, in files of the project."""

    folder: Path
    job_id: str

    @classmethod
    def of(cls, settings: Settings, job_id: str) -> "JobFiles":
        """Those of one job."""
        return cls(settings.project_root / JOB_FILES, job_id)

    @property
    def progress(self) -> ProgressFile:
        """How far the command is."""
        return ProgressFile(self.folder / f"{self.job_id}.progress.json")

    def note_run(self, **facts: str | None) -> None:
        """Add to what the runner knows."""
        write_json(self._run_path, _read(self._run_path) | facts)

    def note_cancelled(self) -> None:
        """Note that somebody wants it to end; they write another file than the runner."""
        write_json(self._cancelled_path, {"cancelled_at": datetime.now(UTC).isoformat()})

    def facts(self) -> dict[str, str | None]:
        """`started_at`, `cancelled_at`, `result`, `error`, as far as they are known."""
        return _read(self._run_path) | _read(self._cancelled_path)

    @property
    def is_fetched(self) -> bool:
        """Whether what it made was copied to this machine."""
        return self._fetched_path.exists()

    def note_fetched(self) -> None:
        """Note that what it made was copied to this machine; a hidden file is not copied itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fetched_path.touch()

    @property
    def _fetched_path(self) -> Path:
        return self.folder / f".{self.job_id}.fetched"

    @property
    def _run_path(self) -> Path:
        return self.folder / f"{self.job_id}.json"

    @property
    def _cancelled_path(self) -> Path:
        return self.folder / f"{self.job_id}.cancelled.json"


def _read(path: Path) -> dict[str, str | None]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
