"""Sounds are made by PyAV's own encoders from synthesised tones."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from slu.audio.decode import DecodeLimits, decode, decode_recording
from slu.errors import AudioError
from tests.recordings import (
    AMPLITUDE,
    FLAC,
    KINDS,
    LAYOUTS,
    M4A,
    MP3,
    OPUS,
    SAMPLE_RATE,
    TONE_HZ,
    WAV,
    Kind,
    bombs,
    encode,
    pcm16,
    recording_of,
    tone,
    wav_file,
)


def peak_hz(waveform: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(waveform.size)))
    return float(np.argmax(spectrum) * SAMPLE_RATE / waveform.size)


def level_db(waveform: NDArray[np.float32]) -> float:
    """Level of the middle against that of the tone which was coded."""
    middle = waveform[waveform.size // 4 : -waveform.size // 4]
    return float(20 * np.log10(np.sqrt(2 * np.mean(middle**2)) / AMPLITUDE))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.muxer}-{kind.codec}-{kind.layout}")
def test_every_format_keeps_duration_level_and_pitch(kind: Kind) -> None:
    recording = decode_recording(recording_of(kind), SAMPLE_RATE)

    waveform = recording.waveform
    assert waveform.dtype == np.float32
    assert waveform.ndim == 1
    assert waveform.size / SAMPLE_RATE == pytest.approx(0.6, abs=0.03)
    expected_db = -0.45 if kind.codec == "libmp3lame" else 0  # LAME itself scales by 0.95
    assert level_db(waveform) == pytest.approx(expected_db, abs=0.2)
    assert peak_hz(waveform) == pytest.approx(TONE_HZ, abs=2)
    assert recording.container == kind.container
    assert recording.original_sample_rate == kind.sample_rate
    assert recording.sample_rate == SAMPLE_RATE
    assert recording.channels == (2 if kind.layout == "stereo" else 1)


@pytest.mark.parametrize("channels", range(1, 9))
def test_equal_channels_keep_their_level(channels: int) -> None:
    recording = decode_recording(wav_file(pcm16(0.5, channels), channels=channels), SAMPLE_RATE)
    assert recording.channels == channels
    assert level_db(recording.waveform) == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "muxer_and_codec", [("wav", "pcm_f32le"), ("wav", "pcm_s24le"), ("mp4", "aac")]
)
def test_named_layouts_keep_their_level(muxer_and_codec: tuple[str, str], layout: str) -> None:
    kind = Kind(*muxer_and_codec, "", 44_100, layout)
    assert level_db(decode(recording_of(kind), SAMPLE_RATE)) == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("target", [8_000, 16_000, 22_050, 48_000])
@pytest.mark.parametrize("original", [1_000, 8_000, 11_025, 44_100, 96_000, 192_000, 767_999])
def test_resampling_keeps_the_duration(original: int, target: int) -> None:
    waveform = decode(wav_file(pcm16(0.25), sample_rate=original), target)
    assert waveform.size == pytest.approx(4_000 * target / original, abs=1)


def test_same_rate_pcm_is_untouched() -> None:
    data = pcm16(0.1)
    expected = np.frombuffer(data, "<i2") / 32768
    np.testing.assert_array_equal(decode(wav_file(data), SAMPLE_RATE), expected)


@given(data=st.binary(min_size=2, max_size=4_000))
def test_a_plain_wav_gives_what_its_decoder_would(data: bytes) -> None:
    plain = wav_file(data)
    # The same format, written with the length of an extension, of which there is none.
    extended = plain[:16] + bytes([18]) + plain[17:36] + bytes(2) + plain[36:]
    np.testing.assert_array_equal(decode(plain, SAMPLE_RATE), decode(extended, SAMPLE_RATE))


def test_float_wav_beyond_full_scale_is_clipped() -> None:
    data = np.array([0.0, 2.0, -3.0, 32_768, 0.25], "<f4").tobytes()
    waveform = decode(wav_file(data, format_tag=3, bits=32), SAMPLE_RATE)
    np.testing.assert_allclose(waveform, [0, 1, -1, 1, 0.25], atol=1 / 32768)


def test_a_browser_stream_without_lengths_is_decoded() -> None:
    kind = Kind("webm", "libopus", "webm", 48_000)
    live = encode(kind, tone(48_000, 0.6), {"live": "1"})
    assert decode(live, SAMPLE_RATE).size / SAMPLE_RATE == pytest.approx(0.6, abs=0.03)


def test_fragmented_m4a_is_decoded() -> None:
    fragments = encode(M4A, tone(44_100, 0.6), {"movflags": "frag_keyframe+empty_moov"})
    assert decode(fragments, SAMPLE_RATE).size / SAMPLE_RATE == pytest.approx(0.6, abs=0.06)


def test_an_id3_tag_may_stand_before_flac() -> None:
    tag = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)
    waveform = decode(tag + recording_of(FLAC), SAMPLE_RATE)
    np.testing.assert_array_equal(waveform, decode(recording_of(FLAC), SAMPLE_RATE))


def test_path_and_content_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.mp3"
    path.write_bytes(recording_of(WAV))
    expected = decode(recording_of(WAV), SAMPLE_RATE)
    np.testing.assert_array_equal(decode(path, SAMPLE_RATE), expected)
    np.testing.assert_array_equal(decode(str(path), SAMPLE_RATE), expected)


@pytest.mark.parametrize("claimed_bytes", [0, 2**31, 2**32 - 1, 1_000_000])
def test_wav_with_a_wrong_length_is_decoded_to_its_end(claimed_bytes: int) -> None:
    waveform = decode(wav_file(pcm16(0.5), claimed_bytes=claimed_bytes), SAMPLE_RATE)
    assert waveform.size == SAMPLE_RATE // 2


@pytest.mark.parametrize("kind", [WAV, KINDS[2], KINDS[4]], ids=lambda kind: kind.codec)
@pytest.mark.parametrize("missing_bytes", [1, 2, 3, 5, 4_001])
def test_wav_cut_anywhere_is_decoded_as_far_as_it_goes(kind: Kind, missing_bytes: int) -> None:
    whole = decode(recording_of(kind), kind.sample_rate)
    cut = decode(recording_of(kind)[:-missing_bytes], kind.sample_rate)
    assert whole.size > cut.size > 0
    np.testing.assert_array_equal(cut, whole[: cut.size])


def refused(source: bytes | str | Path, limits: DecodeLimits | None = None) -> str:
    with pytest.raises(AudioError) as caught:
        decode(source, SAMPLE_RATE, limits or DecodeLimits())
    return str(caught.value)


def with_value(value: float, dtype: str) -> bytes:
    samples = tone(SAMPLE_RATE, 0.5).astype(dtype)
    samples[5_000] = value
    return wav_file(samples.tobytes(), format_tag=3, bits=samples.itemsize * 8)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"R", "not a sound file"),
        (b"Three coffees, please.\n" * 100, "not a sound file"),
        (b"\xff\xfb\x90\x64" + bytes(1_000), "not a sound file"),
        (np.random.default_rng(0).bytes(100_000), "not a sound file"),
        (wav_file(pcm16(0.1))[:12], "ends before its sound"),
        (wav_file(pcm16(0.1))[:30], "ends before its sound"),
        (wav_file(bytes(8_000), channels=0), "damaged"),
        (wav_file(b""), "no sound"),
        (wav_file(b"\0"), "no sound"),
        (wav_file(b"\0\0", sample_rate=48_000), "no sound"),
        (wav_file(bytes(8_000), format_tag=2, bits=4), "adpcm"),
        (wav_file(bytes(8_000), format_tag=0x7FFF), "unknown"),
        (wav_file(bytes(9_000), channels=9), "9 channels"),
        (wav_file(bytes(9_000), sample_rate=999), "999 samples a second"),
        (wav_file(bytes(9_000), sample_rate=2**31 - 1), "samples a second"),
        (with_value(np.nan, "<f4"), "not numbers"),
        (with_value(np.inf, "<f4"), "not numbers"),
        (with_value(-np.inf, "<f8"), "not numbers"),
        (with_value(1e38, "<f4"), "far too large"),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes, reason: str) -> None:
    assert reason in refused(content)


@pytest.mark.parametrize("kind", KINDS[7:], ids=lambda kind: f"{kind.muxer}-{kind.codec}")
def test_a_header_alone_is_refused(kind: Kind) -> None:
    refused(recording_of(kind)[:64])


@pytest.mark.parametrize("kind", [FLAC, M4A], ids=lambda kind: kind.codec)
def test_a_cut_file_of_other_formats_is_refused(kind: Kind) -> None:
    content = recording_of(kind)
    assert "damaged" in refused(content[: len(content) * 2 // 3])


def test_damage_in_the_middle_is_refused() -> None:
    content = recording_of(MP3)
    middle = len(content) // 2
    assert "damaged" in refused(content[:middle] + bytes(1_000) + content[middle + 1_000 :])


def test_a_change_of_sample_rate_on_the_way_is_refused() -> None:
    bare = {"write_xing": "0", "id3v2_version": "0"}
    pieces = [
        encode(Kind("mp3", "libmp3lame", "mp3", rate), tone(rate, 0.5), bare)
        for rate in (44_100, 22_050)
    ]
    assert "changes its format" in refused(b"".join(pieces))


def test_a_video_without_sound_is_refused() -> None:
    sink = BytesIO()
    with av.open(sink, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", 10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    assert "no sound" in refused(sink.getvalue())


def test_places_without_a_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "missing.wav", tmp_path / "pipe", "nul\0.wav"):
        assert "check the path" in refused(place)
    assert "cannot be opened" in refused("long" * 1_000)


def test_bytes_are_limited_before_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: reading it would not end well
    assert "at most 25 MB" in refused(path)
    assert "at most 0.001 MB" in refused(bytes(1_001), DecodeLimits(max_bytes=1_000))


@pytest.mark.parametrize("kind", [WAV, MP3, FLAC, OPUS, M4A], ids=lambda kind: kind.codec)
def test_seconds_are_limited(kind: Kind) -> None:
    content = recording_of(kind)
    assert "longer than 0.5 s" in refused(content, DecodeLimits(max_duration_s=0.5))
    assert decode(content, SAMPLE_RATE, DecodeLimits(max_duration_s=0.65)).size > 0


def test_the_longest_recording_is_accepted() -> None:
    exactly = DecodeLimits(max_duration_s=0.5)
    assert decode(wav_file(pcm16(0.5)), SAMPLE_RATE, exactly).size == SAMPLE_RATE // 2
    refused(wav_file(pcm16(0.5) + b"\0\0"), exactly)


MEASURE = """
import json, resource, sys
from slu.audio.decode import decode
from slu.errors import AudioError
peak_kb = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
plain, *bombs = sys.argv[1:]
decode(plain, 16_000)
before_kb, reasons = peak_kb(), []
for bomb in bombs:
    try:
        decode(bomb, 16_000)
    except AudioError as error:
        reasons.append(str(error))
