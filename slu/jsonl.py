"""Files of one JSON object a line that many processes append to."""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any


def append_row(path: Path, row: Mapping[str, Any]) -> int:
    """Append one whole line with a single `O_APPEND` write, which local file systems keep whole.

    The file is opened anew each time, so a deleted or rotated file is followed at once. A line
    that landed behind one that a crash or a full disk left torn is lost with it, and so is
    written again.

    Args:
        path: the file; it and its folder are made where they are missing.
        row: the JSON object; numbers that JSON has no word for (NaN, infinity) become null.

    Returns:
        the size of the file in bytes at the end of this line.

    Raises:
        OSError: the line could not be written, or not whole.
    """
    line = _encode(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        end = _write(descriptor, line)
        # Looked at afterwards: before, a line that another process is writing seems torn as well.
        if _follows_torn_line(descriptor, end - len(line)):
            end = _write(descriptor, line)
        return end
    finally:
        os.close(descriptor)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file; torn and foreign lines are passed over.

    A file that does not exist has none.
    """
    with suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            row = _decode(line)
            if isinstance(row, dict):
                yield row


def _encode(row: Mapping[str, Any]) -> bytes:
    # Lone surrogates (from undecodable file names) have no UTF-8 form; "replace" writes "?".
    text = json.dumps(_plain(row), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value


def _write(descriptor: int, line: bytes) -> int:
    if os.write(descriptor, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return os.lseek(descriptor, 0, os.SEEK_CUR)


def _follows_torn_line(descriptor: int, start: int) -> bool:
    if start <= 0:
        return False
    os.lseek(descriptor, start - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _decode(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
