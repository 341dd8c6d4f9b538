import struct
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from slu.audio.decode import decode
from slu.audio.wav import bare_wav, wav_bytes, write_wav
from slu.errors import AudioError

WAVEFORMS = arrays(np.float32, st.integers(1, 500), elements=st.floats(-1, 1, width=32))


@given(waveform=WAVEFORMS, sample_rate=st.sampled_from([8_000, 16_000, 22_050, 48_000]))
def test_what_is_written_is_decoded(waveform: NDArray[np.float32], sample_rate: int) -> None:
    decoded = decode(wav_bytes(waveform, sample_rate), sample_rate)
    np.testing.assert_allclose(decoded, waveform, rtol=0, atol=1 / 32768)
    again = decode(wav_bytes(decoded, sample_rate), sample_rate)
    np.testing.assert_array_equal(again, decoded)


def test_loud_samples_are_clipped() -> None:
    decoded = decode(wav_bytes(np.array([1.5, -7.0, 0.5], np.float32), 16_000), 16_000)
    np.testing.assert_array_equal(decoded, np.array([32767, -32768, 16384]) / 32768)


def test_other_programs_read_the_header() -> None:
    with wave.open(BytesIO(wav_bytes(np.zeros(160, np.float32), 16_000))) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, 160)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_must_be_numbers(tmp_path: Path, value: float) -> None:
    waveform = np.array([0.0, value], np.float32)
    with pytest.raises(AudioError, match="not numbers"):
        wav_bytes(waveform, 16_000)
    with pytest.raises(AudioError):
        write_wav(tmp_path / "clip.wav", waveform, 16_000)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "speaker" / "clip.wav"
    for amplitude in (0.25, 0.5):
        waveform = np.full(100, amplitude, np.float32)
        write_wav(path, waveform, 16_000)
        np.testing.assert_array_equal(decode(path, 16_000), waveform)
    assert list(path.parent.iterdir()) == [path]


def chunk(name: bytes, content: bytes, claimed: int | None = None) -> bytes:
    size = len(content) if claimed is None else claimed
    return struct.pack("<4sI", name, size) + content + bytes(len(content) % 2)


PLAIN = wav_bytes(np.linspace(-0.5, 0.5, 200, dtype=np.float32), 16_000)
FORMAT, SAMPLES = PLAIN[20:36], PLAIN[44:]
RIFF = b"RIFF\0\0\0\0WAVE"
RF64 = b"RF64\xff\xff\xff\xffWAVE"
MAX_SIZE = 2**32 - 1


@given(
    before=st.lists(st.tuples(st.sampled_from([b"LIST", b"bext", b"JUNK"]), st.binary())),
    after=st.binary(),
)
def test_only_format_and_samples_remain(before: list[tuple[bytes, bytes]], after: bytes) -> None:
    others = b"".join(chunk(name, content) for name, content in before)
    content = RIFF + others + chunk(b"fmt ", FORMAT) + chunk(b"data", SAMPLES) + after
    assert bare_wav(content) == PLAIN


@pytest.mark.parametrize("claimed", [0, 401, 2**31, MAX_SIZE])
def test_lengths_become_true(claimed: int) -> None:
    assert bare_wav(RIFF + chunk(b"fmt ", FORMAT) + chunk(b"data", SAMPLES, claimed)) == PLAIN


@pytest.mark.parametrize(("claimed", "after"), [(400, b"trailer"), (2**63, b""), (2**64 - 1, b"")])
def test_rf64_has_its_length_in_a_chunk_of_its_own(claimed: int, after: bytes) -> None:
    lengths = struct.pack("<QQQI", 0, claimed, claimed // 2, 0)
    samples = chunk(b"data", SAMPLES, MAX_SIZE)
    content = RF64 + chunk(b"ds64", lengths) + chunk(b"fmt ", FORMAT) + samples + after
    assert bare_wav(content) == PLAIN


@pytest.mark.parametrize(
    "content",
    [
        RIFF,
        RIFF + chunk(b"fmt ", FORMAT),
        RIFF + chunk(b"data", SAMPLES) + chunk(b"fmt ", FORMAT),
        RIFF + chunk(b"LIST", b"INFO", 2**30) + PLAIN[12:],
    ],
)
def test_a_wav_without_format_or_samples_is_refused(content: bytes) -> None:
    with pytest.raises(AudioError, match="ends before its sound"):
        bare_wav(content)