print(json.dumps({"reasons": reasons, "growth_mb": (peak_kb() - before_kb) / 1024}))
"""


def test_bombs_are_refused_with_flat_memory_and_without_noise(tmp_path: Path) -> None:
    contents = [recording_of(WAV), *bombs()]
    paths = [tmp_path / str(number) for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)], capture_output=True, check=True
    )
    result = json.loads(done.stdout)
    assert len(result["reasons"]) == len(contents) - 1
    assert all("longer than 30 s" in reason for reason in result["reasons"][:4])
    assert result["growth_mb"] < 40
    assert done.stderr == b""


def decodes_or_refuses(content: bytes) -> None:
    try:
        recording = decode_recording(content, SAMPLE_RATE)
    except AudioError:
        return
    assert recording.waveform.size > 0
    assert np.abs(recording.waveform).max() <= 1


MAGIC = (
    b"",
    b"RIFF\0\0\0\0WAVE",
    b"fLaC",
    b"OggS",
    b"\x1a\x45\xdf\xa3",
    b"\0\0\0\x1cftypM4A ",
    b"ID3",
)


@given(magic=st.sampled_from(MAGIC), rest=st.binary(max_size=2_000))
@settings(deadline=None, max_examples=200)
def test_any_bytes_decode_or_are_refused(magic: bytes, rest: bytes) -> None:
    decodes_or_refuses(magic + rest)


@given(
    kind=st.sampled_from(KINDS),
    edits=st.lists(st.tuples(st.integers(0, 600) | st.integers(0, 100_000), st.integers(0, 255))),
    kept=st.floats(0.05, 1),
)
@settings(deadline=None, max_examples=400)
def test_mutated_files_decode_or_are_refused(
    kind: Kind, edits: list[tuple[int, int]], kept: float
) -> None:
    content = bytearray(recording_of(kind, 0.2))
    for position, value in edits:
        content[position % len(content)] = value
    decodes_or_refuses(bytes(content[: round(kept * len(content))]))
