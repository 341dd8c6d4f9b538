"""What the settings of a new run may start from, and how long it will take."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from slu.config import MODEL_CONFIG, TrainConfig, load_config, load_configs
from slu.config.model import ModelConfig
from slu.errors import ModelError
from slu.runs.run import TrainingRun


class Start(NamedTuple):
    """Settings that a new run starts from."""

    model: ModelConfig
    train: TrainConfig


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
    best = [configs / f"{kind}_{model}_best.yaml" for kind in ("model", "train")]
    if all(path.exists() for path in best):
        points["Best of the tuning study"] = partial(_from_files, *best)
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
        return Start(
            MODEL_CONFIG.validate_python(run.settings["model"]),
            TrainConfig.model_validate(run.settings["train"]),
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
            return run.history.epoch_s * (n_val / scores["utterances"] if scores else 1.0)
    return None


def _standard(configs: Path, model: str) -> Start:
    """The files of the model and, where there are none, what holds for all.

    How clips are altered is said in `train.yaml` alone: people change it on the page Preprocess.
    """
    train = common = load_config(TrainConfig, configs / "train.yaml")
    if (own := configs / f"train_{model}.yaml").exists():
        train = load_config(TrainConfig, own).model_copy(update={"augment": common.augment})
    if (path := configs / f"model_{model}.yaml").exists():
        return Start(load_config(MODEL_CONFIG, path), train)
    return Start(MODEL_CONFIG.validate_python({"name": model}), train)


def _from_files(model_path: Path, train_path: Path) -> Start:
    return Start(*load_configs([(MODEL_CONFIG, model_path, {}), (TrainConfig, train_path, {})]))
