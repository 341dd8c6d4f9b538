import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from slu.audio.wav import wav_bytes
from slu.data.feedback import read_feedback

Connect = Callable[..., httpx.Client]
Project = Any  # of this folder's conftest

FORM = {"Content-Type": "multipart/form-data; boundary=x"}
SILENCE = wav_bytes(np.zeros(16000, np.float32), 16000)
KEYS = {
    *("request_id", "status", "rejected_reason", "text", "prediction", "confidence"),
    *("joint_confidence", "probabilities", "attention", "latency_ms", "audio_duration"),
    "model_version",
}


def test_a_recording_is_understood(client: httpx.Client, clip: bytes) -> None:
    response = client.post("/predict", files={"file": ("order.wav", clip, "audio/wav")})
    answer = response.json()
    assert response.status_code == 200
    assert answer.keys() == KEYS
    assert answer["status"] == "ok"
    assert answer["rejected_reason"] is None
    assert answer["prediction"] == {"product": "beras", "quantity": "3"}
    assert answer["text"].startswith("3 x beras, ")
    assert answer["audio_duration"] == pytest.approx(1.0)
    assert answer["model_version"] == "first"
    assert answer["latency_ms"] > 0


def test_probabilities_and_attention_fit_the_prediction(client: httpx.Client, clip: bytes) -> None:
    answer = client.post("/predict", files={"file": clip}).json()
    for slot, label in answer["prediction"].items():
        probabilities = answer["probabilities"][slot]
        assert sum(probabilities.values()) == pytest.approx(1.0)
        assert probabilities[label] == max(probabilities.values()) == answer["confidence"][slot]
        attention = answer["attention"][slot]
        assert sum(attention["weights"]) == pytest.approx(1.0, abs=1e-2)
        assert attention["step_s"] == pytest.approx(0.04)
        assert attention["start_s"] <= 0
    joint = np.prod(list(answer["confidence"].values()))
    assert answer["joint_confidence"] == pytest.approx(joint)


def test_the_content_decides_the_format(client: httpx.Client, clip: bytes) -> None:
    for name, declared in [("x.mp3", "audio/mpeg"), ("x.txt", "text/plain"), ("", "")]:
        response = client.post("/predict", files={"file": (name or "x", clip, declared)})
        assert response.status_code == 200


def test_silence_is_rejected_with_a_reason(client: httpx.Client) -> None:
    answer = client.post("/predict", files={"file": SILENCE}).json()
    assert answer["status"] == "rejected"
    assert answer["text"] == answer["rejected_reason"] != ""
    assert answer["prediction"] == answer["probabilities"] == answer["attention"] == {}


def test_doubt_is_rejected_but_the_guess_is_told(
    connect: Connect, project: Project, clip: bytes
) -> None:
    project.add_model("doubtful", {"product": "kopi", "quantity": "1"}, logit=0.1)
    project.registry.promote("doubtful")
    answer = connect().post("/predict", files={"file": clip}).json()
    assert answer["status"] == "rejected"
    assert answer["prediction"] == {"product": "kopi", "quantity": "1"}


def test_each_prediction_is_one_line_in_the_log(
    client: httpx.Client, project: Project, clip: bytes
) -> None:
    answer = client.post("/predict", files={"file": clip}).json()
    client.post("/predict", files={"file": b"RIFF0000WAVEjunk"})
    first, second = project.log_rows()
    assert (first["request_id"], first["source"]) == (answer["request_id"], "api")
    assert first["status"] == "ok"
    assert second["status"] == "error"


@pytest.mark.parametrize(
    ("recording", "status", "code"),
    [
        (b"these are words, not sound", 415, "unknown_format"),
        (b"", 422, "unusable_recording"),
        (b"RIFF\0\0\0\0WAVEfmt ", 422, "unusable_recording"),
        (wav_bytes(np.zeros(16000 * 31, np.float32), 16000), 422, "unusable_recording"),
    ],
)
def test_recordings_that_cannot_be_used_are_refused(
    client: httpx.Client, recording: bytes, status: int, code: str
) -> None:
    response = client.post("/predict", files={"file": recording})
    assert response.status_code == status
    assert response.json().keys() == {"code", "message", "request_id"}
    assert response.json()["code"] == code
    assert response.json()["request_id"] == response.headers["X-Request-ID"]


