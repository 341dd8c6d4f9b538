"""`configs/train.yaml`: how a model is trained."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from slu.config.augment import AugmentConfig
from slu.config.base import Config, Probability, Seed

_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _names_a_folder(name: str) -> str:
    if not _RUN_NAME.fullmatch(name):
        raise ValueError(
            "must begin with a letter or digit and have at most 64 letters, digits, dots, dashes "
            "and underscores"
        )
    return name


RunName = Annotated[str, AfterValidator(_names_a_folder)]


class WandbConfig(Config):
    """Weights & Biases; local history is always written."""

    enable: bool = False
    project: str = "slu-mlops"


class PeopleConfig(Config):
    """How much recordings of people count among synthetic clips.

    Where they are few, each is drawn several times in an epoch, and altered anew each time.
    """

    share: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """Share of an epoch that they are to make up."""
    most_repeats: Annotated[int, Field(ge=1, le=100)] = 8
    """How often one recording is drawn in an epoch at most; 1: as often as any other clip."""


class MixupConfig(Config):
    """Clips mixed in pairs after their features, with the labels of both (arXiv 1710.09412)."""

    probability: Probability = 0.0
    """Share of the steps whose clips are mixed; 0: none."""
    alpha: Annotated[float, Field(gt=0, le=10)] = 0.2
    """The shares of two clips are drawn from Beta(alpha, alpha): near 0 one of them drowns the
    other, at 1 all shares are as likely, above they are about even."""


class TrainConfig(Config):
    """Optimisation, regularisation and bookkeeping of one training run."""

    run_name: RunName | None = None
    """Folder under `artifacts/` and version in the registry; none: model and time."""
    epochs: Annotated[int, Field(ge=1, le=10000)] = 24
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 32
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0, le=10)] = 0.01
    warmup_share: Probability = 0.1
    """Share of all steps in which the learning rate rises; then it falls as a cosine."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.05
    class_weights: bool = True
    """Rare labels weigh more (inverse square root of their frequency)."""
    gradient_clip: Annotated[float, Field(gt=0)] = 1.0
    patience: Annotated[int, Field(ge=1)] = 8
    """Epochs without a better validation score after which training stops."""
    reject_quantile: Annotated[float, Field(ge=0, le=0.2)] = 0.01
    """Share of right validation answers that the rejection threshold may give up in any case."""
    false_accept_rate: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of the validation clips that are no orders which may be answered; the threshold gives
    up more right answers where that needs it."""
    seed: Seed = 7
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Field(ge=0, le=256)] = 1
    """Threads of the training step; 0: all cores. One is fastest where cores are shared."""
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    """Processes that augment the next batches meanwhile; 0: in the training process."""
    people: PeopleConfig = PeopleConfig()
    mixup: MixupConfig = MixupConfig()
    augment: AugmentConfig = AugmentConfig()
    wandb: WandbConfig = WandbConfig()
