"""Without a cluster nothing of Ray is loaded; one that cannot be used is told of in a sentence."""

import builtins
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slu import cluster
from slu.cli.following import is_handed_over
from slu.errors import ClusterError, StudyError
from slu.jobs import open_jobs
from slu.jobs.local import LocalJobs
from slu.settings import Settings
from slu.workflows.spreading import mapper, run_workers
from tests.cluster.harness import free_ports
from tests.test_imports import ROOT, imports

POSTGRESQL = "postgresql+psycopg://slu@localhost/studies"
WITHOUT = """
import sys
from pathlib import Path
import slu.cli.application
from slu.jobs import open_jobs
from slu.settings import Settings
from slu.workflows.spreading import mapper, run_workers
settings = Settings(project_root=Path(sys.argv[1]))
open_jobs(settings).list()
list(mapper(settings)(abs, [1]))
run_workers(settings, "sqlite:///optuna.db")
print(*(name for name in sys.modules if name.partition(".")[0] == "ray"))
"""


def test_without_an_address_nothing_of_ray_is_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, tmp_path], capture_output=True, text=True, check=True
    )

    assert done.stdout == "\n"
    assert isinstance(open_jobs(Settings(project_root=tmp_path)), LocalJobs)


def test_ray_is_imported_where_somebody_goes_to_the_cluster() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "slu").rglob("*.py")
        if any(module.partition(".")[0] == "ray" for module in imports(path))
    }

    assert users == {"slu/cluster.py", "slu/jobs/cluster.py"}


USES = {
    "jobs": lambda settings: open_jobs(settings).list(),
    "submit": lambda settings: open_jobs(settings).submit(["models"], "Listing"),
    "corpus": lambda settings: list(mapper(settings)(abs, [1])),
    "study": lambda settings: run_workers(settings, POSTGRESQL)(None, 1, lambda: False, print),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_missing_package_is_told(
    use: Callable[[Settings], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_as_usual = builtins.__import__

    def without_ray(name: str, *arguments: Any) -> Any:
        if name.partition(".")[0] == "ray":
            raise ModuleNotFoundError(name)
        return import_as_usual(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    with pytest.raises(ClusterError, match=r"pip install -r requirements-cluster\.txt"):
        use(Settings(project_root=tmp_path, ray_address="127.0.0.1:6379"))


@pytest.mark.parametrize("scheme", ["http://", "ray://", ""])
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_cluster_that_does_not_answer_is_told(
    use: Callable[[Settings], object], scheme: str, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    address = f"{scheme}127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(ClusterError, match=r"(refused|takes jobs only)"):
        use(Settings(project_root=tmp_path, ray_address=address))


@pytest.mark.parametrize("address", ["http://no such host", "host:port", "http://[::1"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(ClusterError, match="check SLU_RAY_ADDRESS"):
        cluster.check_reachable(address)


def test_workers_of_a_cluster_need_a_server() -> None:
    with pytest.raises(StudyError, match="cannot share a SQLite file; give --storage postgresql"):
        run_workers(Settings(ray_address="auto"), "sqlite:///optuna.db")


@pytest.mark.parametrize(
    ("arguments", "address", "is_there"),
    [
        (["preprocess"], "http://head:8265", True),
        (["hparam-search", "--workers", "4"], "https://head", True),
        (["preprocess", "--help"], "http://head:8265", False),
        (["predict", "a.wav"], "http://head:8265", False),
        ([], "http://head:8265", False),
        (["preprocess"], "auto", False),
        (["preprocess"], None, False),
    ],
)
def test_commands_that_spread_are_handed_over(
    arguments: list[str], address: str | None, is_there: bool
) -> None:
    assert is_handed_over(arguments, Settings(ray_address=address)) is is_there
