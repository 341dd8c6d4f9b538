"""The sample tables of mp4 files: what FFmpeg believes before it has read a sample."""

import re
import struct
from collections.abc import Iterator
from typing import Final

from slu.errors import AudioError

_SAMPLE_COUNT: Final = re.compile(
    # Between name and count: version and flags, in `stsz` also one size for all samples.
    rb"stsz(?=.{8}(.{4}))|trun(?=.{4}(.{4}))",
    re.DOTALL,
)


def check_sample_tables(data: bytes) -> None:
    """Refuse an mp4 file whose tables claim more samples than the file has bytes.

    FFmpeg makes room for all claimed samples at once: 604 bytes took 3 GB and 9 seconds.

    Args:
        data: The whole file.

    Raises:
        AudioError: The claim is impossible, or hidden in a compressed header (`cmov`, an early
            QuickTime feature).
    """
    headers = b"".join(box for kind, box in _boxes(data) if kind != b"mdat")
    counts = _SAMPLE_COUNT.findall(headers)
    n_samples = sum(int.from_bytes(stsz or trun) for stsz, trun in counts)
    if n_samples > len(data) or b"cmov" in headers:
        raise AudioError("The mp4 file's tables cannot be right; record or export it again.")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each box at the top level (ISO/IEC 14496-12, 4.2)."""
    start = 0
    while start + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1:  # the size follows, as 64 bits
            size = int.from_bytes(data[start + 8 : start + 16])
        end = start + max(size, 8) if size else len(data)
        yield kind, data[start:end]
        start = end
