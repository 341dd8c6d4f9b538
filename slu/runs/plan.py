"""A run from its plan to its command, and away with it."""

import shutil
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from slu.config import save_config
from slu.config.train import RunName
from slu.errors import ModelError, RegistryError
from slu.registry import Registry
from slu.runs.run import (
    MODEL_NAME,
    PREPROCESS_NAME,
    TRAIN_NAME,
    RunState,
    TrainingRun,
    config_folder,
)
from slu.runs.starting import Start, settings_of
from slu.settings import Settings

_RUN_NAME: TypeAdapter[str] = TypeAdapter(RunName)


def suggest_run_name(settings: Settings, model: str) -> str:
    """A free name, such as `m2-3`."""
    number = 1
    while _is_taken(settings, f"{model}-{number}"):
        number += 1
    return f"{model}-{number}"


def check_run_name(settings: Settings, name: str) -> None:
    """Make sure that a new run may have this name.

    Raises:
        ModelError: it is no name, or taken.
    """
    _check_spelling(name)
    if _is_taken(settings, name):
        raise ModelError(f"there is a run or a model called {name}; choose another name")


def plan_run(settings: Settings, name: str, start: Start) -> tuple[str, ...]:
    """Write the configurations of a new run to `configs/runs/<name>`.

    Returns:
        the `slu` command that trains it, to be run in the project root.

    Raises:
        ModelError: the name cannot be used.
    """
    check_run_name(settings, name)
    return _write_configs(settings, name, start)


def train_command(settings: Settings, run: TrainingRun) -> tuple[str, ...]:
    """The `slu` command that begins a planned run or goes on with an unfinished one.

    Raises:
        ModelError: the run's settings are of another version of SLU Studio.
    """
    command = _write_configs(settings, run.name, settings_of(run))
    return command if run.state is RunState.PLANNED else (*command, "--resume")


def delete_run(settings: Settings, name: str) -> None:
    """Delete a run that did not become a version; must not be called while it is at work.

    Raises:
        ModelError: it is a version, or there is no such run.
    """
    _check_spelling(name)
    if _registry(settings).path_of(name).exists():
        raise ModelError(f"{name} is a finished model and is kept")
    folders = [
        folder
        for folder in (settings.artifacts_dir / name, config_folder(settings, name))
        if folder.exists()
    ]
    if not folders:
        raise ModelError(f"there is no run called {name}")
    for folder in folders:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Out of sight at once, whatever interrupts the rest."""
    doomed = folder.with_name(f".{folder.name}.deleted")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _write_configs(settings: Settings, name: str, start: Start) -> tuple[str, ...]:
    folder = config_folder(settings, name)
    save_config(start.model, folder / MODEL_NAME)
    save_config(start.train.model_copy(update={"run_name": name}), folder / TRAIN_NAME)
    place = folder.relative_to(settings.project_root).as_posix()
    configs = ("--model-cfg", f"{place}/{MODEL_NAME}", "--train-cfg", f"{place}/{TRAIN_NAME}")
    if start.preprocess is None:
        return ("train", *configs)
    save_config(start.preprocess, folder / PREPROCESS_NAME)
    return ("train", *configs, "--preprocess-cfg", f"{place}/{PREPROCESS_NAME}")


def _check_spelling(name: str) -> None:
    try:
        _RUN_NAME.validate_python(name)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ModelError(f"the name of a run {reason}") from error


def _is_taken(settings: Settings, name: str) -> bool:
    try:
        _registry(settings).check_new(name)
    except RegistryError:
        return True
    return (settings.artifacts_dir / name).exists() or config_folder(settings, name).exists()


def _registry(settings: Settings) -> Registry:
    return Registry(settings.project_root, settings.registry_dir)
