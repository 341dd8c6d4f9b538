"""Recordings of every format, whole, odd and hostile, made by PyAV's own encoders from tones."""

import struct
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

import av
import numpy as np
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
TONE_HZ = 440.0
AMPLITUDE = 0.5
LAYOUTS = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")


class Kind(NamedTuple):
    """A muxer and an encoder of FFmpeg, and what `decode_recording` calls the result."""

    muxer: str
    codec: str
    container: str
    sample_rate: int
    layout: str = "mono"


WAV = Kind("wav", "pcm_s16le", "wav", 22_050)
MP3 = Kind("mp3", "libmp3lame", "mp3", 44_100)
FLAC = Kind("flac", "flac", "flac", 44_100, "stereo")
OPUS = Kind("ogg", "libopus", "ogg", 48_000)
M4A = Kind("ipod", "aac", "mp4", 44_100)
KINDS = (
    WAV,
    Kind("wav", "pcm_u8", "wav", 11_025),
    Kind("wav", "pcm_s24le", "wav", 44_100, "stereo"),
    Kind("wav", "pcm_s32le", "wav", 48_000),
    Kind("wav", "pcm_f32le", "wav", 16_000, "stereo"),
    Kind("wav", "pcm_f64le", "wav", 8_000),
    Kind("wav", "pcm_mulaw", "wav", 8_000),
    MP3,
    Kind("mp3", "libmp3lame", "mp3", 22_050, "stereo"),
    Kind("mp3", "libmp3lame", "mp3", 8_000),
    FLAC,
    Kind("ogg", "vorbis", "ogg", 44_100, "stereo"),
    Kind("ogg", "flac", "ogg", 16_000),
    OPUS,
    Kind("webm", "libopus", "webm", 48_000, "stereo"),
    Kind("matroska", "pcm_f32le", "webm", 48_000),
    M4A,
    Kind("mp4", "aac", "mp4", 48_000, "stereo"),
    Kind("mp4", "alac", "mp4", 44_100, "stereo"),
    Kind("mov", "pcm_s16be", "mp4", 44_100),
)


def tone(sample_rate: int, duration_s: float) -> NDArray[np.float32]:
    time_s = np.arange(round(sample_rate * duration_s)) / sample_rate
    return (AMPLITUDE * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32)


def open_stream(file: OutputContainer, kind: Kind) -> AudioStream:
    stream = file.add_stream(kind.codec, kind.sample_rate, {"strict": "experimental"})
    assert isinstance(stream, AudioStream)
    stream.layout = AudioLayout(kind.layout)
    stream.codec_context.open()
    return stream


def placed(frame: av.AudioFrame, sample_rate: int, start: int) -> av.AudioFrame:
    frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, Fraction(1, sample_rate)
    return frame


def encode(
    kind: Kind, waveform: NDArray[np.float32], options: dict[str, str] | None = None
) -> bytes:
    """Code a waveform, the same in all channels."""
    sink = BytesIO()
    with av.open(sink, "w", format=kind.muxer, options=options) as file:
        stream = open_stream(file, kind)
        samples = np.repeat(waveform, stream.layout.nb_channels)[None]
        whole = av.AudioFrame.from_ndarray(samples, format="flt", layout=kind.layout)
        fitting = av.AudioResampler(
            stream.format, kind.layout, kind.sample_rate, max(stream.frame_size, 1024)
        )
        frames = fitting.resample(placed(whole, kind.sample_rate, 0)) + fitting.resample(None)
        for frame in (*frames, None):
            file.mux(stream.encode(frame))
    return sink.getvalue()


@lru_cache
def recording_of(kind: Kind, duration_s: float = 0.6) -> bytes:
    return encode(kind, tone(kind.sample_rate, duration_s))


def wav_file(
    data: bytes,
    *,
    format_tag: int = 1,
    channels: int = 1,
    sample_rate: int = SAMPLE_RATE,
    bits: int = 16,
    claimed_bytes: int | None = None,
) -> bytes:
    """A wav file with whatever header; `format_tag` 1 is PCM, 3 is float."""
    block = channels * bits // 8
    fmt = (format_tag, channels, sample_rate, sample_rate * block % 2**32, block, bits)
    claimed_bytes = len(data) if claimed_bytes is None else claimed_bytes
    riff = struct.pack("<4sI4s", b"RIFF", min(36 + claimed_bytes, 2**32 - 1), b"WAVE")
    return riff + struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, *fmt, b"data", claimed_bytes) + data


def pcm16(duration_s: float, channels: int = 1) -> bytes:
    samples = np.round(tone(SAMPLE_RATE, duration_s) * 32767).astype("<i2")
    return np.repeat(samples, channels).tobytes()


def silence(kind: Kind, duration_s: float) -> bytes:
    """Much silence in few bytes, coded piece by piece."""
    sink = BytesIO()
    with av.open(sink, "w", format=kind.muxer) as file:
        stream = open_stream(file, kind)
        for start in range(0, round(duration_s * kind.sample_rate), stream.frame_size):
            frame = av.AudioFrame(stream.format, kind.layout, stream.frame_size)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            file.mux(stream.encode(placed(frame, kind.sample_rate, start)))
        file.mux(stream.encode(None))
    return sink.getvalue()


def claiming_many_samples(m4a: bytes) -> bytes:
    """The table of sample sizes replaced by one size for 80 million samples."""
    start = m4a.index(b"stsz") + 8
    return m4a[:start] + struct.pack(">II", 1, 80_000_000) + m4a[start + 8 :]


def claiming_long_text(wav: bytes) -> bytes:
    """A comment of a gigabyte, or so its header says."""
    text = struct.pack("<4sI4s4sI", b"LIST", 2**30, b"INFO", b"ICMT", 2**30 - 20)
    return wav[:12] + text + wav[12:]


def bombs() -> list[bytes]:
    """Small files that hold, or claim to hold, far more than anybody may send."""
    return [
        silence(Kind("flac", "flac", "flac", 8_000), 3600),
        silence(Kind("ogg", "flac", "ogg", 8_000), 3600),
        silence(Kind("ogg", "libopus", "ogg", 48_000), 120),
        silence(Kind("mp3", "libmp3lame", "mp3", 8_000), 120),
        wav_file(bytes(9_000), sample_rate=2**31 - 1),
        claiming_many_samples(recording_of(M4A)),
        claiming_long_text(recording_of(WAV)),
        recording_of(MP3)[:2_000] + np.random.default_rng(0).bytes(5_000_000),
    ]
