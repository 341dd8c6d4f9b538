"""Predictions for users."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from slu.audio.types import Waveform
from slu.audio.wav import wav_bytes
from slu.config import MODEL_CONFIG
from slu.errors import AudioError, RegistryError
from slu.inference import Prediction, Predictor, SlotPrediction
from slu.models.factory import build_model
from slu.registry import Registry, sha256_of
from slu.training.checkpoint import load_weights
from tests.tones import PRODUCTS_HZ, QUANTITIES_HZ, SAMPLE_RATE, tone

pytestmark = pytest.mark.slow


def registry_of(root: Path) -> Registry:
    return Registry(root, root / "artifacts" / "registry")


@pytest.fixture(scope="module")
def predictor(trained_root: Path) -> Predictor:
    return Predictor.load(registry_of(trained_root))


@pytest.fixture
def order() -> Waveform:
    return tone("kopi", "2", np.random.default_rng(11))


@pytest.mark.parametrize("product", PRODUCTS_HZ)
@pytest.mark.parametrize("quantity", QUANTITIES_HZ)
def test_orders_are_understood(predictor: Predictor, product: str, quantity: str) -> None:
    prediction = predictor.predict(tone(product, quantity, np.random.default_rng(3)))

    assert prediction.labels == {"product": product, "quantity": quantity}
    assert prediction.rejected is None
    assert prediction.model_version == "tones"


def test_a_prediction_tells_all_that_the_model_knows(predictor: Predictor, order: Waveform) -> None:
    prediction = predictor.predict(order)

    for slot, answer in prediction.slots.items():
        assert list(answer.probabilities) == predictor.labels[slot]
        assert sum(answer.probabilities.values()) == pytest.approx(1.0)
        assert answer.confidence == max(answer.probabilities.values())
        assert answer.probabilities[answer.label] == answer.confidence
        assert answer.attention.sum() == pytest.approx(1.0, abs=1e-5)
        assert len(answer.attention) == -(-prediction.frames // 4)
    joint = np.prod(list(prediction.confidences.values()))
    assert prediction.joint_confidence == pytest.approx(joint)
    assert prediction.embedding.shape == (2 * 16,)
    assert prediction.statistics.duration_s == pytest.approx(order.size / SAMPLE_RATE)
    assert prediction.latency_ms > 0


def test_attention_spans_the_speech(predictor: Predictor) -> None:
    """Here it begins after a second of silence."""
    silence = np.zeros(SAMPLE_RATE, np.float32)
    order = np.concatenate([silence, tone("teh", "1", np.random.default_rng(2))])

    prediction = predictor.predict(order)

    end_s = prediction.attention_start_s + prediction.attention_step_s * len(
        prediction.slots["product"].attention
    )
    assert prediction.attention_start_s == pytest.approx(1.0 - 0.05 - 0.15, abs=0.02)
    assert end_s == pytest.approx(order.size / SAMPLE_RATE + 0.15, abs=0.08)


def test_onnx_equals_torch(predictor: Predictor, trained_root: Path) -> None:
    folder = trained_root / "artifacts" / "tones"
    config = json.loads((folder / "config.json").read_text())
    n_labels = {slot: len(labels) for slot, labels in config["labels"].items()}
    model = build_model(MODEL_CONFIG.validate_python(config["model"]), 16, n_labels)
    model.load_state_dict(load_weights(folder / "best_model.pt"))
    model.eval()
    rng = np.random.default_rng(0)
    for product in PRODUCTS_HZ:
        waveform = tone(product, "1", rng)
        features = torch.from_numpy(predictor._front_end(waveform))[None]
        with torch.inference_mode():
            outputs = model(features, torch.tensor([features.shape[1]]))

        prediction = predictor.predict(waveform)

        for slot, answer in prediction.slots.items():
            expected = outputs.logits[slot][0].double().softmax(dim=0).tolist()
            assert list(answer.probabilities.values()) == pytest.approx(expected, abs=1e-3)
            np.testing.assert_allclose(answer.attention, outputs.attention[slot][0], atol=1e-3)
        np.testing.assert_allclose(prediction.embedding, outputs.embedding[0], atol=1e-3)


def test_the_vocabulary_is_what_can_be_spoken(trained_root: Path) -> None:
    folder = trained_root / "artifacts" / "tones"
    labels = {"product": ["none", "kopi", "teh"], "quantity": ["1", "2"]}
    config = json.loads((folder / "config.json").read_text()) | {"labels": labels}

    predictor = Predictor(folder / "model.onnx", config)

    assert predictor.vocabulary == {"product": ["kopi", "teh"], "quantity": ["1", "2"]}


def test_silence_is_rejected(predictor: Predictor) -> None:
    faint = 1e-4 * np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)

    for waveform in (np.zeros(SAMPLE_RATE, np.float32), faint):
        prediction = predictor.predict(waveform)
        assert prediction.rejected is not None
        assert prediction.rejected.startswith("silence: nothing was heard; check the microphone")
        assert prediction.slots == {}
        assert prediction.joint_confidence == 0.0


def test_too_short_and_too_long_are_rejected(predictor: Predictor, order: Waveform) -> None:
    short = predictor.predict(order[: int(0.09 * SAMPLE_RATE)])
    long = predictor.predict(np.resize(order, 21 * SAMPLE_RATE))

    assert short.rejected == "too short: speak for at least 0.1 s"
    assert long.rejected == "too long: speak for at most 20 s"


@pytest.mark.parametrize("n_samples", [1, 2, 100])
def test_the_shortest_recordings_are_rejected(predictor: Predictor, n_samples: int) -> None:
    assert predictor.predict(np.full(n_samples, 0.5, np.float32)).rejected is not None


def test_an_empty_recording_is_an_error(predictor: Predictor) -> None:
    with pytest.raises(AudioError, match="empty; record again"):
        predictor.predict(np.zeros(0, np.float32))


def test_low_confidence_is_rejected_with_its_guess(trained_project: Path, order: Waveform) -> None:
    folder = trained_project / "artifacts" / "tones"
    config = json.loads((folder / "config.json").read_text())
    strict = Predictor(folder / "model.onnx", config | {"rejection_threshold": 1.01})

    prediction = strict.predict(order)

    assert prediction.rejected == "not understood: please say it again, a little more clearly"
    assert prediction.labels == {"product": "kopi", "quantity": "2"}


def test_recordings_of_any_rate_are_decoded(predictor: Predictor, order: Waveform) -> None:
    twice = np.repeat(order, 2)

    waveform = predictor.decode(wav_bytes(twice, 2 * SAMPLE_RATE))

    assert waveform.size == pytest.approx(order.size, abs=2)


def test_threads_share_a_predictor(predictor: Predictor) -> None:
    rng = np.random.default_rng(0)
    orders = [tone(p, q, rng) for p in PRODUCTS_HZ for q in QUANTITIES_HZ]
    expected = [predictor.predict(order).confidences for order in orders]
    ready = threading.Barrier(4)

    def predict_all() -> list[dict[str, float]]:
        ready.wait()
        return [predictor.predict(order).confidences for order in orders]

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(predict_all) for _ in range(4)]
    assert all(future.result() == expected for future in found)


Labels = dict[str, str]


@pytest.fixture
def answer(predictor: Predictor, order: Waveform) -> Callable[[Labels], Prediction]:
    """A function that gives a prediction with these labels, 96.6 % sure."""
    prediction = predictor.predict(order)

    def make(labels: Labels) -> Prediction:
        nowhere = np.zeros(0, np.float32)
        slots = {slot: SlotPrediction(label, 0.9, {}, nowhere) for slot, label in labels.items()}
        return replace(prediction, slots=slots, joint_confidence=0.966)

    return make


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"product": "beras", "quantity": "3"}, "3 x beras, 97 %"),
        ({"quantity": "3", "product": "air mineral"}, "3 x air mineral, 97 %"),
        ({"product": "beras", "quantity": "none"}, "beras, 97 %"),
        ({"product": "none", "quantity": "3"}, "3, 97 %"),
        ({"digit": "7"}, "7, 97 %"),
        ({"drink": "latte", "shots": "2", "size": "large"}, "2 x latte, large, 97 %"),
        ({"product": "none", "quantity": "none"}, "nothing that is in the catalogue, 97 %"),
    ],
)
def test_an_answer_reads_as_a_sentence(
    answer: Callable[[Labels], Prediction], labels: Labels, sentence: str
) -> None:
    assert answer(labels).sentence == sentence


def rewrite(root: Path, name: str, content: bytes) -> None:
    """Replace a file of version `tones` together with its hash, as a faulty tool would."""
    registry = registry_of(root)
    path = root / "artifacts" / "tones" / name
    path.write_bytes(content)
    for entry_path in (registry.path_of("tones"), registry.path_of("latest")):
        entry = json.loads(entry_path.read_text())
        entry["sha256"][registry.relative(path)] = sha256_of(path)
        entry_path.write_text(json.dumps(entry))


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\x08\x0a" * 50])
def test_a_corrupted_graph_is_refused(trained_project: Path, content: bytes) -> None:
    rewrite(trained_project, "model.onnx", content)
    with pytest.raises(RegistryError, match="no usable ONNX model; train again"):
        Predictor.load(registry_of(trained_project))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": "tones", "labels": 3}'])
def test_a_corrupted_configuration_is_refused(trained_project: Path, content: bytes) -> None:
    rewrite(trained_project, "config.json", content)
    with pytest.raises(RegistryError, match=r"tones has an unusable configuration .*; train again"):
        Predictor.load(registry_of(trained_project))


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({"product": ["beras", "kopi", "teh"]}, "not the slots; train again"),
        ({"product": ["beras", "kopi"], "quantity": ["1", "2"]}, "3 labels of product"),
    ],
)
def test_a_configuration_of_another_model_is_refused(
    trained_project: Path, labels: dict[str, list[str]], problem: str
) -> None:
    path = trained_project / "artifacts" / "tones" / "config.json"
    config = json.loads(path.read_text()) | {"labels": labels}
    rewrite(trained_project, "config.json", json.dumps(config).encode())
    with pytest.raises(RegistryError, match=problem):
        Predictor.load(registry_of(trained_project))


def test_an_altered_model_is_refused(trained_project: Path) -> None:
    path = trained_project / "artifacts" / "tones" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"\x00")
    with pytest.raises(RegistryError, match="was altered after training"):
        Predictor.load(registry_of(trained_project))
