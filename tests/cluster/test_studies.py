"""Studies whose workers are on a cluster and share one PostgreSQL storage."""

from collections.abc import Iterator

import pytest
from optuna.trial import TrialState

from slu.jobs import JobStatus, open_jobs
from slu.settings import Settings
from slu.tuning.cluster import run_on_cluster
from slu.tuning.study import FINISHED, finished_trials, load_study
from tests.cluster.harness import Cluster
from tests.databases import new_database, postgresql_server
from tests.jobs.harness import ended
from tests.tuning.counting import Parabola, begin

pytestmark = pytest.mark.fault

N_TRIALS = 24


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture
def storage_url(server: str) -> str:
    return new_database(server)


@pytest.fixture
def driver(cluster: Cluster) -> Iterator[Settings]:
    """This process is the driver."""
    import ray

    yield Settings(ray_address=cluster.address)
    ray.shutdown()


def test_no_finished_trial_is_lost_with_a_node(
    driver: Settings, cluster: Cluster, storage_url: str
) -> None:
    work = begin(storage_url, N_TRIALS, Parabola(duration_s=0.5))
    before: dict[int, float] = {}

    def lose_a_node() -> None:
        finished = {trial.number: trial.value for trial in finished_trials(study)}
        if not before and len(finished) >= 4:
            before.update(finished)
            cluster.nodes[-1].kill()

    study = load_study("s", storage_url)
    run_on_cluster(driver, work, 2, lambda: False, lose_a_node)

    trials = load_study("s", storage_url).trials
    finished = {trial.number: trial.value for trial in trials if trial.state in FINISHED}
    assert len(before) >= 4
    assert before.items() <= finished.items()
    assert len(set(finished.values())) == len(finished) == N_TRIALS
    lost = [trial.params for trial in trials if trial.state is TrialState.FAIL]
    assert all(params in [trial.params for trial in finished_trials(study)] for params in lost)


def test_a_stop_leaves_the_trials_for_later(driver: Settings, storage_url: str) -> None:
    work = begin(storage_url, N_TRIALS, Parabola(duration_s=0.5))
    study = load_study("s", storage_url)

    run_on_cluster(driver, work, 2, lambda: len(finished_trials(study)) >= 2, lambda: None)

    states = {trial.state for trial in load_study("s", storage_url).trials}
    assert states <= {TrialState.COMPLETE, TrialState.FAIL, TrialState.WAITING}
    assert len(finished_trials(study)) < N_TRIALS


def test_a_search_that_is_a_job(settings: Settings, storage_url: str) -> None:
    space = '{"train.learning_rate": {"kind": "float", "low": 0.001, "high": 0.01}}'
    (settings.project_root / "configs" / "tune.yaml").write_text(f"space: {space}\n")
    jobs = open_jobs(settings)
    command = (
        *("hparam-search", "--storage", storage_url, "--n-trials", "3", "--workers", "2"),
        *("--model-cfg", "configs/model.yaml", "--train-cfg", "configs/train.yaml"),
        *("--set", "train.epochs=1"),
    )

    job = ended(jobs, jobs.submit(command, "Searching"))

    assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
    assert "3 of 3 trials are done" in jobs.log(job.id)
    assert (settings.artifacts_dir / "m1" / "optuna_best.json").exists()
