"""Speed and memory, measured: that the figures are there, not how good they are."""

import json
import shutil
from pathlib import Path

import pytest

from slu.bench.measurements import bench_cold_start, bench_epoch, bench_features, bench_prediction
from slu.bench.suite import run_bench
from slu.errors import ModelError
from slu.inference import Predictor
from slu.registry import Registry
from slu.settings import Settings
from tests.tones import MODEL, TRAIN

pytestmark = pytest.mark.slow


def test_features_are_compared_with_librosa() -> None:
    ours, librosa, ratio = bench_features()

    assert ours.value > 0
    assert ratio.value == pytest.approx(librosa.value / ours.value)
    assert ratio.target == ">= 3"


def test_a_prediction_is_timed(trained_root: Path) -> None:
    registry = Registry(trained_root, trained_root / "artifacts" / "registry")

    p50, p95 = bench_prediction(Predictor.load(registry))

    assert 0 < p50.value <= p95.value
    assert "tones" in p50.name


def test_a_cold_start_needs_no_training_packages(trained_root: Path) -> None:
    seconds, memory, heavy = bench_cold_start(Settings(project_root=trained_root), repeats=1)

    assert seconds.value > 0
    assert memory.value > 10
    assert heavy.value == 0


def test_a_project_that_cannot_predict_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model is in use yet"):
        bench_cold_start(Settings(project_root=tmp_path), repeats=1)


def test_an_epoch_is_timed_and_leaves_nothing(trained_root: Path) -> None:
    before = sorted(trained_root.rglob("*"))
    path = trained_root / "data" / "processed" / "metadata_features.csv"

    epoch, memory = bench_epoch(path, MODEL, TRAIN)

    assert epoch.value > 0
    assert "48 clips" in epoch.name
    assert memory.value > 10
    assert sorted(trained_root.rglob("*")) == before


def test_what_cannot_be_measured_is_left_out(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "configs", tmp_path / "configs")
    told: list[str] = []

    measured = run_bench(Settings(project_root=tmp_path), tmp_path / "bench.json", told.append)

    written = json.loads((tmp_path / "bench.json").read_text())
    assert [m["name"] for m in written["measurements"]] == [m.name for m in measured]
    assert measured[0].name == "features of 2 s, p50"
    assert len([line for line in told if line.startswith("left out: ")]) == 7
    assert written["cores"] > 0
