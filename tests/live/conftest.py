"""A service with the shipped model, and an order to be spoken to it."""

from pathlib import Path

import pytest

from slu.audio.decode import decode
from slu.audio.types import Waveform
from slu.service import PredictionService
from slu.settings import Settings
from tests.live.browser_sound import BROWSER_RATE
from tests.ui.harness import make_project, spoken_order


@pytest.fixture
def service(tmp_path: Path) -> PredictionService:
    make_project(tmp_path)
    return PredictionService(Settings(project_root=tmp_path))


@pytest.fixture(scope="session")
def order() -> Waveform:
    """Three of rice, at the browser's rate."""
    return decode(spoken_order({"product": "beras", "quantity": "3"}), BROWSER_RATE)
