import subprocess
import sys
from pathlib import Path

import numpy as np
import pyopen_wakeword
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from slu.audio import speech_embedding
from slu.audio.speech_embedding import (
    HOP_FRAMES,
    HOP_LENGTH,
    LOUDNESS_SCALE,
    LOUDNESS_SHIFT,
    MIN_SAMPLES,
    N_EMBEDDING,
    N_FFT,
    N_MELS,
    SAMPLE_RATE,
    WINDOW_FRAMES,
    SpeechEmbedding,
    embedding_mel,
    loudness,
)
from slu.config.preprocess import EmbeddingNetwork
from slu.errors import AudioError, ModelError

# Mel frames of the window that the package slides over a sound.
PACKAGE_FRAMES = 76
MODELS = Path(pyopen_wakeword.__file__).parent / "models"


@pytest.fixture(scope="module")
def embed() -> SpeechEmbedding:
    return SpeechEmbedding()


def sound(n_samples: int, seed: int = 0) -> NDArray[np.float32]:
    """Tones that rise and fall under noise, at a quarter of full scale."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(n_samples) / SAMPLE_RATE
    swept = np.sin(2 * np.pi * (300 + 200 * np.sin(3 * seconds)) * seconds)
    noisy = 0.2 * swept * (1 + np.sin(7 * seconds)) / 2 + 0.02 * rng.standard_normal(n_samples)
    return noisy.astype(np.float32)


def packaged(name: str, given: NDArray[np.float32]) -> Interpreter:
    """The package's own network after it was given something, computed without any shortcut."""
    interpreter = Interpreter(
        str(MODELS / f"{name}.tflite"),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.resize_tensor_input(0, given.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, given)
    interpreter.invoke()
    return interpreter


def before_last_pooling(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the package's own network gives its last pooling, for its first place in time."""
    interpreter = packaged("embedding_model", mel[None, :, :, None])
    poolings = [op for op in interpreter._get_ops_details() if op["op_name"] == "MAX_POOL_2D"]
    given: NDArray[np.float32] = interpreter.get_tensor(poolings[-1]["inputs"][0])
    return given[0, 0].reshape(-1)


def test_the_mel_spectrogram_is_the_packages_own() -> None:
    waveform = sound(2 * SAMPLE_RATE)

    network = packaged("melspectrogram", waveform[None] * np.float32(32767))
    expected = network.get_tensor(network.get_output_details()[0]["index"]) / 10 + 2

    np.testing.assert_allclose(embedding_mel(waveform), expected[0, 0], atol=1e-3)


@pytest.mark.parametrize("duration_s", [0.8, 1.37, 2.5])
def test_the_whole_clip_gives_what_sliding_windows_give(
    embed: SpeechEmbedding, duration_s: float
) -> None:
    waveform = sound(round(duration_s * SAMPLE_RATE))
    mel = embedding_mel(waveform)
    starts = range(0, len(mel) - PACKAGE_FRAMES + 1, HOP_FRAMES)
    windows = [before_last_pooling(mel[start : start + PACKAGE_FRAMES]) for start in starts]

    np.testing.assert_allclose(embed(mel)[: len(windows)], np.stack(windows), atol=1e-3)


@pytest.mark.parametrize("network", ["original", "in_noise", "in_talk"])
def test_each_embedding_depends_on_its_window_alone(network: EmbeddingNetwork) -> None:
    embed = SpeechEmbedding(network)
    waveform = sound(SAMPLE_RATE)
    hop = HOP_FRAMES * HOP_LENGTH

    embedded = embed(embedding_mel(waveform))

    for index, row in enumerate(embedded):
        window = waveform[index * hop : index * hop + MIN_SAMPLES]
        np.testing.assert_allclose(embed(embedding_mel(window))[0], row, atol=1e-3)


@given(extra=st.integers(0, 40_000), seed=st.integers(0, 99))
def test_there_is_an_embedding_for_each_whole_window(
    embed: SpeechEmbedding, extra: int, seed: int
) -> None:
    n_samples = MIN_SAMPLES + extra
    n_frames = (n_samples - N_FFT) // HOP_LENGTH + 1

    embedded = embed(embedding_mel(sound(n_samples, seed)))

    assert embedded.shape == ((n_frames - WINDOW_FRAMES) // HOP_FRAMES + 1, N_EMBEDDING)
    assert np.isfinite(embedded).all()


def test_a_clip_is_embedded_the_same_after_any_other(embed: SpeechEmbedding) -> None:
    short, long = embedding_mel(sound(14_000)), embedding_mel(sound(60_000))
    first = embed(short)

    embed(long)

    np.testing.assert_array_equal(embed(short), first)


def test_too_short_a_sound_is_refused() -> None:
    with pytest.raises(AudioError, match=r"0\.58 s"):
        embedding_mel(sound(8000))


@given(n_frames=st.integers(WINDOW_FRAMES, 200), burst=st.integers(0, 199))
def test_loudness_is_told_in_the_middle_of_each_window(n_frames: int, burst: int) -> None:
    mel = np.full((n_frames, N_MELS), -3.0, np.float32)
    mel[burst % n_frames] = 1.0

    found = loudness(mel)

    middles = np.arange(len(found)) * HOP_FRAMES + WINDOW_FRAMES // 2
    nearest = np.abs(middles - burst % n_frames) <= HOP_FRAMES // 2
    assert found.shape == ((n_frames - WINDOW_FRAMES) // HOP_FRAMES + 1, N_MELS)
    # 80 dB below the loudest in all frames but one of four.
    quiet, loud = LOUDNESS_SHIFT + LOUDNESS_SCALE * np.array([-4.0, -3.0])
    near_quiet = np.isclose(found, quiet).all(axis=1)
    near_loud = np.isclose(found, loud).all(axis=1)
    assert (near_quiet ^ near_loud).all()
    assert near_loud.sum() <= 1
    assert not near_loud[~nearest].any()


def test_loudness_is_against_the_loudest_of_the_clip() -> None:
    mel = np.random.default_rng(0).uniform(-6, 1, (90, N_MELS)).astype(np.float32)

    np.testing.assert_allclose(loudness(mel + 2.5), loudness(mel), atol=1e-5)
    loud = np.ones((90, N_MELS), np.float32)
    np.testing.assert_allclose(loudness(loud), LOUDNESS_SHIFT)
    np.testing.assert_allclose(loudness(np.vstack([loud[:60] - 2.0, loud]))[0], LOUDNESS_SHIFT - 1)


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_embedding, "_PACKAGES", ("pyopen_wakeword", "not_installed_here"))

    with pytest.raises(ModelError, match=r"needs not_installed_here.*m1, m2"):
        SpeechEmbedding()


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = "import slu.audio.front_end, sys; print('ai_edge_litert' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "False"
