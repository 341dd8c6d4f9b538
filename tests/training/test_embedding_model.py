"""The speech embedding's network in torch."""

import numpy as np
import pytest
import torch

from slu.audio.embedding_network import embedding_network, weights_of
from slu.audio.front_end import make_front_end
from slu.audio.speech_embedding import embedding_mel
from slu.config import FramingConfig, PreprocessConfig, SpeechEmbeddingConfig
from slu.config.preprocess import EmbeddingNetwork
from slu.training.embedding_model import EmbeddingModel


@pytest.mark.parametrize("name", ["original", "in_noise", "in_talk"])
def test_it_gives_what_the_front_end_gives(
    name: EmbeddingNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slu.audio.front_end.frame_utterance", lambda waveform, *_: waveform)
    config = PreprocessConfig(
        framing=FramingConfig(pad_s=0.4), front_end=SpeechEmbeddingConfig(network=name)
    )
    waveform = np.random.default_rng(0).normal(0, 0.1, 30_000).astype(np.float32)
    mel = torch.from_numpy(embedding_mel(waveform))[None]

    with torch.inference_mode():
        (embedded,) = EmbeddingModel(weights_of(embedding_network(name)))(mel)

    np.testing.assert_allclose(embedded, make_front_end(config)(waveform), atol=1e-3)


def test_it_gives_back_the_weights_it_was_given() -> None:
    weights = weights_of(embedding_network())

    given = EmbeddingModel(weights).weights()

    for expected, found in zip(weights, given, strict=True):
        np.testing.assert_array_equal(found, expected)
