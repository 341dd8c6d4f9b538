"""Recordings that nobody has labelled yet, and which of them are worth it first.

A model learns most from what it is least sure of (uncertainty sampling, Lewis and Gale 1994), and
from what is unlike anything that it has learnt from.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slu.audio.statistics import AudioStatistics
from slu.audio.wav import wav_bytes
from slu.data.corrections import is_usable
from slu.data.feedback import read_feedback
from slu.data.metadata import utterance_id
from slu.errors import AudioError
from slu.inference import Predictor
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.reference import NumericReference, Reference
from slu.settings import Settings

_SUFFIXES = frozenset({".wav", ".mp3", ".flac", ".ogg", ".opus", ".webm", ".m4a", ".mp4"})
# Quantity of the reference -> what is said of recordings far below and far above it.
_EXTREMES = {
    "audio_duration": ("shorter", "longer"),
    "mel_mean": ("quieter", "louder"),
    "mel_std": ("more even", "more uneven"),
    "snr_db": ("noisier", "cleaner"),
}


@dataclass(frozen=True)
class Unlabelled:
    """A recording without its labels."""

    request_id: str
    """Under which its labels are kept."""
    path: Path


@dataclass(frozen=True)
class Candidate:
    """A recording that may be worth labelling."""

    recording: Unlabelled
    guess: dict[str, str]
    """slot -> what the model understood; empty where it heard no speech."""
    confidence: float
    rarity: float
    """Share of the training set that is less extreme in some respect, 0 to 1."""
    extreme: str
    """What it is in that respect, a word of `_EXTREMES`; empty where nothing is known."""


def unlabelled(settings: Settings, slots: Sequence[str]) -> list[Unlabelled]:
    """Recordings in `data/unlabelled`, and those that came with a correction of some slots only.

    Those that were labelled since are left out; the newest come first.
    """
    corrections = read_feedback(settings.feedback_log)
    done = {name for name, found in corrections.items() if is_usable(found, slots)}
    kept = [
        Unlabelled(name, settings.logs_dir / found.audio)
        for name, found in corrections.items()
        if found.audio and name not in done
    ]
    brought = [one for one in _brought(settings.unlabelled_dir) if one.request_id not in done]
    return sorted(
        [one for one in [*kept, *brought] if one.path.is_file()],
        key=lambda one: one.path.stat().st_mtime,
        reverse=True,
    )


def listen(
    recording: Unlabelled, predictor: Predictor, reference: Reference | None
) -> Candidate | None:
    """What a model makes of a recording; none where it cannot be read.

    Args:
        recording: nobody has labelled it.
        predictor: the model.
        reference: of its training set; without it nothing is extreme.
    """
    try:
        prediction = predictor.predict(predictor.decode(recording.path))
    except AudioError:
        return None
    rarity, extreme = _compare(prediction.statistics, reference)
    confidence = prediction.joint_confidence
    return Candidate(recording, prediction.labels, confidence, rarity, extreme)


def label(
    feedback: FeedbackLog, recording: Unlabelled, labels: dict[str, str], predictor: Predictor
) -> None:
    """Keep the labels with the recording, so that `slu ingest` takes both into the corpus.

    Raises:
        AudioError: the recording cannot be read any more.
        DataError: they could not be written.
    """
    clip = wav_bytes(predictor.decode(recording.path), predictor.preprocess.sample_rate)
    feedback.append(recording.request_id, labels, clip, consent=True)


def _brought(folder: Path) -> Iterator[Unlabelled]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
            yield Unlabelled(utterance_id(content_hash), path)


def _compare(statistics: AudioStatistics, reference: Reference | None) -> tuple[float, str]:
    """In which respect a recording is most extreme, and how much of the training set is less so."""
    values = {"audio_duration": statistics.duration_s, **vars(statistics)}
    known = reference.numeric if reference else {}
    ranks = {name: _rank(known[name], values[name]) for name in _EXTREMES if name in known}
    if not ranks:
        return 0.0, ""
    name = max(ranks, key=lambda name: abs(ranks[name] - 0.5))
    below, above = _EXTREMES[name]
    return 2 * abs(ranks[name] - 0.5), above if ranks[name] > 0.5 else below


def _rank(reference: NumericReference, value: float) -> float:
    """Share of the training set below a value."""
    return float(np.searchsorted(reference.quantiles, value) / len(reference.quantiles))
