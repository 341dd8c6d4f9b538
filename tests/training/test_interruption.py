"""A real `slu train` that is stopped, killed and continued."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slu.config import save_config
from slu.registry import Registry
from tests.tones import MODEL, TRAIN

pytestmark = pytest.mark.fault

N_EPOCHS = 30
TIMEOUT_S = 120.0


class Training:
    """A `slu train` in a process group of its own, as a background job has it."""

    def __init__(self, root: Path, *options: str) -> None:
        command = [
            *(sys.executable, "-m", "slu.cli", "train"),
            *("--model-cfg", "model.yaml", "--train-cfg", "train.yaml", *options),
        ]
        environment = os.environ | {"SLU_PROJECT_ROOT": str(root), "OMP_NUM_THREADS": "1"}
        self.errors = root / "stderr.txt"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                command, cwd=root, env=environment, stderr=errors, start_new_session=True
            )

    def wait_for_epochs(self, count: int) -> None:
        """Until so many epochs are told."""
        wait_until(lambda: self.errors.read_text().count("epoch ") >= count or self.has_ended())
        assert not self.has_ended(), self.errors.read_text()

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def signal(self, number: int) -> None:
        """As Ctrl-C and a cancelled job do: to every process of the group."""
        os.killpg(self.process.pid, number)

    def finish(self) -> int:
        """Its exit code; afterwards no process of the group is left."""
        code = self.process.wait(TIMEOUT_S)
        wait_until(lambda: not self._group_exists())
        return code

    def _group_exists(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


def wait_until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + TIMEOUT_S
    while not happened():
        assert time.monotonic() < give_up, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def project(tone_root: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(tone_root, root)
    config = TRAIN.model_copy(
        update={"epochs": N_EPOCHS, "patience": N_EPOCHS, "workers": 1, "run_name": "tones"}
    )
    save_config(MODEL, root / "model.yaml")
    save_config(config, root / "train.yaml")
    return root


def test_a_training_survives_whatever_stops_it(project: Path) -> None:
    """Killed, then Ctrl-C, then SIGTERM; each time it goes on where it was."""
    killed = Training(project)
    killed.wait_for_epochs(2)
    os.kill(killed.process.pid, signal.SIGKILL)
    assert killed.finish() == -signal.SIGKILL

    for number in (signal.SIGINT, signal.SIGTERM):
        before = len(epochs(project))
        stopped = Training(project, "--resume")
        stopped.wait_for_epochs(1)
        stopped.signal(number)
        assert stopped.finish() == 1
        said = stopped.errors.read_text()
        assert "slu: training was stopped; continue it with --resume\n" in said
        assert "Traceback" not in said
        assert len(epochs(project)) > before

    resumed = Training(project, "--resume")
    assert resumed.finish() == 0, resumed.errors.read_text()
    assert epochs(project) == list(range(1, N_EPOCHS + 1))
    assert Registry(project, project / "artifacts" / "registry").latest_version() == "tones"


def epochs(root: Path) -> list[int]:
    """Epochs in the history, in its order."""
    lines = (root / "artifacts" / "tones" / "history.jsonl").read_text().splitlines()
    return [int(json.loads(line)["epoch"]) for line in lines]
