"""Front ends: a waveform becomes the features `(n_frames, n_features)` that a model reads."""

from typing import Protocol

import numpy as np

from slu.audio.features import log_mel, normalise
from slu.audio.framing import frame_utterance
from slu.audio.speech_embedding import (
    HOP_FRAMES,
    HOP_LENGTH,
    MIN_SAMPLES,
    N_EMBEDDING,
    N_MELS,
    SAMPLE_RATE,
    SMALLEST_DEVIATION,
    SpeechEmbedding,
    embedding_mel,
    loudness,
)
from slu.audio.types import Features, Waveform
from slu.config import LogMelConfig, PreprocessConfig, SpeechEmbeddingConfig


class FrontEnd(Protocol):
    """What every front end offers; models and front ends combine freely."""

    n_features: int
    frame_s: float
    """Seconds from one frame to the next."""
    pad_s: float
    """Seconds from the middle of the first frame to the first sample that was kept."""

    def __call__(self, waveform: Waveform) -> Features:
        """Features of one utterance at the configured rate, shape = (n_frames, n_features)."""


class LogMelFrontEnd:
    """Framing, log-mel, normalisation."""

    def __init__(self, config: PreprocessConfig, front_end: LogMelConfig) -> None:
        self.config = config
        self.front_end = front_end
        self.n_features = front_end.n_mels
        self.frame_s = front_end.hop_length / config.sample_rate
        self.pad_s = config.framing.pad_s

    def __call__(self, waveform: Waveform) -> Features:
        """Features of one utterance, shape = (n_frames, n_mels)."""
        sample_rate = self.config.sample_rate
        framed = frame_utterance(waveform, sample_rate, self.config.framing)
        features = log_mel(framed, sample_rate, self.front_end).T
        return normalise(features) if self.front_end.normalise else features


class SpeechEmbeddingFrontEnd:
    """Framing, the pretrained speech embedding, each frame brought to mean 0 and deviation 1.

    Beside it stands, where it is asked for, how loud the sound is.
    """

    frame_s = HOP_FRAMES * HOP_LENGTH / SAMPLE_RATE

    def __init__(self, config: PreprocessConfig, front_end: SpeechEmbeddingConfig) -> None:
        self.config = config
        self.front_end = front_end
        self.n_features = N_EMBEDDING + N_MELS * front_end.loudness
        self.pad_s = config.framing.pad_s - MIN_SAMPLES / SAMPLE_RATE / 2
        self._embed = SpeechEmbedding(front_end.network)

    def __call__(self, waveform: Waveform) -> Features:
        """Features of one utterance, shape = (n_embeddings, n_features)."""
        mel = embedding_mel(frame_utterance(waveform, SAMPLE_RATE, self.config.framing))
        embedded = self._embed(mel)
        centred = embedded - embedded.mean(axis=1, keepdims=True)
        deviation = centred.std(axis=1, keepdims=True)
        scaled: Features = centred / np.maximum(deviation, SMALLEST_DEVIATION)
        return np.hstack([scaled, loudness(mel)]) if self.front_end.loudness else scaled


def make_front_end(config: PreprocessConfig) -> FrontEnd:
    """The front end that the preprocessing configuration names.

    Raises:
        ModelError: a package that it needs is not installed.
    """
    if isinstance(config.front_end, LogMelConfig):
        return LogMelFrontEnd(config, config.front_end)
    return SpeechEmbeddingFrontEnd(config, config.front_end)
