import pytest

from slu.audio.container import sniff_container

MPEG_1_128K_44100 = b"\xff\xfb\x90\x64"
MPEG_1_128K_44100_PADDED = b"\xff\xfb\x92\x64"
MPEG_1_128K_48000 = b"\xff\xfb\x94\x64"
MPEG_2_64K_22050 = b"\xff\xf3\x80\x64"
MPEG_25_8K_8000 = b"\xff\xe3\x18\x64"


def frames(header: bytes, n_bytes: int, n_frames: int = 2) -> bytes:
    return (header + bytes(n_bytes - 4)) * n_frames


def id3(n_bytes: int, flags: int = 0) -> bytes:
    size = bytes((n_bytes >> shift) & 0x7F for shift in (21, 14, 7, 0))
    footer = bytes(10) if flags & 0x10 else b""
    return b"ID3\x04\0" + bytes([flags]) + size + bytes(n_bytes) + footer


@pytest.mark.parametrize(
    ("data", "container"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"fLaC\0\0\0\x22", "flac"),
        (id3(300) + b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\x02", "ogg"),
        (b"\x1a\x45\xdf\xa3\x9f", "webm"),
        (b"\0\0\0\x1cftypM4A ", "mp4"),
        (frames(MPEG_1_128K_44100, 417), "mp3"),
        (frames(MPEG_1_128K_44100_PADDED, 418), "mp3"),
        (frames(MPEG_1_128K_48000, 384), "mp3"),
        (frames(MPEG_2_64K_22050, 208), "mp3"),
        (frames(MPEG_25_8K_8000, 72), "mp3"),
        (id3(300) + frames(MPEG_1_128K_44100, 417), "mp3"),
        (id3(300, flags=0x10) + frames(MPEG_1_128K_44100, 417), "mp3"),
    ],
)
def test_containers_are_told_by_their_content(data: bytes, container: str) -> None:
    assert sniff_container(data) == container


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF\0\0\0\0AVI LIST",
        b"RIFF",
        b"ID3",
        id3(300),
        id3(2**28 - 1)[:500],
        "three coffees".encode("utf-16"),
        frames(MPEG_1_128K_44100, 417, n_frames=1),
        frames(MPEG_1_128K_44100, 418),  # the second frame is not where the first one ends
        frames(MPEG_1_128K_44100, 417, 1) + frames(MPEG_1_128K_48000, 384, 1),
        frames(MPEG_2_64K_22050, 208, 1) + frames(MPEG_1_128K_44100, 417, 1),
        frames(b"\xff\xeb\x90\x64", 417),  # reserved version
        frames(b"\xff\xfd\x90\x64", 417),  # layer II
        frames(b"\xff\xfb\x00\x64", 417),  # free bit rate
        frames(b"\xff\xfb\xf0\x64", 417),  # no bit rate
        frames(b"\xff\xfb\x9c\x64", 417),  # reserved sample rate
    ],
)
def test_anything_else_has_no_container(data: bytes) -> None:
    assert sniff_container(data) is None
