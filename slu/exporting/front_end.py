"""A front end as numbers, from which programs without this package compute the same features."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slu.audio import speech_embedding
from slu.audio.embedding_network import embedding_network
from slu.audio.features import analysis_window, mel_filter_bank
from slu.audio.framing import framing_noise
from slu.config import LogMelConfig, PreprocessConfig
from slu.config.preprocess import EmbeddingNetwork

# Below the loudest mel power of any sound: what falls under it is cut by the power floor alone.
_UNLIMITED_DB = 1000.0


@dataclass(frozen=True)
class PortableFrontEnd:
    """What `predict.py` and `recogniser.js` are given to compute features."""

    settings: Mapping[str, Any]
    """Plain values: rate, durations, framing, spectrogram."""
    arrays: Mapping[str, NDArray[Any]]
    """window (n_fft,); filter_bank (n_mels, n_fft // 2 + 1); noise, as long as the longest clip."""
    network: bytes | None
    """ONNX graph from mel levels in dB to features; none where these are the features."""


def portable_front_end(config: PreprocessConfig) -> PortableFrontEnd:
    """Describe the front end that a preprocessing configuration names."""
    network = None
    if isinstance(config.front_end, LogMelConfig):
        spectrogram, window, filter_bank = _log_mel(config.sample_rate, config.front_end)
    else:
        spectrogram, window, filter_bank = _embedding_mel()
        network = _graph(config.front_end.network, config.front_end.loudness)
    kept = ("sample_rate", "min_duration_s", "max_duration_s", "framing")
    return PortableFrontEnd(
        settings={
            **config.model_dump(mode="json", include=set(kept)),
            "spectrogram": spectrogram,
        },
        arrays={"window": window, "filter_bank": filter_bank, "noise": _noise(config)},
        network=network,
    )


def _log_mel(
    sample_rate: int, config: LogMelConfig
) -> tuple[dict[str, Any], NDArray[Any], NDArray[Any]]:
    spectrogram = {
        "hop_length": config.hop_length,
        "pad": config.n_fft // 2,
        "power_floor": config.power_floor,
        "range_db": _UNLIMITED_DB,
        "normalise": config.normalise,
    }
    return spectrogram, analysis_window(config), mel_filter_bank(sample_rate, config)


def _embedding_mel() -> tuple[dict[str, Any], NDArray[Any], NDArray[Any]]:
    spectrogram = {
        "hop_length": speech_embedding.HOP_LENGTH,
        "pad": 0,
        "power_floor": speech_embedding.POWER_FLOOR,
        "range_db": speech_embedding.RANGE_DB,
        "normalise": False,
    }
    window, mel_matrix = speech_embedding.mel_constants()
    return spectrogram, window.astype(np.float64), np.ascontiguousarray(mel_matrix.T)


def _noise(config: PreprocessConfig) -> NDArray[np.float32]:
    longest_s = config.max_duration_s + 2 * config.framing.pad_s
    return framing_noise(int(longest_s * config.sample_rate) + 2)


@lru_cache(maxsize=4)
def _graph(network: EmbeddingNetwork, loudness: bool) -> bytes:
    # Loaded here because it needs the package onnx, which serving does without.
    from slu.exporting.embedding_graph import embedding_graph

    graph: bytes = embedding_graph(embedding_network(network), loudness).SerializeToString()
    return graph
