import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.wav import wav_bytes
from slu.data.feedback import read_feedback
from slu.inference import Predictor
from slu.labelling import Candidate, label, listen, unlabelled
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.reference import Reference, build_reference
from slu.registry import Registry
from slu.settings import Settings
from tests.tones import SAMPLE_RATE, tone

pytestmark = pytest.mark.slow

SLOTS = ("product", "quantity")


def order(seed: int = 1, gain: float = 1.0) -> bytes:
    return wav_bytes(gain * tone("teh", "2", np.random.default_rng(seed)), SAMPLE_RATE)


@pytest.fixture
def settings(trained_project: Path) -> Settings:
    return Settings(project_root=trained_project)


@pytest.fixture
def predictor(settings: Settings) -> Predictor:
    return Predictor.load(Registry(settings.project_root, settings.registry_dir))


@pytest.fixture
def feedback(settings: Settings) -> FeedbackLog:
    return FeedbackLog(settings.feedback_log)


def bring(settings: Settings, name: str, content: bytes) -> Path:
    path = settings.unlabelled_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_waits_is_found_until_it_is_labelled(
    settings: Settings, predictor: Predictor, feedback: FeedbackLog
) -> None:
    assert unlabelled(settings, SLOTS) == []
    path = bring(settings, "monday/1.WAV", order())
    bring(settings, "notes.txt", b"no sound")
    (waiting,) = unlabelled(settings, SLOTS)
    assert waiting.path == path
    label(feedback, waiting, {"product": "teh"}, predictor)
    (again,) = {one.request_id for one in unlabelled(settings, SLOTS)}
    assert again == waiting.request_id
    label(feedback, waiting, {"product": "teh", "quantity": "2"}, predictor)
    assert unlabelled(settings, SLOTS) == []
    (kept,) = read_feedback(feedback.path).values()
    assert kept.audio is not None
    assert (settings.logs_dir / kept.audio).read_bytes() == order()


def test_half_corrected_recordings_wait_and_recordings_without_consent_do_not_exist(
    settings: Settings, feedback: FeedbackLog
) -> None:
    feedback.append("half", {"product": "teh"}, order(), consent=True)
    feedback.append("whole", {"product": "teh", "quantity": "2"}, order(2), consent=True)
    feedback.append("private", {"product": "teh"}, order(3))
    (waiting,) = unlabelled(settings, SLOTS)
    assert waiting.request_id == "half"
    shutil.rmtree(feedback.clips_dir)
    assert unlabelled(settings, SLOTS) == []


def heard(
    settings: Settings, predictor: Predictor, content: bytes, reference: Reference | None
) -> Candidate | None:
    bring(settings, "1.wav", content)
    (waiting,) = unlabelled(settings, SLOTS)
    return listen(waiting, predictor, reference)


def test_a_recording_is_heard_and_compared(settings: Settings, predictor: Predictor) -> None:
    clips = [predictor.predict(tone("teh", "2", np.random.default_rng(n))) for n in range(100)]
    statistics = pd.DataFrame([vars(clip.statistics) for clip in clips])
    table = statistics.rename(columns={"duration_s": "audio_duration"}).assign(
        product="teh", quantity="2"
    )
    reference = Reference.model_validate(build_reference(table, SLOTS))
    usual = heard(settings, predictor, order(), reference)
    quiet = heard(settings, predictor, order(gain=0.02), reference)
    assert usual is not None
    assert quiet is not None
    assert usual.guess == {"product": "teh", "quantity": "2"}
    assert usual.rarity < quiet.rarity == pytest.approx(1.0)
    assert (quiet.extreme, quiet.rarity) == ("quieter", 1.0)
    alone = heard(settings, predictor, order(), None)
    assert alone is not None
    assert (alone.rarity, alone.extreme) == (0.0, "")


def test_what_cannot_be_read_is_passed_over(settings: Settings, predictor: Predictor) -> None:
    assert heard(settings, predictor, b"no sound", None) is None
