"""`configs/adapt.yaml`: how a version learns the voices of a few recordings."""

from typing import Annotated, Literal

from pydantic import Field

from slu.config.base import Config, Seed
from slu.config.train import RunName

Layers = Literal["heads", "last", "all"]


class AdaptConfig(Config):
    """What is held back, what is trained, and how gently."""

    run_name: RunName | None = None
    """Folder under `artifacts/` and version in the registry; none: `voice-` and the time."""
    held_back: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Share of the recordings that are never trained on; old and new are compared on them."""
    min_per_label: Annotated[int, Field(ge=1)] = 2
    """Recordings that each label needs; a model that hears only some of its labels anew forgets
    the others."""
    steps: Annotated[int, Field(ge=1, le=10000)] = 150
    """Batches that are learnt from, however many recordings there are."""
    batch_size: Annotated[int, Field(ge=2, le=4096)] = 32
    recordings_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of each batch that are recordings; the rest is replay: clips that the version learnt
    from, so that it does not forget other voices."""
    variants: Annotated[int, Field(ge=1, le=100)] = 8
    """Ways in which each recording is heard: once as it is, then altered as in training."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    """Highest one; it rises and falls as in training."""
    layers: Layers = "all"
    """What is trained: all of the model, its last block and heads, or its heads alone."""
    seed: Seed = 7
