"""Which container holds a recording, told by its content alone."""

from typing import Final

_MPEG_1: Final = 3
"""Version field of an MPEG audio header; 2 is MPEG 2, 0 is MPEG 2.5, 1 is reserved."""
_SAMPLE_RATE_DIVISORS: Final = {_MPEG_1: 1, 2: 2, 0: 4}
_MPEG_1_SAMPLE_RATES: Final = (44_100, 48_000, 32_000)
_MPEG_1_KBIT_PER_S: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG_2_KBIT_PER_S: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def sniff_container(data: bytes) -> str | None:
    """Name the container of a recording.

    Args:
        data: The whole file.

    Returns:
        `wav`, `flac`, `ogg`, `webm` (any Matroska), `mp4` (also m4a and mov) or `mp3`: the names
        of FFmpeg's demuxers; `None` for anything else.
    """
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "webm"
    if data[4:8] == b"ftyp":
        return "mp4"
    return _sniff_tagged(data)


def _sniff_tagged(data: bytes) -> str | None:
    """Name the containers that may have an ID3 tag in front."""
    start = _id3_length(data)
    if data[start : start + 4] == b"fLaC":
        return "flac"
    return "mp3" if _starts_mp3(data, start) else None


def _id3_length(data: bytes) -> int:
    """Bytes of the ID3v2 tag at the start, 0 without one (id3.org, ID3v2.4.0, section 3.1)."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    body = 0
    for byte in data[6:10]:
        body = body << 7 | byte & 0x7F
    footer = 10 if data[5] & 0x10 else 0
    return 10 + body + footer


def _starts_mp3(data: bytes, start: int) -> bool:
    """Whether two frames of the same MPEG version and sample rate follow each other."""
    first = data[start : start + 4]
    length = _mp3_frame_length(first)
    second = data[start + length : start + length + 4]
    if not length or not _mp3_frame_length(second):
        return False
    return first[1] == second[1] and first[2] & 0x0C == second[2] & 0x0C


def _mp3_frame_length(header: bytes) -> int:
    """Bytes of the frame that this header starts, 0 if it is none (ISO/IEC 11172-3, 2.4.2.3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0  # no sync word, or not layer III
    version = header[1] >> 3 & 3
    bitrate_index, rate_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or bitrate_index in (0, 15) or rate_index == 3:
        return 0  # reserved values
    table = _MPEG_1_KBIT_PER_S if version == _MPEG_1 else _MPEG_2_KBIT_PER_S
    sample_rate = _MPEG_1_SAMPLE_RATES[rate_index] // _SAMPLE_RATE_DIVISORS[version]
    n_samples = 1152 if version == _MPEG_1 else 576
    return n_samples // 8 * table[bitrate_index - 1] * 1000 // sample_rate + padding
