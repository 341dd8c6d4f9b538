"""Weights & Biases, where it is enabled and usable; local history is written in any case."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from slu.config import WandbConfig

_LOGGER = logging.getLogger(__name__)

_UNUSABLE_WITHOUT_KEY = ("", "online")


class Tracker(Protocol):
    """Where records of a run go besides the local history."""

    def log(self, record: dict[str, Any], /) -> None:
        """Send the record of an epoch."""

    def finish(self) -> None:
        """Close the run."""


class LocalOnly:
    """Sends nothing."""

    def log(self, record: dict[str, Any], /) -> None:
        """Send nothing."""

    def finish(self) -> None:
        """Close nothing."""


def start_tracker(
    config: WandbConfig, name: str, settings: Mapping[str, Any], folder: Path
) -> Tracker:
    """The tracker that the configuration and the environment allow.

    Without a key (or `WANDB_MODE=offline`) training stays local, silently: a missing account is no
    reason to stop somebody's work. Nor is a server that cannot be reached, which is told.
    """
    has_key = bool(os.environ.get("WANDB_API_KEY")) or _has_stored_key()
    mode = os.environ.get("WANDB_MODE", "")
    if not config.enable or (mode in _UNUSABLE_WITHOUT_KEY and not has_key):
        return LocalOnly()
    import wandb

    try:
        tracker: Tracker = wandb.init(
            project=config.project, name=name, config=dict(settings), dir=str(folder)
        )
    except wandb.Error as error:
        _LOGGER.warning("Weights & Biases cannot be used (%s); history stays local", error)
        return LocalOnly()
    return tracker


def _has_stored_key() -> bool:
    netrc = Path.home() / ".netrc"
    return netrc.is_file() and "api.wandb.ai" in netrc.read_text("utf-8", errors="ignore")
