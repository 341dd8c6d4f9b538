"""Model versions: one JSON file each, and `latest.json` for the one in use."""

import hashlib
import json
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slu.errors import RegistryError
from slu.files import write_json

_LOGGER = logging.getLogger(__name__)

_LATEST = "latest"
_VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_BLOCK_BYTES = 1 << 20


class RegistryEntry(BaseModel):
    """One model version. Paths are relative to the project root."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    version: str = Field(pattern=_VERSION)
    model_path: str
    onnx_path: str
    sha256: dict[str, str]
    """Path -> hash of every file that a prediction depends on."""
    config_path: str
    data_cfg: dict[str, Any]
    preprocess_cfg: dict[str, Any]
    model_cfg: dict[str, Any]
    train_cfg: dict[str, Any]
    label_map_product: str | None = None
    label_map_quantity: str | None = None
    metrics: dict[str, Any]
    artifacts: dict[str, str]
    """Further files by name: report, confusion matrices, model card."""
    created_at: str
    git_commit: str | None
    data_fingerprint: str
    parent: str | None
    """The version that it was made from, or the one in use when it was made."""


class _InUse(RegistryEntry):
    """Content of `latest.json`: the promoted entry, and what it came after."""

    previous: tuple[str, ...] = ()
    """Versions that were in use before, the last one at the end."""


Entry = TypeVar("Entry", bound=RegistryEntry)


class Registry:
    """The versions under `artifacts/registry`.

    Args:
        project_root: what the entries' paths are relative to.
        folder: where the entries are.
    """

    def __init__(self, project_root: Path, folder: Path) -> None:
        self.project_root = project_root
        self.folder = folder

    def add(self, entry: RegistryEntry) -> Path:
        """Write an entry and return its path; a version that is there already is kept.

        Raises:
            RegistryError: the version exists.
        """
        self.check_new(entry.version)
        path = self.path_of(entry.version)
        write_json(path, entry.model_dump(mode="json"))
        return path

    def check_new(self, version: str) -> None:
        """Make sure that a version may be added under this name.

        Raises:
            RegistryError: it exists, or the name has another meaning.
        """
        reserved = (_LATEST, self.folder.name)
        if version in reserved or self.path_of(version).exists():
            raise RegistryError(f"version {version} exists already; choose another train.run_name")

    def path_of(self, version: str) -> Path:
        """Where the entry of a version is, or would be."""
        return self.folder / f"{version}.json"

    def versions(self) -> list[RegistryEntry]:
        """All readable entries, newest first; damaged ones are told and passed over."""
        entries = []
        for path in self.folder.glob("*.json"):
            if path.stem != _LATEST:
                try:
                    entries.append(self.read(path))
                except RegistryError as error:
                    _LOGGER.warning("%s", error)
        return sorted(entries, key=lambda e: (e.created_at, e.version), reverse=True)

    def get(self, version: str | None = None) -> RegistryEntry:
        """The entry of a version; without one, of the version in use.

        Raises:
            RegistryError: there is no such version, or its entry is damaged.
        """
        if version is None:
            latest = self.path_of(_LATEST)
            if not latest.exists():
                raise RegistryError("no model is in use yet; train one and promote it")
            return self.read(latest)
        path = self.path_of(version)
        # Names come from people: one with a slash would lead out of the folder.
        if version == _LATEST or not re.fullmatch(_VERSION, version) or not path.exists():
            known = ", ".join(entry.version for entry in self.versions()) or "none yet"
            raise RegistryError(f"there is no model version '{version}'; known: {known}")
        entry = self.read(path)
        if entry.version != version:
            raise RegistryError(f"{path} describes {entry.version}; restore it or train again")
        return entry

    def read(self, path: Path) -> RegistryEntry:
        """Read an entry from any path.

        Raises:
            RegistryError: the file is missing or damaged.
        """
        return _read(RegistryEntry, path)

    def latest_version(self) -> str | None:
        """The version in use, if any.

        Raises:
            RegistryError: `latest.json` is damaged.
        """
        in_use = self._in_use()
        return in_use.version if in_use else None

    def previous_version(self) -> str | None:
        """The version that `rollback` would put back to use, if any.

        Raises:
            RegistryError: `latest.json` is damaged.
        """
        in_use = self._in_use()
        return in_use.previous[-1] if in_use and in_use.previous else None

    def config(self, entry: RegistryEntry) -> dict[str, Any]:
        """All settings of a version: its `config.json`.

        Raises:
            RegistryError: it is missing or damaged.
        """
        try:
            return dict(json.loads(self.resolve(entry.config_path).read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise RegistryError(
                f"version {entry.version} has an unusable configuration ({error}); train again"
            ) from error

    def promote(self, version: str) -> RegistryEntry:
        """Put a version to use, if all its files are whole.

        Raises:
            RegistryError: the version is unknown or was altered.
        """
        entry = self.get(version)
        self.verify(entry)
        self._put_to_use(entry, [v for v in self._past() if v != version])
        return entry

    def rollback(self) -> RegistryEntry:
        """Put the version back that was in use before.

        Raises:
            RegistryError: there was none, or it was altered.
        """
        in_use = self._in_use()
        if in_use is None or not in_use.previous:
            raise RegistryError("no earlier version was in use; nothing to go back to")
        entry = self.get(in_use.previous[-1])
        self.verify(entry)
        self._put_to_use(entry, in_use.previous[:-1])
        return entry

    def verify(self, entry: RegistryEntry) -> None:
        """Check every file of an entry against its hash.

        Raises:
            RegistryError: a file is missing or altered; the message names it.
        """
        for needed in (entry.onnx_path, entry.config_path):
            if needed not in entry.sha256:
                raise RegistryError(f"version {entry.version} has no hash for {needed}")
        for name, expected in entry.sha256.items():
            try:
                found = sha256_of(self.resolve(name))
            except OSError as error:
                raise RegistryError(
                    f"version {entry.version} lacks its file {name} ({error.strerror}); restore it"
                ) from error
            if found != expected:
                raise RegistryError(
                    f"version {entry.version} is refused: {name} was altered after training; "
                    "restore it or promote another version"
                )

    def resolve(self, name: str) -> Path:
        """A path of an entry, which must lie within the project.

        Raises:
            RegistryError: it leads elsewhere.
        """
        root = self.project_root.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise RegistryError(f"the registry names a file outside the project: {name}")
        return path

    def relative(self, path: Path) -> str:
        """How an entry names a file of the project."""
        return Path(os.path.relpath(path.resolve(), self.project_root.resolve())).as_posix()

    def _in_use(self) -> _InUse | None:
        path = self.path_of(_LATEST)
        return _read(_InUse, path) if path.exists() else None

    def _past(self) -> list[str]:
        """Versions in the order of their use, with the one in use at the end."""
        try:
            in_use = self._in_use()
        except RegistryError as error:
            # Promoting is how a damaged `latest.json` is mended.
            _LOGGER.warning("%s", error)
            return []
        return [*in_use.previous, in_use.version] if in_use else []

    def _put_to_use(self, entry: RegistryEntry, previous: Sequence[str]) -> None:
        content = entry.model_dump(mode="json") | {"previous": previous}
        write_json(self.path_of(_LATEST), content)


def _read(kind: type[Entry], path: Path) -> Entry:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise RegistryError(f"{path}: there is no such registry entry") from None
    except (OSError, ValidationError) as error:
        raise RegistryError(f"{path} is damaged; restore it, or promote another version") from error


def sha256_of(path: Path) -> str:
    """Hash of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
