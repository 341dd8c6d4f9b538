import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from slu.data.clips import ClipFacts, measure_clip

MakeClip = Callable[..., Path]


def facts(path: Path) -> ClipFacts:
    measured = measure_clip(str(path))
    assert isinstance(measured, ClipFacts), measured
    return measured


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_facts_are_those_of_the_file(tmp_path: Path, make_clip: MakeClip, sample_rate: int) -> None:
    path = make_clip(tmp_path / "a.wav", duration_s=0.5, sample_rate=sample_rate)
    measured = facts(path)
    assert measured.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert measured.sample_rate == sample_rate
    assert measured.duration_s == pytest.approx(0.5, abs=0.002)
    assert measured.clipped_share == 0.0


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_clipping_is_seen_through_the_change_of_rate(tmp_path: Path, sample_rate: int) -> None:
    time_s = np.arange(sample_rate) / sample_rate
    loud = np.clip(2.0 * np.sin(2 * np.pi * 200 * time_s), -1.0, 1.0)
    soundfile.write(tmp_path / "loud.wav", loud, sample_rate)
    soundfile.write(tmp_path / "fair.wav", 0.45 * loud, sample_rate)
    assert facts(tmp_path / "loud.wav").clipped_share > 0.3
    assert facts(tmp_path / "fair.wav").clipped_share == 0.0
    assert facts(tmp_path / "fair.wav").peak == pytest.approx(0.45, rel=0.1)


def test_silence_has_no_peak(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 16000)
    assert facts(tmp_path / "silent.wav").peak == 0.0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.wav", None, "There is no sound file at"),
        ("empty.wav", b"", "The recording is empty"),
        ("text.wav", b"id,path\n1,a.wav\n" * 20, "This is not a sound file"),
        ("cut.flac", b"fLaC" + bytes(100), "damaged"),
        ("nul\0byte.wav", None, "There is no sound file at"),
        (".", None, "There is no sound file at"),
    ],
)
def test_what_cannot_be_used_gives_a_reason(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    measured = measure_clip(str(tmp_path / name))
    assert isinstance(measured, str)
    assert reason in measured


def test_a_row_without_a_path_says_so() -> None:
    assert measure_clip("") == "There is no path in this row; give one."
