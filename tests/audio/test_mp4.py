import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.mp4 import check_sample_tables
from slu.errors import AudioError


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def table(kind: bytes, n_samples: int) -> bytes:
    sample_size = struct.pack(">I", 1) if kind == b"stsz" else b""
    return box(kind, bytes(4) + sample_size + struct.pack(">I", n_samples))


def mp4(*tables: bytes, media: bytes = bytes(1_000)) -> bytes:
    return box(b"ftyp", b"M4A ") + box(b"mdat", media) + box(b"moov", b"".join(tables))


@pytest.mark.parametrize("kind", [b"stsz", b"trun"])
def test_no_more_samples_than_bytes_are_credible(kind: bytes) -> None:
    n_bytes = len(mp4(table(kind, 0)))
    check_sample_tables(mp4(table(kind, n_bytes)))
    with pytest.raises(AudioError, match="record or export it again"):
        check_sample_tables(mp4(table(kind, n_bytes + 1)))


def test_the_claims_of_all_tables_add_up() -> None:
    with pytest.raises(AudioError):
        check_sample_tables(mp4(*[table(b"stsz", 800)] * 3))


def test_compressed_headers_are_refused() -> None:
    with pytest.raises(AudioError):
        check_sample_tables(mp4(box(b"cmov", b"")))


def test_sound_that_looks_like_a_table_is_no_claim() -> None:
    media = table(b"stsz", 2**31)
    check_sample_tables(mp4(media=media))
    long_form = struct.pack(">I4sQ", 1, b"mdat", 16 + len(media)) + media
    check_sample_tables(box(b"ftyp", b"M4A ") + long_form)
    to_the_end = struct.pack(">I4s", 0, b"mdat") + media
    check_sample_tables(box(b"ftyp", b"M4A ") + to_the_end)


@given(size=st.integers(0, 2**32 - 1), content=st.binary(max_size=40))
def test_any_box_sizes_come_to_an_end(size: int, content: bytes) -> None:
    data = struct.pack(">I4s", size, b"free") + content
    if b"cmov" not in data and b"stsz" not in data and b"trun" not in data:
        check_sample_tables(data)
