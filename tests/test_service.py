"""The way in which every door predicts."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from slu import service as service_module
from slu.audio.wav import wav_bytes
from slu.errors import AudioError, RegistryError
from slu.inference import Predictor
from slu.registry import Registry
from slu.service import PredictionService
from slu.settings import Settings
from tests.tones import SAMPLE_RATE, tone

pytestmark = pytest.mark.slow

ORDER = wav_bytes(tone("teh", "2", np.random.default_rng(1)), SAMPLE_RATE)
SILENCE = wav_bytes(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)


@pytest.fixture
def service(trained_project: Path) -> PredictionService:
    return PredictionService(Settings(project_root=trained_project))


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after which enough time has passed to look for another version."""
    skipped_s = 0.0
    monotonic = service_module.time.monotonic
    monkeypatch.setattr(service_module.time, "monotonic", lambda: monotonic() + skipped_s)

    def skip() -> None:
        nonlocal skipped_s
        skipped_s += 2.0

    return skip


def rows(service: PredictionService) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.log.path.read_text("utf-8").splitlines()]


def copy_version(root: Path, name: str) -> None:
    """Register the model of version `tones` under another name."""
    registry = Registry(root, root / "artifacts" / "registry")
    shutil.copytree(root / "artifacts" / "tones", root / "artifacts" / name)
    entry = registry.path_of("tones").read_text().replace("artifacts/tones", f"artifacts/{name}")
    registry.path_of(name).write_text(json.dumps(json.loads(entry) | {"version": name}))
    config = root / "artifacts" / name / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"version": name}))
    rehash(registry, name)


def rehash(registry: Registry, name: str) -> None:
    from slu.registry import sha256_of

    entry = json.loads(registry.path_of(name).read_text())
    entry["sha256"] = {path: sha256_of(registry.resolve(path)) for path in entry["sha256"]}
    registry.path_of(name).write_text(json.dumps(entry))


def test_an_answer_is_logged(service: PredictionService) -> None:
    answer = service.predict(ORDER, "cli")

    [row] = rows(service)
    assert answer.prediction.labels == {"product": "teh", "quantity": "2"}
    assert answer.sample_rate == SAMPLE_RATE
    assert row["request_id"] == answer.request_id
    assert row["prediction"] == answer.prediction.labels
    assert row["confidence"] == pytest.approx(answer.prediction.confidences, abs=1e-5)
    assert (row["source"], row["status"], row["error"]) == ("cli", "ok", None)
    assert row["model_version"] == "tones"
    assert row["audio_duration"] == pytest.approx(answer.waveform.size / SAMPLE_RATE, abs=1e-3)
    assert {"ts", "latency_ms", "mel_mean", "mel_std", "frames", "snr_db"} <= set(row)


def test_a_rejection_is_logged_with_its_reason(service: PredictionService) -> None:
    answer = service.predict(SILENCE, "record")

    [row] = rows(service)
    assert row["status"] == "rejected"
    assert row["error"] == answer.prediction.rejected
    assert row["prediction"] == {}


def test_an_unusable_recording_is_logged(service: PredictionService) -> None:
    with pytest.raises(AudioError) as caught:
        service.predict(b"not a recording", "upload")

    [row] = rows(service)
    assert (row["source"], row["status"]) == ("upload", "error")
    assert row["error"] == str(caught.value)
    assert row["model_version"] == "tones"


def test_without_a_model_the_request_is_logged_too(tmp_path: Path) -> None:
    service = PredictionService(Settings(project_root=tmp_path))
    with pytest.raises(RegistryError, match="no model is in use yet"):
        service.predict(ORDER, "api")

    [row] = rows(service)
    assert (row["status"], row["model_version"]) == ("error", None)
    assert "no model is in use yet" in str(row["error"])


def test_a_bug_is_logged_without_its_text(
    service: PredictionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Predictor, "predict", fail)
    with pytest.raises(ZeroDivisionError):
        service.predict(ORDER, "api")

    [row] = rows(service)
    assert row["error"] == "internal error (ZeroDivisionError)"


def test_samples_are_predicted_and_logged(service: PredictionService) -> None:
    answer = service.predict_waveform(tone("kopi", "1", np.random.default_rng(1)), "live")

    assert answer.prediction.labels == {"product": "kopi", "quantity": "1"}
    assert [row["source"] for row in rows(service)] == ["live"]


def test_a_full_disk_stops_no_answer(service: PredictionService) -> None:
    service.log.path.parent.mkdir()
    service.log.path.mkdir()

    assert service.predict(ORDER, "api").prediction.rejected is None
    assert service.log.failures == 1


def test_limits_come_from_the_settings(trained_project: Path) -> None:
    service = PredictionService(Settings(project_root=trained_project, max_audio_s=0.2))
    with pytest.raises(AudioError, match=r"0\.2"):
        service.predict(ORDER, "api")


def test_a_promotion_is_followed(
    service: PredictionService, trained_project: Path, wait: Callable[[], None]
) -> None:
    assert service.predictor.version == "tones"
    copy_version(trained_project, "other")
    service.registry.promote("other")

    assert service.predictor is service.predictor
    wait()

    assert service.predictor.version == "other"
    service.registry.rollback()
    wait()
    assert service.predictor.version == "tones"


def test_a_fixed_version_stays(trained_project: Path, wait: Callable[[], None]) -> None:
    copy_version(trained_project, "other")
    service = PredictionService(Settings(project_root=trained_project), version="tones")
    first = service.predictor
    service.registry.promote("other")
    wait()

    assert service.predictor is first


def test_a_broken_promotion_leaves_the_old_version_answering(
    service: PredictionService,
    trained_project: Path,
    wait: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = service.predictor
    copy_version(trained_project, "broken")
    service.registry.promote("broken")
    (trained_project / "artifacts" / "broken" / "model.onnx").write_bytes(b"torn")
    wait()

    assert service.predictor is first
    assert "broken is refused" in caplog.text
    wait()
    assert service.predict(ORDER, "api").prediction.model_version == "tones"
    assert caplog.text.count("broken is refused") == 1


def test_a_deleted_registry_leaves_the_version_answering(
    service: PredictionService, wait: Callable[[], None]
) -> None:
    first = service.predictor
    shutil.rmtree(service.registry.folder)
    wait()

    assert service.predictor is first


def test_threads_load_a_version_once(
    service: PredictionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[object] = []
    load = Predictor.load

    def counting(*arguments: object) -> Predictor:
        loads.append(arguments)
        return load(*arguments)

    monkeypatch.setattr(Predictor, "load", counting)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.predict(ORDER, "api"), range(12)))

    assert len(loads) == 1
    assert {answer.prediction.sentence for answer in answers} == {answers[0].prediction.sentence}
    assert len({answer.request_id for answer in answers}) == len(rows(service)) == 12
