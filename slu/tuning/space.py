"""The settings that a study varies, around a model's and a training configuration."""

import itertools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import optuna
from pydantic import ValidationError

from slu.config import Config, ModelConfig, TrainConfig
from slu.config.loading import assign
from slu.config.problems import describe_problems
from slu.config.tune import CategoricalKnob, FloatKnob, IntKnob, Knob
from slu.errors import ConfigError

C = TypeVar("C", bound=Config)
Settings = Mapping[str, Any]
"""Dotted key, such as `train.learning_rate` -> value."""

# Within a range, and neither whole nor round: what a setting for whole numbers refuses.
_WITHIN = 1 / math.pi


@dataclass(frozen=True)
class SearchSpace:
    """Two configurations, and the values that some of their settings may take."""

    model_config: ModelConfig
    train_config: TrainConfig
    knobs: Mapping[str, Knob]

    def check(self) -> None:
        """Try every value alone, and those of the model's knobs in pairs.

        The rules between settings (`d_model` is a multiple of `n_heads`) are all the model's.

        Raises:
            ConfigError: one line for each key that does not exist or has an impossible value.
        """
        alone = {
            key: [{key: value} for value in values_of(knob)] for key, knob in self.knobs.items()
        }
        problems = [self._first_problem(settings) for settings in alone.values()]
        if not any(problems):
            ours = [settings for key, settings in alone.items() if key.startswith("model.")]
            problems = [
                self._first_problem(_pairs(*two)) for two in itertools.combinations(ours, 2)
            ]
        if any(problems):
            raise ConfigError("\n".join(problem for problem in problems if problem))

    def suggest(self, trial: optuna.Trial) -> tuple[ModelConfig, TrainConfig]:
        """Draw a trial's configurations."""
        for key, knob in self.knobs.items():
            _suggest(trial, key, knob)
        return self.configs(self.settings(trial.params))

    def settings(self, params: Mapping[str, Any]) -> Settings:
        """A trial's parameters as Optuna stores them, as settings: lists are lists again."""
        return {key: _decode(self.knobs[key], value) for key, value in params.items()}

    def configs(self, settings: Settings) -> tuple[ModelConfig, TrainConfig]:
        """The two configurations with some settings changed.

        Raises:
            ConfigError: one of them does not allow it.
        """
        values = {"model": self.model_config.model_dump(), "train": self.train_config.model_dump()}
        for key, value in settings.items():
            assign(values, key, value)
        return (
            _check(type(self.model_config), values["model"], settings),
            _check(TrainConfig, values["train"], settings),
        )

    def _first_problem(self, candidates: Iterable[Settings]) -> str | None:
        for settings in candidates:
            try:
                self.configs(settings)
            except ConfigError as error:
                return str(error)
        return None


def _check(kind: type[C], values: Mapping[str, Any], settings: Settings) -> C:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problem = describe_problems(error, kind.model_json_schema())[0]
        reason = problem.partition(": ")[2]
        wanted = ", ".join(f"{key} = {value!r}" for key, value in settings.items())
        raise ConfigError(f"space: {wanted}: {reason}") from error


def values_of(knob: Knob) -> Iterable[Any]:
    """Every value that a knob can take; of a continuous one, both bounds and one between."""
    if isinstance(knob, CategoricalKnob):
        return knob.choices
    if isinstance(knob, IntKnob):
        return range(knob.low, knob.high + 1, knob.step)
    if knob.step is None:
        return (knob.low, knob.low + (knob.high - knob.low) * _WITHIN, knob.high)
    n_steps = round((knob.high - knob.low) / knob.step)
    return tuple(knob.low + index * knob.step for index in range(n_steps + 1))


def _pairs(first: Iterable[Settings], second: Iterable[Settings]) -> Iterable[Settings]:
    return ({**a, **b} for a, b in itertools.product(first, second))


def _suggest(trial: optuna.Trial, key: str, knob: Knob) -> None:
    if isinstance(knob, FloatKnob):
        trial.suggest_float(key, knob.low, knob.high, step=knob.step, log=knob.log)
    elif isinstance(knob, IntKnob):
        trial.suggest_int(key, knob.low, knob.high, step=knob.step, log=knob.log)
    else:
        trial.suggest_categorical(key, [_encode(choice) for choice in knob.choices])


def _encode(choice: Any) -> bool | int | float | str | None:
    """Optuna's storages hold plain values only; lists go in as JSON."""
    if choice is None or isinstance(choice, (bool, int, float, str)):
        return choice
    return json.dumps(choice)


def _decode(knob: Knob, value: Any) -> Any:
    if not isinstance(knob, CategoricalKnob):
        return value
    return next(choice for choice in knob.choices if _encode(choice) == value)
