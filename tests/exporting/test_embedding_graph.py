"""The speech embedding, translated to ONNX."""

import numpy as np
import onnxruntime
import pytest

from slu.audio.embedding_network import embedding_network
from slu.audio.front_end import SpeechEmbeddingFrontEnd
from slu.audio.speech_embedding import embedding_mel
from slu.config import FramingConfig, PreprocessConfig, SpeechEmbeddingConfig
from slu.config.preprocess import EmbeddingNetwork
from slu.exporting.embedding_graph import embedding_graph


@pytest.fixture(scope="module", params=["original", "in_noise", "in_talk"])
def network(request: pytest.FixtureRequest) -> EmbeddingNetwork:
    name: EmbeddingNetwork = request.param
    return name


@pytest.fixture(scope="module", params=[False, True], ids=["", "loudness"])
def loudness(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def session(network: EmbeddingNetwork, loudness: bool) -> onnxruntime.InferenceSession:
    graph = embedding_graph(embedding_network(network), loudness).SerializeToString()
    return onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])


# Every remainder that pooling by two, three times over, can leave.
@pytest.mark.parametrize("n_frames", range(56, 72))
def test_it_gives_what_the_front_end_gives(
    session: onnxruntime.InferenceSession,
    network: EmbeddingNetwork,
    loudness: bool,
    n_frames: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("slu.audio.front_end.frame_utterance", lambda waveform, *_: waveform)
    front_end = SpeechEmbeddingConfig(network=network, loudness=loudness)
    config = PreprocessConfig(framing=FramingConfig(pad_s=0.4), front_end=front_end)
    rng = np.random.default_rng(n_frames)
    waveform = rng.normal(0, 0.1, (n_frames - 1) * 160 + 512).astype(np.float32)
    level_db = (embedding_mel(waveform) - 2.0) * 10.0
    assert len(level_db) == n_frames

    (found,) = session.run(None, {"level_db": level_db.astype(np.float32)})

    expected = SpeechEmbeddingFrontEnd(config, front_end)(waveform)
    np.testing.assert_allclose(found, expected, atol=1e-4)
