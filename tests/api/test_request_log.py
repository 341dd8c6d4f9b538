import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Connect = Callable[..., httpx.Client]


def logged_request(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Fields of the one request; they are written just after its answer is on the way."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for record in list(caplog.records):
            if record.getMessage() == "request":
                return dict(vars(record)["fields"])
        time.sleep(0.01)
    raise AssertionError("no request was logged")


def test_each_request_is_one_record_that_its_id_finds(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "slu.api")
    response = client.get("/models?secret=1")
    fields = logged_request(caplog)
    assert fields["request_id"] == response.headers["X-Request-ID"]
    assert fields["client"] == "127.0.0.1"
    assert (fields["method"], fields["path"], fields["status"]) == ("GET", "/models", 200)
    assert fields["duration_ms"] > 0


def test_a_mistake_of_ours_is_logged_and_told_without_its_inside(
    client: httpx.Client,
    clip: bytes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr("slu.service.PredictionService.predict", fail)
    response = client.post("/predict", files={"file": clip})
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert "inside" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    (failure,) = [record for record in caplog.records if record.exc_info]
    assert vars(failure)["fields"]["request_id"] == response.json()["request_id"]
