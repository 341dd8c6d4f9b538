"""A job on machines that share no path: its files come and go through an object store."""

from pathlib import Path

import pytest

from slu import workflows
from slu.jobs import JobStatus, open_jobs
from slu.settings import Settings
from tests.cluster.test_jobs import TRAIN
from tests.jobs.harness import ended, until

pytestmark = pytest.mark.fault


def test_a_version_that_was_trained_elsewhere_is_here(settings: Settings, tmp_path: Path) -> None:
    stored = settings.model_copy(update={"store_url": f"file://{tmp_path}/store"})
    jobs = open_jobs(stored)
    table = str(settings.data_dir / "processed" / "metadata_features.csv")
    options = (
        *("--metadata-features", table),
        *("--set", "train.run_name=far", "--set", "train.epochs=2"),
    )
    asked = jobs.submit([*TRAIN, *options], "Training far", {"run": "far"})
    until(lambda: jobs.get(asked.id).started_at)

    job = ended(jobs, asked)

    assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
    assert job.result is not None
    entry = workflows.open_registry(settings).get("far")
    assert (settings.project_root / entry.onnx_path).exists()
    assert jobs.list()[0] == job
    assert open_jobs(settings).list() == []
