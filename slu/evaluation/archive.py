"""Evaluations that were written down: found again, and whether they still hold."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slu.config.augment import NoiseKind
from slu.errors import DataError
from slu.registry import RegistryEntry, sha256_of


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a version on some recordings."""

    entry: RegistryEntry
    table_path: Path
    """Of labelled recordings."""
    split: str
    """`train`, `val`, `test` or `all`."""

    def folder(self, artifacts_dir: Path) -> Path:
        """Where its results go."""
        table = f"{self.table_path.resolve().parent.name}-{self.table_path.stem}"
        return artifacts_dir / "evaluations" / self.entry.version / f"{table}-{self.split}"

    def facts(self) -> dict[str, Any]:
        """What was evaluated, when, and what tells whether it has changed since.

        Raises:
            DataError: the table is missing.
        """
        return {
            "version": self.entry.version,
            "table": str(self.table_path),
            "split": str(self.split),
            "evaluated_at": datetime.now(UTC).isoformat(),
            **self._hashes(),
        }

    def change_since(self, facts: Mapping[str, Any], clips: Iterable[str] = ()) -> str | None:
        """What has changed since these facts were written; none if nothing has.

        Args:
            facts: as `facts` gave them.
            clips: paths of the recordings, to see whether one was written later.

        Raises:
            DataError: the table is missing.
        """
        hashes = self._hashes()
        if facts.get("model_sha256") != hashes["model_sha256"]:
            return "the model has changed since"
        if facts.get("table_sha256") != hashes["table_sha256"]:
            return "the list of clips has changed since"
        if _is_any_newer(clips, datetime.fromisoformat(facts["evaluated_at"])):
            return "a clip on the disk has changed since"
        return None

    def _hashes(self) -> dict[str, Any]:
        try:
            table = sha256_of(self.table_path)
        except OSError as error:
            raise DataError(f"{self.table_path} cannot be read ({error.strerror})") from error
        return {"model_sha256": self.entry.sha256, "table_sha256": table}


def _is_any_newer(paths: Iterable[str], moment: datetime) -> bool:
    with suppress(OSError):  # one that is missing has changed as well
        return any(Path(path).stat().st_mtime > moment.timestamp() for path in paths)
    return True


def noise_path(folder: Path, kind: NoiseKind) -> Path:
    """Where a noise sweep goes within the folder of its subject."""
    return folder / f"noise_{kind}.json"


def read_facts(path: Path) -> dict[str, Any] | None:
    """What a file of results says of itself: `metrics.json` or a noise sweep; none if missing.

    Raises:
        DataError: it is damaged.
    """
    try:
        facts = json.loads(path.read_text("utf-8"))
        datetime.fromisoformat(facts["evaluated_at"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged; evaluate again") from error
    return dict(facts)
