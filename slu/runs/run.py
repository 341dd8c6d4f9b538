"""One training run, and all of a project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config, load_configs
from slu.errors import ModelError, SLUError
from slu.registry import Registry, RegistryEntry
from slu.runs.history import History, read_history
from slu.settings import Settings

CONFIG_NAME = "config.json"
HISTORY_NAME = "history.jsonl"
MODEL_NAME = "model.yaml"
TRAIN_NAME = "train.yaml"
PREPROCESS_NAME = "preprocess.yaml"

_SECTIONS = ("model", "train", "preprocess", "data", "data_fingerprint")


class RunState(StrEnum):
    """How far a run is."""

    PLANNED = "planned"
    """Its settings are written; nothing is trained."""
    UNFINISHED = "unfinished"
    """Begun, and no version yet: at work, stopped or failed."""
    FINISHED = "finished"


@dataclass(frozen=True)
class TrainingRun:
    """A run as it lay on the disk when it was read."""

    name: str
    state: RunState
    created_at: str
    """ISO 8601 in UTC."""
    settings: Mapping[str, Any]
    """Sections `model` and `train`; once begun, `preprocess`, `data` and `data_fingerprint`.

    A planned run has `preprocess` where its features are to be made anew."""
    history: History
    entry: RegistryEntry | None
    """The version that it became."""

    @property
    def model(self) -> str:
        """Name of the model that is trained."""
        return str(self.settings["model"]["name"])

    @property
    def slots(self) -> tuple[str, ...]:
        """What is recognised; known once the run is begun."""
        return tuple(self.settings.get("data", {}).get("slots", ()))

    @property
    def epochs(self) -> int:
        """Epochs of the whole run, if it does not stop early."""
        return int(self.settings["train"]["epochs"])


def config_folder(settings: Settings, name: str) -> Path:
    """Where the configurations of a planned run are."""
    return settings.project_root / "configs" / "runs" / name


def list_runs(settings: Settings) -> tuple[list[TrainingRun], list[str]]:
    """All runs, the newest first, and in one sentence each what is wrong with damaged ones."""
    begun = settings.artifacts_dir.glob(f"*/{CONFIG_NAME}")
    planned = config_folder(settings, "").glob(f"*/{TRAIN_NAME}")
    runs, problems = [], []
    names = {path.parent.name for path in (*begun, *planned)}
    for name in sorted(name for name in names if not name.startswith(".")):
        try:
            runs.append(read_run(settings, name))
        except SLUError as error:
            problems.append(str(error))
    return sorted(runs, key=lambda run: (run.created_at, run.name), reverse=True), problems


def read_run(settings: Settings, name: str) -> TrainingRun:
    """One run.

    Raises:
        SLUError: there is none of that name, or it is damaged.
    """
    folder = settings.artifacts_dir / name
    if not (folder / CONFIG_NAME).exists():
        return _read_planned(config_folder(settings, name))
    config = _read_config(folder / CONFIG_NAME)
    registry = Registry(settings.project_root, settings.registry_dir)
    is_version = registry.path_of(name).exists()
    return TrainingRun(
        name=name,
        state=RunState.FINISHED if is_version else RunState.UNFINISHED,
        created_at=config["created_at"],
        settings={section: config.get(section, {}) for section in _SECTIONS},
        history=read_history(folder / HISTORY_NAME),
        entry=registry.get(name) if is_version else None,
    )


def _read_planned(folder: Path) -> TrainingRun:
    if not (folder / TRAIN_NAME).exists():
        raise ModelError(f"there is no run called {folder.name}")
    model, train = load_configs(
        [(MODEL_CONFIG, folder / MODEL_NAME, {}), (TrainConfig, folder / TRAIN_NAME, {})]
    )
    sections = {"model": model.model_dump(mode="json"), "train": train.model_dump(mode="json")}
    if (path := folder / PREPROCESS_NAME).exists():
        sections["preprocess"] = load_config(PreprocessConfig, path).model_dump(mode="json")
    written = datetime.fromtimestamp((folder / TRAIN_NAME).stat().st_mtime, UTC)
    return TrainingRun(
        name=folder.name,
        state=RunState.PLANNED,
        created_at=written.isoformat(timespec="seconds"),
        settings=sections,
        history=History(),
        entry=None,
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
        datetime.fromisoformat(config["created_at"])
        str(config["model"]["name"]), int(config["train"]["epochs"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{path} is damaged; restore it, or delete the folder") from error
    return config
