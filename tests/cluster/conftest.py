import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slu.config import save_config
from slu.jobs import open_jobs
from slu.settings import Settings
from tests.cluster.harness import Cluster, cluster_started
from tests.jobs.harness import ended
from tests.tones import MODEL, TRAIN


# Of this folder only: a cluster's twenty processes would slow every test after it.
@pytest.fixture(scope="package")
def head() -> Iterator[Cluster]:
    pytest.importorskip("ray")
    with cluster_started() as cluster:
        yield cluster


@pytest.fixture
def cluster(head: Cluster) -> Cluster:
    """A head and two nodes of one core, whatever the test before did to them."""
    head.complete()
    return head


@pytest.fixture
def settings(cluster: Cluster, tone_root: Path, tmp_path: Path) -> Iterator[Settings]:
    """A project of its own that is ready to be trained on, and the cluster.

    Jobs that a failed test left would keep the cores from the tests after it.
    """
    root = tmp_path / "project"
    shutil.copytree(tone_root, root)
    save_config(MODEL, root / "configs" / "model.yaml")
    save_config(TRAIN, root / "configs" / "train.yaml")
    settings = Settings(project_root=root, ray_address=cluster.web_address)
    yield settings
    jobs = open_jobs(settings)
    for job in jobs.list():
        jobs.cancel(job.id)
        ended(jobs, job)