def test_requests_that_make_no_sense_are_told_what_is_wrong(client: httpx.Client) -> None:
    missing = client.post("/predict")
    assert missing.status_code == 422
    assert missing.json()["message"] == "file: this field is missing"
    text = client.post("/predict", data={"file": "text"})
    assert text.status_code == 422
    assert text.json()["message"] == "file: send a file, not text"
    torn = client.post("/predict", content=b"no form", headers=FORM)
    assert (torn.status_code, torn.json()["code"]) == (400, "bad_request")


def test_unknown_addresses_and_methods_are_errors_of_the_same_form(client: httpx.Client) -> None:
    unknown = client.get("/nothing/here")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    method = client.get("/predict")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["Allow"] == "POST"


def test_a_batch_is_answered_file_by_file_in_order(client: httpx.Client, clip: bytes) -> None:
    files = [
        ("files", ("good.wav", clip)),
        ("files", ("bad.wav", b"not a sound")),
        ("files", ("silent.wav", SILENCE)),
    ]
    response = client.post("/predict/batch", files=files)
    good, bad, silent = response.json()["results"]
    assert [item["filename"] for item in (good, bad, silent)] == [
        "good.wav",
        "bad.wav",
        "silent.wav",
    ]
    assert good["result"]["status"] == "ok"
    assert bad["result"] is None
    assert bad["error"]["code"] == "unknown_format"
    assert silent["result"]["status"] == "rejected"


def test_a_batch_has_a_largest_size(connect: Connect) -> None:
    response = connect(max_batch_files=2).post("/predict/batch", files=[("files", b"x")] * 3)
    assert response.status_code == 400
    assert "2" in response.json()["message"]


def test_health_tells_the_model(client: httpx.Client) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "live": True,
        "ready": True,
        "model_version": "first",
        "log_failures": 0,
    }


def test_without_a_model_the_server_lives_but_is_not_ready(
    connect: Connect, project: Project, clip: bytes
) -> None:
    project.registry.path_of("latest").unlink()
    client = connect()
    health = client.get("/health")
    assert health.status_code == 503
    assert health.json()["live"]
    assert not health.json()["ready"]
    refused = client.post("/predict", files={"file": clip})
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert str(project.root) not in refused.text
    project.registry.promote("first")
    assert _eventually(lambda: client.get("/health").status_code == 200)
    assert client.post("/predict", files={"file": clip}).status_code == 200


def test_health_tells_that_the_log_cannot_be_written(
    client: httpx.Client, project: Project, clip: bytes
) -> None:
    logs = project.root / "logs"
    logs.write_text("a file where the folder should be")
    assert client.post("/predict", files={"file": clip}).status_code == 200
    health = client.get("/health").json()
    assert (health["status"], health["log_failures"]) == ("degraded", 1)
    assert "slu_inference_log_failures_total 1.0" in client.get("/metrics").text


def test_models_are_listed(client: httpx.Client, project: Project) -> None:
    project.add_model("second", {"product": "gula", "quantity": "1"})
    listed = client.get("/models").json()
    assert listed["in_use"] == "first"
    assert {m["version"]: m["in_use"] for m in listed["models"]} == {"first": True, "second": False}
    assert listed["models"][0]["metrics"]["test"]["joint_accuracy"]["value"] == 0.97


def test_a_promotion_swaps_the_model_without_a_failed_request(
    client: httpx.Client, project: Project, clip: bytes
) -> None:
    project.add_model("second", {"product": "gula", "quantity": "1"})
    statuses: list[int] = []
    versions: list[str] = []

    def ask_until_swapped() -> None:
        while "second" not in versions and len(versions) < 5000:
            response = client.post("/predict", files={"file": clip})
            statuses.append(response.status_code)
            versions.append(response.json()["model_version"])

    asking = threading.Thread(target=ask_until_swapped)
    asking.start()
    project.registry.promote("second")
    asking.join()
    assert set(statuses) == {200}
    assert versions[-1] == "second"


