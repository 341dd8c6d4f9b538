"""Training runs on the disk and jobs in memory, without any training."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slu.config import MODEL_CONFIG, TrainConfig
from slu.jobs import Job, JobStatus
from slu.settings import Settings


def record(epoch: int, accuracy: float = 0.5, loss: float = 1.0) -> dict[str, float]:
    """What a run writes to its history when an epoch is over."""
    return {
        "epoch": epoch,
        "learning_rate": 0.001,
        "train_loss": loss + 0.1,
        "val_loss": loss,
        "val_product_accuracy": min(1.0, accuracy + 0.1),
        "val_quantity_accuracy": min(1.0, accuracy + 0.2),
        "val_joint_accuracy": accuracy,
        "seconds": 2.0,
    }


def write_run(
    settings: Settings,
    name: str,
    records: list[dict[str, float]],
    *,
    model: dict[str, Any] | None = None,
    train: dict[str, Any] | None = None,
    created_at: str = "2099-01-31T09:30:00+00:00",
) -> Path:
    """Write the folder of a run that was begun and stopped; returns it."""
    model_config = MODEL_CONFIG.validate_python({"name": "m2"} | (model or {}))
    train_config = TrainConfig.model_validate({"epochs": 9, "run_name": name} | (train or {}))
    folder = settings.artifacts_dir / name
    folder.mkdir(parents=True)
    config = {
        "version": name,
        "created_at": created_at,
        "model": model_config.model_dump(mode="json"),
        "train": train_config.model_dump(mode="json"),
        "data": {"slots": ["product", "quantity"]},
        "data_fingerprint": "abc",
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    lines = [json.dumps(record) + "\n" for record in records]
    (folder / "history.jsonl").write_text("".join(lines), "utf-8")
    return folder


class FakeJobs:
    """Jobs that only change when a test says so; they run as soon as they are submitted."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.jobs: list[Job] = []

    def submit(
        self, command: Sequence[str], title: str, parameters: Mapping[str, str] | None = None
    ) -> Job:
        now = datetime.now(UTC)
        job = Job(
            id=f"job{len(self.jobs)}",
            command=tuple(command),
            title=title,
            parameters=dict(parameters or {}),
            status=JobStatus.RUNNING,
            progress=None,
            created_at=now,
            started_at=now,
            ended_at=None,
            log_path=self.settings.logs_dir / "job.log",
            result=None,
            error=None,
        )
        self.jobs.insert(0, job)
        return job

    def end(self, job_id: str, status: JobStatus, error: str | None = None) -> None:
        """What happens to a job that runs."""
        ended = {"status": status, "error": error, "ended_at": datetime.now(UTC)}
        self.jobs = [replace(j, **ended) if j.id == job_id else j for j in self.jobs]

    def list(self, limit: int = 100) -> list[Job]:
        return self.jobs[:limit]

    def get(self, job_id: str) -> Job:
        return next(job for job in self.jobs if job.id == job_id)

    def log(self, job_id: str, max_bytes: int = 20_000) -> str:
        return f"{job_id} said this"

    def cancel(self, job_id: str) -> None:
        self.end(job_id, JobStatus.CANCELLED)
