"""The state of a training run, written whole so that it can go on after any interruption."""

import os
import pickle
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from slu.errors import ModelError
from slu.files import replacing

State = dict[str, Any]


@dataclass
class Progress:
    """Where a run is; part of its checkpoint."""

    epoch: int = 0
    """The epoch at work, from 0."""
    step: int = 0
    """Batches done in that epoch."""
    loss_sum: float = 0.0
    """Sum of these batches' losses."""
    seconds: float = 0.0
    """Time spent on this epoch so far."""
    best_epoch: int = -1
    best_score: list[float] = field(default_factory=lambda: [-1.0, float("-inf")])
    """Joint validation accuracy, then minus the validation loss."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One record for each finished epoch."""


def save_checkpoint(path: Path, progress: Progress, states: dict[str, State]) -> None:
    """Write progress, the states of model and optimiser, and torch's random state."""
    content = {"progress": asdict(progress), "rng": torch.get_rng_state(), **states}
    save_weights(path, content)


def load_checkpoint(path: Path) -> tuple[Progress, dict[str, State]]:
    """Read a checkpoint and restore torch's random state.

    Raises:
        ModelError: the file is missing or damaged.
    """
    content = load_weights(path)
    try:
        progress = Progress(**content.pop("progress"))
        torch.set_rng_state(content.pop("rng"))
    except (KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"{path} is no checkpoint of a run; train the model again") from error
    return progress, content


def save_weights(path: Path, content: State) -> None:
    """Write tensors and plain values; on the disk before the old file goes."""
    # In memory first: when the disk is full, torch reports an error that does not say so.
    packed = BytesIO()
    torch.save(content, packed)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(packed.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def load_weights(path: Path) -> State:
    """Read what `save_weights` wrote; never runs code from the file.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        content: State = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ModelError(f"{path} is missing; train the model again") from None
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise ModelError(f"{path} is damaged; train the model again") from error
    return content
