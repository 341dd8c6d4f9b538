"""Recordings of any usual format, decoded to one mono waveform at one sample rate.

Recordings come from strangers: what a file's name, type or header says about itself is never
believed. The container is told by its content, lengths are counted while decoding, and whatever
cannot be decoded is an `AudioError`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from numpy.typing import NDArray

from slu.audio.container import sniff_container
from slu.audio.mp4 import check_sample_tables
from slu.audio.types import Waveform
from slu.audio.wav import bare_wav, plain_samples
from slu.errors import AudioError

CODECS: Final = (
    *("aac", "alac", "flac", "mp3float", "opus", "vorbis", "pcm_alaw", "pcm_mulaw", "pcm_u8"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"),
)
"""FFmpeg's decoders that may run; no other one sees bytes that strangers sent."""

SAMPLE_RATES: Final = range(1_000, 768_001)
"""Believable sample rates in Hz; far beyond them the resampler's filter takes gigabytes."""

_OPEN_OPTIONS: Final = {
    "codec_whitelist": ",".join(CODECS),
    # Without this, FFmpeg looks whether a PCM wav hides another codec: 5.5 ms a file, not 1.2.
    "max_probe_packets": "0",
    # Of wav: a packet is worth some work, and with the default of 4 kB there are many of them;
    # from 32 kB on, opening takes longer.
    "max_size": "8192",
}
# Only PCM stores NaN. Never ask PyAV 18.1 for the samples of planar formats (`fltp`, `dblp`): with
# eight channels or more, `to_ndarray` reads past the list of channels and crashes the process.
_PCM_FLOATS: Final = {"flt", "dbl"}
_LOUDEST: Final = 65_536.0
"""Times full scale; 16-bit conversion wraps around above it."""
_FULL_SCALE: Final = np.float32(32768)
_NO_SOUND: Final = "There is no sound in the recording; record it again."


@dataclass(frozen=True)
class DecodeLimits:
    """What a recording may cost."""

    max_bytes: int = 25_000_000
    max_duration_s: float = 30.0
    max_channels: int = 8


DEFAULT_LIMITS: Final = DecodeLimits()


@dataclass(frozen=True)
class Recording:
    """A decoded recording."""

    waveform: Waveform
    """Mono; shape = (T,)."""
    sample_rate: int
    """Of `waveform`, in Hz."""
    original_sample_rate: int
    """Of the file, in Hz."""
    channels: int
    """Of the file."""
    container: str
    """`wav`, `mp3`, `flac`, `ogg`, `webm` or `mp4`."""


def decode(
    source: bytes | os.PathLike[str] | str,
    sample_rate: int,
    limits: DecodeLimits = DEFAULT_LIMITS,
) -> Waveform:
    """Decode a recording to a mono waveform.

    Args:
        source: The file's content, or its path.
        sample_rate: Wanted sample rate in Hz.
        limits: What the recording may cost.

    Returns:
        Samples in [-1, 1]; shape = (T,).

    Raises:
        AudioError: The recording cannot be used.
    """
    return decode_recording(source, sample_rate, limits).waveform


def decode_recording(
    source: bytes | os.PathLike[str] | str,
    sample_rate: int,
    limits: DecodeLimits = DEFAULT_LIMITS,
) -> Recording:
    """Decode a recording and tell what it was; arguments and errors are those of `decode`.

    A wav that ends early, or whose header gives no true length (recorders that stream), is
    decoded as far as it goes. Where any other decoder meets damage, the recording is refused.
    """
    data = source if isinstance(source, bytes) else _read_file(Path(source), limits)
    _check_size(len(data), limits)
    container = sniff_container(data)
    if container is None:
        raise AudioError(
            "This is not a sound file that can be read; use wav, mp3, flac, ogg, webm or m4a."
        )
    if container == "wav":
        data = bare_wav(data)
        samples = plain_samples(data, sample_rate)
        if samples is not None:
            return _plain_recording(samples, sample_rate, limits)
    elif container == "mp4":
        check_sample_tables(data)
    try:
        return _decode_container(data, container, sample_rate, limits)
    except av.FFmpegError as error:
        raise AudioError(f"The {container} file is damaged; record or export it again.") from error


def _read_file(path: Path, limits: DecodeLimits) -> bytes:
    try:
        if not path.is_file():
            raise AudioError(f"There is no sound file at '{path}'; check the path.")
        _check_size(path.stat().st_size, limits)
        return path.read_bytes()
    except OSError as error:
        raise AudioError(
            f"'{path}' cannot be opened ({error.strerror}); check its name and permissions."
        ) from error