def test_an_altered_model_never_replaces_a_good_one(
    client: httpx.Client,
    project: Project,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("slu.service._RELOAD_AFTER_S", 0.0)
    project.add_model("second", {"product": "gula", "quantity": "1"})
    project.registry.promote("second")
    (project.root / "artifacts" / "second" / "model.onnx").write_bytes(b"altered")
    response = client.post("/predict", files={"file": clip})
    assert (response.status_code, response.json()["model_version"]) == (200, "first")
    assert "was altered" in caplog.text


def test_corrections_are_kept_and_recordings_only_with_consent(
    client: httpx.Client, project: Project, clip: bytes
) -> None:
    audio = base64.b64encode(clip).decode()
    labels = {"product": "gula", "quantity": "2"}
    quiet = {"request_id": "one", "labels": labels, "audio": audio}
    agreed = {"request_id": "two", "labels": labels, "audio": audio, "consent": True}
    assert client.post("/feedback", json=quiet).json() == {"request_id": "one", "audio_kept": False}
    assert client.post("/feedback", json=agreed).json() == {"request_id": "two", "audio_kept": True}
    kept = read_feedback(project.root / "logs" / "feedback.jsonl")
    assert kept["one"].labels == labels
    assert kept["one"].audio is None
    assert kept["two"].audio is not None
    assert (project.root / "logs" / kept["two"].audio).read_bytes() == clip


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"labels": {}}, 422),
        ({"labels": {"product": "unheard-of"}}, 422),
        ({"labels": {"size": "large"}}, 422),
        ({"request_id": "../../etc/passwd"}, 422),
        ({"surprise": 1}, 422),
        ({"audio": "", "consent": True}, 422),
        ({"audio": base64.b64encode(b"no sound").decode(), "consent": True}, 415),
    ],
)
def test_corrections_that_make_no_sense_are_refused(
    client: httpx.Client, project: Project, change: dict[str, object], status: int
) -> None:
    correction = {"request_id": "one", "labels": {"product": "gula"}} | change
    assert client.post("/feedback", json=correction).status_code == status
    assert not (project.root / "logs" / "feedback.jsonl").exists()


def test_a_correction_that_cannot_be_saved_is_not_acknowledged(
    client: httpx.Client, project: Project
) -> None:
    (project.root / "logs").write_text("a file where the folder should be")
    correction = {"request_id": "one", "labels": {"product": "gula"}}
    response = client.post("/feedback", json=correction)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert str(project.root) not in response.text


def test_keys_open_what_is_protected(connect: Connect, clip: bytes) -> None:
    client = connect(api_keys=("open-sesame",))
    refused = client.post("/predict", files={"file": clip})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorised")
    for path in ("/models", "/metrics"):
        assert client.get(path).status_code == 401
    for path in ("/", "/health", "/openapi.json"):
        assert client.get(path).status_code == 200
    for headers in ({"X-API-Key": "open-sesame"}, {"Authorization": "Bearer open-sesame"}):
        assert client.get("/metrics", headers=headers).status_code == 200
    wrong = client.post("/predict", files={"file": clip}, headers={"X-API-Key": "open"})
    assert wrong.status_code == 401


def test_a_client_that_asks_too_often_is_told_how_long_to_wait(
    connect: Connect, clip: bytes
) -> None:
    client = connect(rate_limit_per_minute=2)
    for _ in range(2):
        assert client.post("/predict", files={"file": clip}).status_code == 200
    refused = client.post("/predict", files={"file": clip})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert client.get("/health").status_code == 200


def test_each_recording_of_a_batch_counts(connect: Connect) -> None:
    client = connect(rate_limit_per_minute=6)
    files = [("files", b"x")] * 3
    assert client.post("/predict/batch", files=files).status_code == 200
    assert client.post("/predict/batch", files=files).status_code == 429


def _eventually(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.05)
    return False
