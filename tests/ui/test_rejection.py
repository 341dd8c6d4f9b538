"""Why a recording was turned away, in another language."""

import numpy as np
import pytest

from slu.audio.types import Waveform
from slu.inference import Predictor
from slu.registry import Registry
from slu.ui import rejection
from tests.ui.harness import ROOT

_NOISE = np.random.default_rng(0).normal(0, 0.1, 16000 * 40).astype(np.float32)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(Registry(ROOT, ROOT / "artifacts/registry"), "m1_best")


@pytest.fixture(autouse=True)
def _loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language whose words are those of English in capitals."""
    monkeypatch.setattr(rejection, "tr", lambda text, **values: text.format(**values).upper())


@pytest.mark.parametrize(
    "waveform",
    [
        pytest.param(np.zeros(16000, np.float32), id="silence"),
        pytest.param(_NOISE[:16], id="too short"),
        pytest.param(_NOISE, id="too long"),
        pytest.param(_NOISE[:32000], id="not understood"),
    ],
)
def test_reasons_are_translated(predictor: Predictor, waveform: Waveform) -> None:
    reason = predictor.predict(waveform).rejected
    assert reason
    assert rejection.reason_told(reason) == reason.upper()


@pytest.mark.parametrize("message", ["", "take {2}.wav lasts 3 s and holds 2 orders"])
def test_messages_of_errors_stay_as_they_are(message: str) -> None:
    assert rejection.reason_told(message) == message
