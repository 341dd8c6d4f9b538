"""The images: what they hold, and that the API's one needs nothing else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.deploy.conftest import ROOT, free_port, run, wait_for_port
from tests.ui.harness import spoken_order

_LIMIT_MB = 400
_NEVER = ("torch", "librosa", "numba", "streamlit", "pandas", "sklearn", "onnx", "duckdb")

# Answers once, with every package refused that requirements-api.txt lacks.
_SERVE = """
import re, sys
from importlib.metadata import packages_distributions
from pathlib import Path

def norm(name):
    return re.sub("[-_.]+", "-", name).lower()

lines = Path(sys.argv[1]).read_text().split()
pinned = {norm(line.split("==")[0]) for line in lines if "==" in line}
allowed = {"slu"}
for package, owners in packages_distributions().items():
    if pinned.intersection(map(norm, owners)):
        allowed.add(package)

class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in packages_distributions() and top not in allowed:
            raise ModuleNotFoundError(f"{name} is not in requirements-api.txt", name=top)

packages = packages_distributions()
packages_distributions = lambda: packages
sys.meta_path.insert(0, Refuse())

import numpy as np
from slu.api.app import create_app
from slu.audio.wav import wav_bytes
from slu.service import PredictionService
from slu.settings import Settings
import slu.api.__main__
import slu.cli

settings = Settings(project_root=Path(sys.argv[2]))
create_app(settings)
clip = wav_bytes(np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32), 16000)
for version in ("m1_best", "m3_best"):
    print(PredictionService(settings, version).predict(clip, "api").prediction.model_version)
"""


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def copy_models(root: Path) -> None:
    for name in ("m1_best", "m3_best", "registry"):
        shutil.copytree(ROOT / "artifacts" / name, root / "artifacts" / name)


def test_the_api_has_the_same_pins_as_all() -> None:
    assert pins("requirements-api.txt").items() <= pins("requirements.txt").items()


def test_the_api_answers_with_its_pins_alone(tmp_path: Path) -> None:
    copy_models(tmp_path)
    command = [sys.executable, "-c", _SERVE, ROOT / "requirements-api.txt", tmp_path]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["m1_best", "m3_best"], done.stderr


def test_hadolint_finds_nothing() -> None:
    assert run("hadolint", "Dockerfile") == ""


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]
    for sources in re.findall(r"^COPY (?!--from)(?:--\S+ )?(.*)", dockerfile(), re.MULTILINE):
        for source in sources.split()[:-1]:
            assert list(ROOT.glob(source)), source
            assert any(name.split("/")[0] == source.split("/")[0] for name in kept), source


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


def stage(name: str) -> str:
    return re.split(r"^FROM ", dockerfile().split(f" AS {name}\n")[1], flags=re.MULTILINE)[0]


@pytest.mark.fault
@pytest.mark.timeout(900)
def test_the_api_image_built_without_docker(tmp_path: Path) -> None:
    """Run what the Dockerfile runs, with another place for /opt/venv, and serve from there."""
    venv, project = tmp_path / "venv", tmp_path / "project"
    copy_models(project)
    shutil.copy(ROOT / "requirements-api.txt", tmp_path)
    # The image's own pip is as new as its Python; here it is the one beside this Python.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    instructions = stage("api-packages").replace("\\\n", " ").splitlines()
    for line in instructions:
        if line.startswith("RUN "):
            script = line.removeprefix("RUN ").replace("/opt/venv", str(venv))
            subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=environment, check=True)

    (packages,) = venv.glob("lib/python3*/site-packages")
    size_mb = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
    print(f"site-packages of the image api: {size_mb:.0f} MB")  # noqa: T201
    assert size_mb < _LIMIT_MB
    assert not [name for name in _NEVER if (packages / name).exists()]

    port = free_port()
    shutil.copytree(ROOT / "slu", tmp_path / "srv" / "slu")
    with subprocess.Popen(
        [venv / "bin" / "python", "-m", "slu.cli", "serve", "--port", str(port)],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path / "srv"),
            "SLU_PROJECT_ROOT": str(project),
            "SLU_ALERT_CHECK_S": "0",
        },
    ) as server:
        try:
            wait_for_port(port, server)
            address = f"http://127.0.0.1:{port}"
            assert httpx.get(f"{address}/health", timeout=60).json()["ready"] is True
            order = spoken_order({"product": "beras", "quantity": "3"})
            answer = httpx.post(f"{address}/predict", files={"file": order}, timeout=60).json()
            assert answer["prediction"] == {"product": "beras", "quantity": "3"}
        finally:
            server.terminate()