def _check_size(n_bytes: int, limits: DecodeLimits) -> None:
    if n_bytes == 0:
        raise AudioError("The recording is empty; record it again.")
    if n_bytes > limits.max_bytes:
        raise AudioError(
            f"The recording has {n_bytes / 1e6:.1f} MB and at most {limits.max_bytes / 1e6:g} MB "
            "are read; shorten it, or save it as mp3 or ogg."
        )


def _plain_recording(
    samples: NDArray[np.int16], sample_rate: int, limits: DecodeLimits
) -> Recording:
    """Of a wav that is as models want it: what FFmpeg would give, in a tenth of its time."""
    if samples.size == 0:
        raise AudioError(_NO_SOUND)
    _check_duration(samples.size, sample_rate, limits)
    return Recording(
        waveform=samples.astype(np.float32) / _FULL_SCALE,
        sample_rate=sample_rate,
        original_sample_rate=sample_rate,
        channels=1,
        container="wav",
    )


def _decode_container(
    data: bytes, container: str, sample_rate: int, limits: DecodeLimits
) -> Recording:
    with av.open(
        BytesIO(data), "r", format=container, options=_OPEN_OPTIONS, metadata_errors="ignore"
    ) as file:
        frames = _checked_frames(_decoded_frames(file), limits)
        first = next(frames, None)
        if first is None:
            raise AudioError(_NO_SOUND)
        return Recording(
            waveform=_mono_waveform(chain([first], frames), sample_rate),
            sample_rate=sample_rate,
            original_sample_rate=first.sample_rate,
            channels=first.layout.nb_channels,
            container=container,
        )


def _decoded_frames(file: InputContainer) -> Iterator[AudioFrame]:
    if not file.streams.audio:
        raise AudioError(_NO_SOUND)
    stream = file.streams.audio[0]
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    if codec not in CODECS:
        raise AudioError(
            f"The recording is coded as '{codec}', which is not read; save it as 16-bit wav or mp3."
        )
    for packet in file.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            # PCM is refused only where the file was cut inside its last sample.
            if not codec.startswith("pcm_"):
                raise


def _checked_frames(frames: Iterator[AudioFrame], limits: DecodeLimits) -> Iterator[AudioFrame]:
    first: AudioFrame | None = None
    n_samples = 0
    for frame in frames:
        first = first or frame
        _check_signal(frame, first, limits)
        n_samples += frame.samples
        _check_duration(n_samples, frame.sample_rate, limits)
        yield frame


def _check_duration(n_samples: int, sample_rate: int, limits: DecodeLimits) -> None:
    if n_samples > limits.max_duration_s * sample_rate:
        raise AudioError(
            f"The recording is longer than {limits.max_duration_s:g} s; cut it into parts."
        )


def _check_signal(frame: AudioFrame, first: AudioFrame, limits: DecodeLimits) -> None:
    channels = frame.layout.nb_channels
    if channels > limits.max_channels:
        raise AudioError(
            f"The recording has {channels} channels and at most {limits.max_channels} are read; "
            "save it as mono or stereo."
        )
    if frame.sample_rate not in SAMPLE_RATES:
        raise AudioError(
            f"The recording claims {frame.sample_rate} samples a second; save it at 16000."
        )
    if _signal_format(frame) != _signal_format(first):
        raise AudioError("The recording changes its format on the way; save it as one piece.")
    if frame.format.name in _PCM_FLOATS and not (np.abs(frame.to_ndarray()) < _LOUDEST).all():
        raise AudioError(
            "The recording holds samples that are not numbers, or far too large; export it again."
        )


def _signal_format(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.layout.name, frame.format.name


def _mono_waveform(frames: Iterator[AudioFrame], sample_rate: int) -> Waveform:
    # Mixed down as floats, two channels would come out 3 dB too loud; as integers they do not.
    resampler = av.AudioResampler(format="s16", layout="mono", rate=sample_rate)
    chunks = [
        chunk.to_ndarray()[0]
        for frame in chain(frames, [None])
        for chunk in resampler.resample(frame)
        if chunk is not None  # what a flush gives where there was nothing to resample
    ]
    if not chunks:
        raise AudioError(_NO_SOUND)
    return np.concatenate(chunks).astype(np.float32) / _FULL_SCALE
