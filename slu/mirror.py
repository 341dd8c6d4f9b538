"""Copies of a project under a URL, for machines that share no path: an object store."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slu.errors import ClusterError
from slu.files import replacing, write_json
from slu.settings import Settings

PROJECT_FILES = ("configs", "data", "artifacts")
"""What commands read and write."""

Sign = list[str | int]
"""By which a file is known again, as long as it is not changed."""


class Mirror:
    """Files of a project, here and under a URL.

    A file is copied when it was changed since it was copied last; of two that were changed, the one
    that is copied wins. Nothing is deleted. Hidden files are left out: they are half-written.

    Args:
        root: of the project.
        url: as fsspec takes it: `s3://bucket/shop`, `gs://…`, `file:///mnt/…`.

    Raises:
        ClusterError: from every method, when the URL cannot be used.
    """

    def __init__(self, root: Path, url: str) -> None:
        # Loaded here because it takes tens of milliseconds, and few have an object store.
        from fsspec.core import url_to_fs

        self._root = root
        self._url = url
        try:
            self._files, self._base = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise self._unusable(error) from error
        self._book = root / "jobs" / ".mirror.json"

    def store(self, *folders: str) -> None:
        """Copy what changed here to the URL."""
        self._copy(folders, self._upload)

    def fetch(self, *folders: str) -> None:
        """Copy what changed under the URL to here."""
        self._copy(folders, self._download)

    def _copy(self, folders: tuple[str, ...], copy: Any) -> None:
        known = self._read_book()
        try:
            for folder in folders:
                copy(folder, known)
        except (OSError, ImportError) as error:
            raise self._unusable(error) from error
        finally:
            write_json(self._book, known)

    def _upload(self, folder: str, known: dict[str, dict[str, Sign]]) -> None:
        # The oldest first, so that what is newer than something else stays so.
        for path in sorted(_visible_files(self._root / folder), key=_changed_at):
            name = path.relative_to(self._root).as_posix()
            here = _sign(path)
            if known.get(name, {}).get("here") == here:
                continue
            self._put(path, f"{self._base}/{name}")
            known[name] = {"here": here, "there": self._sign_there(name)}

    def _put(self, path: Path, target_path: str) -> None:
        self._files.makedirs(target_path.rpartition("/")[0], exist_ok=True)
        # Whole or absent, also where the URL is a folder.
        with (
            path.open("rb") as source,
            self._files.transaction,
            self._files.open(target_path, "wb") as target,
        ):
            shutil.copyfileobj(source, target)

    def _download(self, folder: str, known: dict[str, dict[str, Sign]]) -> None:
        self._files.invalidate_cache()
        found = self._files.find(f"{self._base}/{folder}")
        names = [str(path).removeprefix(self._base).lstrip("/") for path in found]
        signs = {name: self._sign_there(name) for name in names}
        for name in sorted(names, key=lambda name: signs[name][1]):
            if known.get(name, {}).get("there") == signs[name]:
                continue
            with replacing(self._root / name) as temporary:
                self._files.get_file(f"{self._base}/{name}", str(temporary))
            known[name] = {"here": _sign(self._root / name), "there": signs[name]}

    def _sign_there(self, name: str) -> Sign:
        path = f"{self._base}/{name}"
        return [int(self._files.size(path)), self._files.modified(path).isoformat()]

    def _read_book(self) -> dict[str, dict[str, Sign]]:
        """What was copied last, by path."""
        try:
            return dict(json.loads(self._book.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def _unusable(self, error: Exception) -> ClusterError:
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        return ClusterError(f"{self._url} cannot be used ({reason}); check SLU_STORE_URL")


def open_mirror(settings: Settings) -> Mirror | None:
    """The mirror of a project; none if all machines share its path."""
    url = settings.store_url
    return None if url is None else Mirror(settings.project_root.resolve(), url)


def _sign(path: Path) -> Sign:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path
