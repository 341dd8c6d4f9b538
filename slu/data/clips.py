"""Measure the recordings that a table names."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slu.audio.decode import DecodeLimits, Recording, decode_recording
from slu.errors import AudioError

# Any rate would do for measuring; this one is what front ends use by default.
_MEASURING_RATE = 16000
_FULL_SCALE = 0.999
# Clips of a corpus may be longer than what people may upload; `quality.csv` flags them.
_LIMITS = DecodeLimits(max_bytes=200_000_000, max_duration_s=600.0)


@dataclass(frozen=True)
class ClipFacts:
    """What ingest learns from a file."""

    sha256: str
    duration_s: float
    sample_rate: int
    """Of the file, before any conversion."""
    peak: float
    clipped_share: float


def measure_clip(path: str) -> ClipFacts | str:
    """Facts about one audio file, or the reason why it cannot be used."""
    if not path:
        return "There is no path in this row; give one."
    try:
        recording = decode_recording(path, _MEASURING_RATE, _LIMITS)
    except AudioError as error:
        return str(error)
    return describe_clip(recording, Path(path).read_bytes())


def describe_clip(recording: Recording, content: bytes) -> ClipFacts:
    """Facts about a decoded recording.

    Args:
        recording: decoded.
        content: of its file.
    """
    levels = np.abs(recording.waveform)
    return ClipFacts(
        sha256=hashlib.sha256(content).hexdigest(),
        duration_s=round(recording.waveform.size / recording.sample_rate, 4),
        sample_rate=recording.original_sample_rate,
        peak=float(levels.max()),
        clipped_share=float((levels >= _FULL_SCALE).mean()),
    )
