"""Front ends: a waveform becomes the features `(n_frames, n_features)` that a model reads."""

from typing import Protocol

from slu.audio.features import log_mel, normalise
from slu.audio.framing import frame_utterance
from slu.audio.types import Features, Waveform
from slu.config import PreprocessConfig


class FrontEnd(Protocol):
    """What every front end offers; models and front ends combine freely."""

    n_features: int
    frame_s: float
    """Seconds from one frame to the next."""
    pad_s: float
    """Seconds of padding before the first sample that was kept."""

    def __call__(self, waveform: Waveform) -> Features:
        """Features of one utterance at the configured rate, shape = (n_frames, n_features)."""


class LogMelFrontEnd:
    """Framing, log-mel, normalisation."""

    def __init__(self, config: PreprocessConfig) -> None:
        self.config = config
        self.n_features = config.front_end.n_mels
        self.frame_s = config.front_end.hop_length / config.sample_rate
        self.pad_s = config.framing.pad_s

    def __call__(self, waveform: Waveform) -> Features:
        """Features of one utterance, shape = (n_frames, n_mels)."""
        sample_rate, front_end = self.config.sample_rate, self.config.front_end
        framed = frame_utterance(waveform, sample_rate, self.config.framing)
        features = log_mel(framed, sample_rate, front_end).T
        return normalise(features) if front_end.normalise else features


def make_front_end(config: PreprocessConfig) -> FrontEnd:
    """The front end that the preprocessing configuration names."""
    return LogMelFrontEnd(config)
