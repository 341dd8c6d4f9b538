import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slu.config import save_config
from slu.settings import Settings
from tests.cluster.harness import Cluster, cluster_started
from tests.tones import MODEL, TRAIN


# Of this folder only: a cluster's twenty processes would slow every test after it.
@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    """A head and two nodes of one core."""
    pytest.importorskip("ray")
    with cluster_started() as cluster:
        yield cluster


@pytest.fixture
def settings(cluster: Cluster, tone_root: Path, tmp_path: Path) -> Settings:
    """A project of its own that is ready to be trained on, and the cluster."""
    root = tmp_path / "project"
    shutil.copytree(tone_root, root)
    save_config(MODEL, root / "configs" / "model.yaml")
    save_config(TRAIN, root / "configs" / "train.yaml")
    return Settings(project_root=root, ray_address=cluster.web_address)
