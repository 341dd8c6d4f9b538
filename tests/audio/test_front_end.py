import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.features import log_mel, normalise
from slu.audio.framing import frame_utterance
from slu.audio.front_end import make_front_end
from slu.audio.types import Features, Waveform
from slu.config import FramingConfig, LogMelConfig, PreprocessConfig, SpeechEmbeddingConfig

CONFIG = PreprocessConfig()
EMBEDDING = PreprocessConfig(framing=FramingConfig(pad_s=0.4), front_end=SpeechEmbeddingConfig())
TRAINED_ON = [
    EMBEDDING.model_copy(update={"front_end": SpeechEmbeddingConfig(network="in_noise")}),
    EMBEDDING.model_copy(update={"front_end": SpeechEmbeddingConfig(network="in_talk")}),
]
WITH_LOUDNESS = EMBEDDING.model_copy(update={"front_end": SpeechEmbeddingConfig(loudness=True)})
any_config = pytest.mark.parametrize(
    "config", [CONFIG, EMBEDDING, WITH_LOUDNESS], ids=["log_mel", "embedding", "loudness"]
)


def tone(duration_s: float, sample_rate: int = 16000) -> Waveform:
    time_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    rng = np.random.default_rng(0)
    sound = np.sin(2 * np.pi * 300 * time_s) + 0.1 * rng.standard_normal(time_s.size)
    return (0.4 * sound).astype(np.float32)


def test_it_frames_then_transforms_then_normalises() -> None:
    waveform = tone(0.5)
    framed = frame_utterance(waveform, CONFIG.sample_rate, CONFIG.framing)
    expected = normalise(log_mel(framed, CONFIG.sample_rate, CONFIG.front_end).T)
    np.testing.assert_array_equal(make_front_end(CONFIG)(waveform), expected)


def test_normalisation_can_be_switched_off() -> None:
    config = PreprocessConfig(front_end=LogMelConfig(normalise=False))
    features = make_front_end(config)(tone(0.5))
    framed = frame_utterance(tone(0.5), config.sample_rate, config.framing)
    np.testing.assert_array_equal(features, log_mel(framed, 16000, config.front_end).T)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_its_numbers_describe_its_features(sample_rate: int) -> None:
    config = PreprocessConfig(
        sample_rate=sample_rate, front_end=LogMelConfig(n_mels=40, f_max_hz=3800.0)
    )
    front_end = make_front_end(config)
    features = front_end(tone(1.0, sample_rate))
    assert features.shape[1] == front_end.n_features == 40
    assert front_end.frame_s == pytest.approx(160 / sample_rate)
    assert front_end.pad_s == config.framing.pad_s
    whole_s = 1.0 + 2 * config.framing.pad_s
    assert len(features) * front_end.frame_s == pytest.approx(whole_s, abs=2 * front_end.frame_s)


def test_an_embedding_is_centred_scaled_and_placed_in_time() -> None:
    front_end = make_front_end(EMBEDDING)

    features = front_end(tone(1.0))

    assert features.shape[1] == front_end.n_features == 192
    np.testing.assert_allclose(features.mean(axis=1), 0.0, atol=1e-4)
    np.testing.assert_allclose(features.std(axis=1), 1.0, atol=1e-3)
    # The middle of the first window, and of the last, lie in the padding around 1 s of sound.
    last_s = (len(features) - 1) * front_end.frame_s - front_end.pad_s
    assert 0.0 <= front_end.pad_s < EMBEDDING.framing.pad_s
    assert last_s == pytest.approx(1.0, abs=0.1)


def test_loudness_stands_beside_the_embedding() -> None:
    # Rising and falling, as framing takes what is steady for noise.
    syllables = tone(1.0) * np.sin(np.linspace(0.0, 8 * np.pi, 16000, dtype=np.float32)) ** 2
    waveform = np.concatenate([syllables, np.float32(0.1) * syllables])
    front_end = make_front_end(WITH_LOUDNESS)

    features = front_end(waveform)

    assert features.shape[1] == front_end.n_features == 224
    np.testing.assert_array_equal(features[:, :192], make_front_end(EMBEDDING)(waveform))
    # In which band, and when: 20 dB less in the second half.
    loudest = features[:, 192:].max(axis=1)
    thirds = len(features) // 3
    assert loudest[:thirds].max() - loudest[2 * thirds :].max() == pytest.approx(1.0, abs=0.1)


@any_config
@given(
    n_samples=st.integers(1, 3000),
    level=st.sampled_from([0.0, 1e-7, 1.0]),
    seed=st.integers(0, 1000),
)
def test_any_recording_gives_finite_features(
    config: PreprocessConfig, n_samples: int, level: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    waveform = (level * rng.uniform(-1, 1, n_samples)).astype(np.float32)
    features = make_front_end(config)(waveform)
    assert np.isfinite(features).all()
    assert features.dtype == np.float32


@given(st.floats(1e-3, 2.0))
def test_loudness_makes_no_difference(gain: float) -> None:
    waveform = tone(0.3)
    front_end = make_front_end(CONFIG)
    np.testing.assert_allclose(
        front_end(waveform * np.float32(gain)), front_end(waveform), rtol=0, atol=1e-3
    )


def test_silence_around_the_recording_makes_little_difference() -> None:
    waveform = np.pad(tone(0.5), 800)
    silence = np.zeros(16000, np.float32)
    front_end = make_front_end(CONFIG)
    alone = front_end(waveform)
    among = front_end(np.concatenate([silence, waveform, silence]))
    assert abs(len(among) - len(alone)) <= 6
    assert np.corrcoef(middle(among), middle(alone))[0, 1] > 0.999


def middle(features: Features) -> Features:
    """Mean of the middle 0.4 s; shape = (n_features,)."""
    centre = len(features) // 2
    mean: Features = features[centre - 20 : centre + 20].mean(axis=0)
    return mean


def test_each_network_is_another() -> None:
    given = [make_front_end(config)(tone(1.0)) for config in (EMBEDDING, *TRAINED_ON)]

    for one, other in itertools.combinations(given, 2):
        assert one.shape == other.shape
        assert np.abs(one - other).mean() > 0.05
