"""What the settings of a new run may start from, and how long it will take."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from slu.audio.speech_embedding import is_available
from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config, load_configs
from slu.config.model import ModelConfig
from slu.errors import ModelError
from slu.runs.run import TrainingRun

# Of how sound is altered: how much of it, and what is done to features.
_OF_THE_MODEL = ("waveforms", "variants", "spec_augment")


class Start(NamedTuple):
    """Settings that a new run starts from."""

    model: ModelConfig
    train: TrainConfig
    preprocess: PreprocessConfig | None = None
    """Features that it learns from; none: those that were built."""


def recommended_model() -> str:
    """The model that understands people best, of those that can run here."""
    return "m3" if is_available() else "m1"


def starting_points(
    configs: Path, model: str, runs: Iterable[TrainingRun]
) -> dict[str, Callable[[], Start]]:
    """What can be started from, by its title: the standard, a study's best, earlier runs.

    Args:
        configs: folder of the project's configurations.
        model: name of the model.
        runs: of the project; those of this model count.

    Returns:
        title -> function that reads the settings; it raises `ConfigError` or `ModelError`.
    """
    points: dict[str, Callable[[], Start]] = {
        "Standard settings": partial(_standard, configs, model)
    }
    if all((configs / f"{kind}_{model}_best.yaml").exists() for kind in ("model", "train")):
        points["Best of the tuning study"] = partial(_best, configs, model)
    for run in runs:
        if run.model == model:
            points[f"Settings of {run.name}"] = partial(settings_of, run)
    return points


def settings_of(run: TrainingRun) -> Start:
    """The settings of a run.

    Raises:
        ModelError: they are of another version of SLU Studio.
    """
    try:
        preprocess = run.settings.get("preprocess")
        return Start(
            MODEL_CONFIG.validate_python(run.settings["model"]),
            TrainConfig.model_validate(run.settings["train"]),
            PreprocessConfig.model_validate(preprocess) if preprocess else None,
        )
    except ValidationError as error:
        raise ModelError(
            f"run {run.name} has settings that are no longer known; start a new run"
        ) from error


def expected_epoch_s(runs: Sequence[TrainingRun], model: str, n_val: int) -> float | None:
    """How long an epoch will take, going by the newest run of the same model.

    Args:
        runs: the newest first.
        model: name of the model.
        n_val: validation clips; as runs tell only of these, they stand for the size of the data.
    """
    for run in runs:
        if run.model == model and run.history.epoch_s is not None:
            scores = run.entry.metrics.get("val") if run.entry else None
            return run.history.epoch_s * (n_val / _n_clips(scores) if scores else 1.0)
    return None


def _n_clips(scores: Mapping[str, Any]) -> int:
    """Clips that were judged: orders, and what is none."""
    return int(scores["utterances"]) + int(scores.get("not_orders", 0))


def _standard(configs: Path, model: str) -> Start:
    """The files of the model and, where there are none, what holds for all.

    How sound is altered is said in `train.yaml` alone: people change it on the page Preprocess. How
    much of it, and what is done to features, is the model's own.
    """
    train = common = load_config(TrainConfig, configs / "train.yaml")
    if (own := configs / f"train_{model}.yaml").exists():
        train = load_config(TrainConfig, own)
        kept = {name: getattr(train.augment, name) for name in _OF_THE_MODEL}
        train = train.model_copy(update={"augment": common.augment.model_copy(update=kept)})
    path = configs / f"model_{model}.yaml"
    default = MODEL_CONFIG.validate_python({"name": model})
    return Start(
        load_config(MODEL_CONFIG, path) if path.exists() else default,
        train,
        own_features(configs, model),
    )


def own_features(configs: Path, model: str) -> PreprocessConfig | None:
    """The features that a model cannot do without; none where any will do.

    Raises:
        ConfigError: the file that says so is damaged.
    """
    path = configs / f"preprocess_{model}.yaml"
    return load_config(PreprocessConfig, path) if path.exists() else None


def _best(configs: Path, model: str) -> Start:
    model_config, train_config = load_configs(
        [
            (MODEL_CONFIG, configs / f"model_{model}_best.yaml", {}),
            (TrainConfig, configs / f"train_{model}_best.yaml", {}),
        ]
    )
    return Start(model_config, train_config, own_features(configs, model))
