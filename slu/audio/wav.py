"""Waveforms as wav files: what is recorded, synthesised or played in the browser."""

import wave
from io import BytesIO
from pathlib import Path

import numpy as np

from slu.audio.types import Waveform
from slu.errors import AudioError
from slu.files import replacing


def wav_bytes(waveform: Waveform, sample_rate: int) -> bytes:
    """Code a waveform as a mono 16-bit PCM wav file.

    Args:
        waveform: Samples; what exceeds [-1, 1] is clipped; shape = (T,).
        sample_rate: In Hz.

    Raises:
        AudioError: A sample is NaN or infinite.
    """
    if not np.isfinite(waveform).all():
        raise AudioError("The waveform holds samples that are not numbers; compute it anew.")
    # Decoders divide by 32768, so that is the scale; +1.0 itself has no 16-bit value.
    samples = np.clip(np.rint(waveform * 32768), -32768, 32767).astype("<i2")
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def write_wav(path: Path, waveform: Waveform, sample_rate: int) -> None:
    """Write `wav_bytes` to a file, which is whole or absent; its folder is made if needed."""
    content = wav_bytes(waveform, sample_rate)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
