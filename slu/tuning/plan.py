"""A study from its plan to its command."""

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from slu.config import ModelConfig, PreprocessConfig, TrainConfig, save_config
from slu.config.train import RunName
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.settings import Settings
from slu.tuning.space import SearchSpace

_NAME: TypeAdapter[str] = TypeAdapter(RunName)


class StudyPlan(NamedTuple):
    """What a study is to do."""

    name: str
    model: ModelConfig
    train: TrainConfig
    tune: TuneConfig
    n_trials: int
    """That it shall have in the end."""
    preprocess: PreprocessConfig | None = None
    """Features that it learns from; none: those that were built."""
    workers: int = 1
    train_best: bool = False
    """Whether a model is then trained with the best settings."""

    def check(self) -> None:
        """Make sure that every value of the space is possible.

        Raises:
            ConfigError: one line for each key that does not exist or has an impossible value.
        """
        SearchSpace(self.model, self.train, self.tune.space).check()


def check_study_name(name: str, taken: Collection[str]) -> None:
    """Make sure that a new study may have this name.

    Raises:
        StudyError: it is no name, or taken.
    """
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise StudyError(f"the name of a study {reason}") from error
    if name in taken:
        raise StudyError(f"there is a study called {name}; go on with it, or choose another name")


def plan_study(settings: Settings, plan: StudyPlan) -> tuple[str, ...]:
    """Write the configurations of a study to `configs/studies/<name>`.

    Returns:
        the `slu` command that begins it or goes on with it, to be run in the project root.

    Raises:
        ConfigError: the space holds an unknown key or an impossible value; nothing was written.
    """
    plan.check()
    # The command line takes any name, also that of another folder.
    folder_name = quote(plan.name, safe=" ").replace(".", "%2E")
    folder = settings.project_root / "configs" / "studies" / folder_name
    command = ["hparam-search", "--study-name", plan.name]
    for kind in ("model", "train", "tune", "preprocess"):
        config, path = getattr(plan, kind), folder / f"{kind}.yaml"
        if config is not None:
            save_config(config, path)
            command += [f"--{kind}-cfg", path.relative_to(settings.project_root).as_posix()]
    command += ["--n-trials", str(plan.n_trials), "--workers", str(plan.workers)]
    return (*command, "--train-best") if plan.train_best else tuple(command)
