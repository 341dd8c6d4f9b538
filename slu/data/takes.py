"""Recordings as they come from a microphone, checked before they are kept."""

import dataclasses
from dataclasses import dataclass

import pandas as pd

from slu.audio.decode import DecodeLimits, decode_recording
from slu.audio.wav import wav_bytes
from slu.config import QualityConfig
from slu.data.clips import ClipFacts, describe_clip
from slu.data.quality import find_flags
from slu.errors import AudioError

SAMPLE_RATE = 16000
"""Of the files, in Hz."""

_REASONS = {
    "too_short": "That was only {duration_s:.1f} s; press the microphone, say the phrase, and "
    "press it again when you are done.",
    "too_long": "That was {duration_s:.0f} s; say only the phrase, and stop the microphone then.",
    "silent": "Nothing was heard; check that the microphone is on and the right one, and record "
    "again.",
    "clipped": "That was too loud and is distorted; move away from the microphone, or turn it "
    "down, and record again.",
}


@dataclass(frozen=True)
class Take:
    """A recording that can be used."""

    content: bytes
    """As a mono 16-bit wav file."""
    facts: ClipFacts


def check_take(content: bytes, limits: QualityConfig) -> Take:
    """Listen to a recording before it is kept.

    Args:
        content: the recording in any usual format.
        limits: when it is too short, too long, silent or distorted.

    Raises:
        AudioError: it is, or cannot be read; the message says what to do.
    """
    longest_s = max(DecodeLimits().max_duration_s, limits.max_duration_s)
    recording = decode_recording(content, SAMPLE_RATE, DecodeLimits(max_duration_s=longest_s))
    wav = wav_bytes(recording.waveform, SAMPLE_RATE)
    facts = dataclasses.replace(describe_clip(recording, wav), sample_rate=SAMPLE_RATE)
    for flag in find_flags(pd.DataFrame([facts]), (), limits)[0]:
        raise AudioError(_REASONS[flag].format(duration_s=facts.duration_s))
    return Take(wav, facts)
