"""Versions judged, watched and given away."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu import workflows
from slu.audio.wav import write_wav
from slu.config.monitor import MonitorConfig
from slu.errors import DataError
from slu.evaluation.report import ReportPaths
from slu.exporting import ExportFormat
from slu.inference import Predictor
from slu.registry import RegistryEntry
from slu.service import PredictionService
from slu.settings import Settings
from tests.tones import SAMPLE_RATE, tone

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(trained_project: Path) -> Settings:
    return Settings(project_root=trained_project)


@pytest.fixture
def entry(settings: Settings) -> RegistryEntry:
    entry = workflows.open_registry(settings).get()
    words = {
        "label_words": {"quantity": {"satu": "1", "dua": "2"}},
        "aliases": {"product": ["barang"]},
    }
    return entry.model_copy(update={"data_cfg": entry.data_cfg | words})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Recordings that are labelled in the words of the training data."""
    path = tmp_path / "mine" / "table.csv"
    path.parent.mkdir()
    write_wav(path.with_name("a.wav"), tone("teh", "2", np.random.default_rng(1)), SAMPLE_RATE)
    rows = {"file": ["a.wav", "a.wav"], "barang": ["Teh", "kopi"], "jumlah": ["dua", "2.0"]}
    pd.DataFrame(rows | {"split": ["test", "train"]}).to_csv(path, index=False)
    return path


def test_a_table_is_read_as_the_training_data_was(table: Path, entry: RegistryEntry) -> None:
    rows = workflows.labelled_recordings(table, entry, "all")

    assert rows["product"].tolist() == ["teh", "kopi"]
    assert rows["quantity"].tolist() == ["2", "2"]
    assert all(Path(path).is_file() for path in rows["path"])


def test_one_split_can_be_chosen(table: Path, entry: RegistryEntry) -> None:
    assert len(workflows.labelled_recordings(table, entry, "train")) == 1
    with pytest.raises(DataError, match="has no val recordings; try --split all"):
        workflows.labelled_recordings(table, entry, "val")


def test_a_table_without_splits_is_taken_whole(table: Path, entry: RegistryEntry) -> None:
    pd.read_csv(table).drop(columns="split").to_csv(table, index=False)

    assert len(workflows.labelled_recordings(table, entry, "test")) == 2


def test_an_evaluation_gives_what_it_wrote(
    table: Path, entry: RegistryEntry, settings: Settings, tmp_path: Path
) -> None:
    predictor = Predictor.load(workflows.open_registry(settings))
    paths = ReportPaths.in_folder(tmp_path / "out", predictor.slots)
    rows = workflows.labelled_recordings(table, entry, "all")

    evaluation = workflows.evaluate(predictor, rows, paths, {"version": "tones"})

    assert evaluation.scores.joint_accuracy.value == 0.5
    assert evaluation.predictions["product_predicted"].tolist() == ["teh", "teh"]
    assert json.loads(paths.metrics.read_text()) == evaluation.metrics
    assert paths.predictions.exists()


def test_the_log_of_predictions_is_reported(settings: Settings, tmp_path: Path) -> None:
    service = PredictionService(settings)
    answer = service.predict_waveform(tone("teh", "2", np.random.default_rng(1)), "live")
    service.predict_waveform(np.zeros(SAMPLE_RATE, np.float32), "live")
    service.feedback.append(answer.request_id, {"product": "teh", "quantity": "1"})

    summary = workflows.monitor_report(
        service.log.path, tmp_path / "report", 20, MonitorConfig(), settings
    )

    assert summary["rows"] == 2
    assert summary["accuracy"], "the corrections beside the log were read"
    assert json.loads((tmp_path / "report" / "summary.json").read_text()) == summary


def test_drift_is_judged_against_the_version_in_use(settings: Settings, tmp_path: Path) -> None:
    service = PredictionService(settings)
    long = np.resize(tone("teh", "2", np.random.default_rng(1)), 3 * SAMPLE_RATE)
    for _ in range(100):
        service.predict_waveform(long, "live")
    config = MonitorConfig.model_validate({"drift": {"chunk_size": 100}})

    summary = workflows.monitor_report(service.log.path, tmp_path / "report", 20, config, settings)

    assert summary["drift"]["audio_duration"]["alert"]


def test_exports_go_to_the_artifacts(settings: Settings) -> None:
    path = workflows.export_model(settings, None, ExportFormat.ONNX).path

    assert path == settings.artifacts_dir / "exports" / "tones.onnx"
    assert path.is_file()
