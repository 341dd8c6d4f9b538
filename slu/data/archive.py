"""Zip files from strangers: nothing that they claim about themselves is believed."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from slu.errors import DataError

_MAX_FILES = 50_000
_MAX_FILE_BYTES = 100_000_000
_MAX_TOTAL_BYTES = 2_000_000_000
_CHUNK_BYTES = 1 << 20
# Other ways of packing may take gigabytes of memory to undo.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What operating systems add to the files of a person.
_FOREIGN = ("__MACOSX/", "._")


class Archive:
    """The files of a zip, by their paths inside it.

    Args:
        file: the zip; it must stay open.
        max_file_bytes: largest size of one file when unpacked.

    Raises:
        DataError: it cannot be read, or holds too many files.
    """

    def __init__(self, file: BinaryIO, max_file_bytes: int = _MAX_FILE_BYTES) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            raise DataError(
                "this is no zip file that can be read; zip the recordings anew"
            ) from error
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(entries) > _MAX_FILES:
            raise DataError(f"the zip holds more than {_MAX_FILES:,} files; split it")
        self._entries = {normal_path(entry.filename): entry for entry in entries}
        self._max_file_bytes = max_file_bytes
        self._bytes_left = _MAX_TOTAL_BYTES

    def table(self) -> str:
        """The path of its only CSV.

        Raises:
            DataError: there is none, or several.
        """
        tables = [
            path
            for path in self._entries
            if path.lower().endswith(".csv")
            and not any(part.startswith(_FOREIGN) for part in (path, posixpath.basename(path)))
        ]
        if len(tables) != 1:
            found = f"{len(tables)} ({', '.join(tables[:3])})" if tables else "none"
            raise DataError(
                "the zip must hold one CSV table with the file and the labels of each recording; "
                f"it holds {found}"
            )
        return tables[0]

    def extract(self, path: str, folder: Path) -> None:
        """Write a file of the archive below a folder.

        Raises:
            DataError: there is no such file, its path leads out of the folder, or it cannot be
                unpacked or is too large.
        """
        if leads_outside(path):
            raise DataError("its path leads out of the zip; give a path inside it")
        if path not in self._entries:
            raise DataError("the zip holds no such file; check its name and folder")
        target = folder / PurePosixPath(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.writelines(self._chunks(self._entries[path]))
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
            raise DataError("it is damaged or locked by a password; zip it anew") from error
        except OSError as error:
            raise DataError(f"it cannot be unpacked ({error.strerror}); rename it") from error

    def _chunks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        if entry.compress_type not in _PACKINGS:
            raise DataError("it is packed in an unusual way; zip it anew")
        n_bytes = 0
        with self._zip.open(entry) as packed:
            while chunk := packed.read(_CHUNK_BYTES):
                n_bytes += len(chunk)
                self._bytes_left -= len(chunk)
                if n_bytes > self._max_file_bytes:
                    raise DataError(
                        f"it has more than {self._max_file_bytes / 1e6:g} MB when unpacked; "
                        "shorten it"
                    )
                if self._bytes_left < 0:
                    raise DataError(
                        f"all files together have more than {_MAX_TOTAL_BYTES / 1e9:g} GB when "
                        "unpacked; split the zip"
                    )
                yield chunk


def normal_path(path: str) -> str:
    r"""A path with `/` for `\` and without detours."""
    return posixpath.normpath(path.replace("\\", "/"))


def leads_outside(path: str) -> bool:
    """Whether a normal path leaves the folder that it starts from, on any system."""
    return path.startswith(("/", "../")) or path in ("..", ".") or ":" in path
