"""Wav files: written for whatever plays or keeps a waveform, stripped before they are decoded."""

import struct
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slu.audio.types import Waveform
from slu.errors import AudioError
from slu.files import replacing

# Where the chunks of a plain `bare_wav` begin.
_FORMAT_AT = 12
_DATA_AT = 36


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


def bare_wav(data: bytes) -> bytes:
    """Strip a wav file to its format and samples, with lengths that are true.

    Recorders that stream leave the length of the samples 0 or 2^32 - 1, and FFmpeg makes room for
    whatever length a text chunk claims (a file of 16 kB took 1 GB): only what is there passes.

    Args:
        data: A RIFF or RF64 file.

    Raises:
        AudioError: The format or the samples are missing.
    """
    chunks = dict(_chunks_up_to_samples(data))
    if not chunks.keys() >= {b"fmt ", b"data"}:
        raise AudioError("The wav file ends before its sound begins; record or export it again.")
    rf64_length = int.from_bytes(chunks.get(b"ds64", b"")[8:16], "little")
    chunks[b"data"] = chunks[b"data"][: rf64_length or None]
    body = b"".join(
        struct.pack("<4sI", name, len(chunks[name])) + chunks[name] for name in (b"fmt ", b"data")
    )
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def plain_samples(bare: bytes, sample_rate: int) -> NDArray[np.int16] | None:
    """The samples of a `bare_wav` that is mono 16-bit PCM at a rate; none of any other.

    Returns:
        shape = (T,).
    """
    plain = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    if bare[_FORMAT_AT:_DATA_AT] != plain:
        return None
    start = _DATA_AT + 8
    return np.frombuffer(bare, "<i2", (len(bare) - start) // 2, start)


def _chunks_up_to_samples(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    start, name = 12, b""
    while name != b"data" and start + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, start)
        start += 8
        if name == b"data" and size == 0:
            size = len(data)  # the recorder never came back to fill the length in
        yield name, data[start : start + size]
        start += size + size % 2
