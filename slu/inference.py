"""Predictions for users: decode, front end, ONNX Runtime."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from slu.audio.decode import DecodeLimits, decode
from slu.audio.framing import speech_span
from slu.audio.front_end import make_front_end
from slu.audio.statistics import AudioStatistics, measure
from slu.audio.types import Features, Waveform
from slu.config import PreprocessConfig
from slu.data.labels import NONE
from slu.errors import AudioError, RegistryError
from slu.meaning import OrderRule
from slu.registry import Registry, RegistryEntry

# A recording whose loudest sample is below -60 dB of full scale holds no speech.
_SILENCE_PEAK = 1e-3


@dataclass(frozen=True)
class SlotPrediction:
    """What was understood for one slot."""

    label: str
    """The most probable one that an order may have."""
    confidence: float
    probabilities: dict[str, float]
    """Of all labels, calibrated; sums to 1."""
    attention: NDArray[np.float32]
    """Where the slot was heard, over the encoded frames; sums to 1."""


@dataclass(frozen=True)
class Prediction:
    """What was understood in one recording."""

    slots: dict[str, SlotPrediction]
    """Empty where the recording was rejected before the model saw it."""
    joint_confidence: float
    """Product of the slots' confidences."""
    rejected: str | None
    """Why there is no answer; none where there is one."""
    statistics: AudioStatistics
    frames: int
    attention_start_s: float
    """Where in the recording the first value of the attention lies."""
    attention_step_s: float
    embedding: NDArray[np.float32]
    """The model's pooled vectors, shape = (n_slots * d_model,)."""
    latency_ms: float
    """Compute time after decoding."""
    model_version: str

    @property
    def labels(self) -> dict[str, str]:
        """Label of each slot, also of a rejected answer."""
        return {slot: answer.label for slot, answer in self.slots.items()}

    @property
    def sentence(self) -> str:
        """The answer for reading, numbers first: `3 x beras, 97 %`."""
        order = order_in_words(self.labels) or "nothing that is in the catalogue"
        return f"{order}, {100 * self.joint_confidence:.0f} %"

    @property
    def confidences(self) -> dict[str, float]:
        """Confidence of each slot."""
        return {slot: answer.confidence for slot, answer in self.slots.items()}


class Predictor:
    """One loaded model version; may be shared by threads.

    Args:
        onnx_path: the graph.
        config: content of the version's `config.json`.
        threads: of ONNX Runtime; one is fastest for single utterances.

    Raises:
        RegistryError: the graph cannot be used, or is not the one that the configuration describes.
    """

    def __init__(self, onnx_path: Path, config: Mapping[str, Any], threads: int = 1) -> None:
        self.version = str(config["version"])
        self.labels: dict[str, list[str]] = config["labels"]
        self.rejection_threshold = float(config["rejection_threshold"])
        # Models that were made before it was known which slots an order must speak lack the key.
        self._rule = OrderRule(self.labels, config.get("required"))
        self.preprocess = PreprocessConfig.model_validate(config["preprocess"])
        self._front_end = make_front_end(self.preprocess)
        self._session = _open_session(onnx_path, threads)
        _check_outputs(self._session, self.labels)
        self._step_s = self._front_end.frame_s * int(config["time_reduction"])

    @classmethod
    def load(cls, registry: Registry, version: str | None = None, threads: int = 1) -> "Predictor":
        """Load a version, or the one in use, after checking that its files are whole.

        Raises:
            RegistryError: the version is unknown, incomplete or was altered.
        """
        return cls.from_entry(registry, registry.get(version), threads)

    @classmethod
    def from_entry(cls, registry: Registry, entry: RegistryEntry, threads: int = 1) -> "Predictor":
        """Load the version that a registry entry describes.

        Raises:
            RegistryError: it is incomplete or was altered.
        """
        registry.verify(entry)
        try:
            config = json.loads(registry.resolve(entry.config_path).read_text("utf-8"))
            return cls(registry.resolve(entry.onnx_path), config, threads)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RegistryError(
                f"version {entry.version} has an unusable configuration ({error}); train again"
            ) from error

    @property
    def vocabulary(self) -> dict[str, list[str]]:
        """The labels of each slot that can be spoken."""
        return {
            slot: [label for label in labels if label != NONE]
            for slot, labels in self.labels.items()
        }

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots in the model's order."""
        return tuple(self.labels)

    def decode(
        self, source: bytes | os.PathLike[str], limits: DecodeLimits | None = None
    ) -> Waveform:
        """Decode a recording at the model's rate.

        Raises:
            AudioError: it cannot be used; the message says why.
        """
        return decode(source, self.preprocess.sample_rate, limits or DecodeLimits())

    def predict(self, waveform: Waveform) -> Prediction:
        """Understand one utterance.

        Args:
            waveform: at the model's rate, shape = (T,).

        Raises:
            AudioError: there is no sample in it.
        """
        if waveform.size == 0:
            raise AudioError("the recording is empty; record again")
        started = time.perf_counter()
        statistics = measure(waveform, self.preprocess.sample_rate)
        unusable = self._find_problem(waveform, statistics)
        features = None if unusable else self._front_end(waveform)
        slots, embedding = (
            ({}, np.zeros(0, np.float32)) if features is None else self._run(features)
        )
        joint = float(np.prod([answer.confidence for answer in slots.values()])) if slots else 0.0
        start, _ = speech_span(waveform, self.preprocess.sample_rate, self.preprocess.framing)
        return Prediction(
            slots=slots,
            joint_confidence=joint,
            rejected=unusable or self._doubt(slots, joint),
            statistics=statistics,
            frames=0 if features is None else len(features),
            attention_start_s=start / self.preprocess.sample_rate - self._front_end.pad_s,
            attention_step_s=self._step_s,
            embedding=embedding,
            latency_ms=(time.perf_counter() - started) * 1e3,
            model_version=self.version,
        )

    def _find_problem(self, waveform: Waveform, statistics: AudioStatistics) -> str | None:
        config = self.preprocess
        if statistics.duration_s < config.min_duration_s:
            return f"too short: speak for at least {config.min_duration_s:g} s"
        if statistics.duration_s > config.max_duration_s:
            return f"too long: speak for at most {config.max_duration_s:g} s"
        if np.abs(waveform).max() < _SILENCE_PEAK:
            return "silence: nothing was heard; check the microphone"
        return None

    def _doubt(self, slots: Mapping[str, SlotPrediction], joint_confidence: float) -> str | None:
        if joint_confidence >= self.rejection_threshold:
            return None
        if any(
            answer.probabilities.get(NONE, 0.0) > answer.confidence for answer in slots.values()
        ):
            return "not understood: this does not sound like an order; please say it once more"
        return "not understood: please say it again, a little more clearly"

    def _run(self, features: Features) -> tuple[dict[str, SlotPrediction], NDArray[np.float32]]:
        inputs = {"features": features[None], "lengths": np.array([len(features)], np.int64)}
        outputs = self._session.run(None, inputs)
        n_slots = len(self.labels)
        probabilities = [_softmax(logits) for logits in outputs[:n_slots]]
        chosen = self._rule.choose(probabilities)[0]
        slots = {
            slot: SlotPrediction(
                label=labels[chosen[index]],
                confidence=float(probabilities[index][0, chosen[index]]),
                probabilities=dict(zip(labels, probabilities[index][0].tolist(), strict=True)),
                attention=outputs[n_slots + index][0],
            )
            for index, (slot, labels) in enumerate(self.labels.items())
        }
        return slots, outputs[-1][0]


def order_in_words(labels: Mapping[str, str]) -> str:
    """The labels of all slots for reading, numbers first: `3 x beras`; empty where all are none."""
    spoken = [label for label in labels.values() if label != NONE]
    numbers = " x ".join(label for label in spoken if label.isdigit())
    words = ", ".join(label for label in spoken if not label.isdigit())
    return " x ".join(filter(None, (numbers, words)))


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum()
    return probabilities


def _open_session(onnx_path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            str(onnx_path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's own exceptions have no common public base
        raise RegistryError(f"{onnx_path} is no usable ONNX model; train again") from error


def _check_outputs(session: onnxruntime.InferenceSession, labels: Mapping[str, list[str]]) -> None:
    outputs = session.get_outputs()
    names = [f"{kind}_{slot}" for kind in ("logits", "attention") for slot in labels]
    found = [output.name for output in outputs]
    if found != [*names, "embedding"]:
        raise RegistryError(f"the graph gives {', '.join(found)}, not the slots; train again")
    for slot, output in zip(labels, outputs, strict=False):
        count = output.shape[-1] if output.shape else None
        if isinstance(count, int) and count != len(labels[slot]):
            raise RegistryError(
                f"the graph knows {count} labels of {slot}, the configuration {len(labels[slot])}; "
                "train again"
            )
