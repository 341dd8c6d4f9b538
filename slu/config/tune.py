"""`configs/tune.yaml`: what a study may vary, and how it searches."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from slu.config.base import Config, Seed

_SECTIONS = ("model.", "train.")
_WHOLE_STEPS = 1e-9


class FloatKnob(Config):
    """A number between two bounds."""

    kind: Literal["float"]
    low: float
    high: float
    log: bool = False
    """Drawn evenly over orders of magnitude."""
    step: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_bounds(self.low, self.high)
        if self.log and self.low <= 0:
            raise ValueError("low must be above 0 where log is true")
        if self.log and self.step is not None:
            raise ValueError("leave out either step or log")
        if self.step is not None:
            _check_steps(self.low, self.high, self.step)
        return self


class IntKnob(Config):
    """A whole number between two bounds, both included."""

    kind: Literal["int"]
    low: int
    high: int
    log: bool = False
    """Drawn evenly over orders of magnitude."""
    step: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_bounds(self.low, self.high)
        if self.log and self.low < 1:
            raise ValueError("low must be at least 1 where log is true")
        if self.log and self.step != 1:
            raise ValueError("leave out either step or log")
        _check_steps(self.low, self.high, self.step)
        return self


class CategoricalKnob(Config):
    """One of some values, which may be lists."""

    kind: Literal["categorical"]
    choices: Annotated[tuple[Any, ...], Field(min_length=2)]

    @field_validator("choices")
    @classmethod
    def _choices_differ(cls, choices: tuple[Any, ...]) -> tuple[Any, ...]:
        if any(choice in choices[:index] for index, choice in enumerate(choices)):
            raise ValueError("each choice may be listed once")
        return choices


Knob = Annotated[FloatKnob | IntKnob | CategoricalKnob, Field(discriminator="kind")]


class TuneConfig(Config):
    """What a study may vary, what it looks for, and when it gives a trial up."""

    metric: Literal["joint_accuracy", "loss"] = "joint_accuracy"
    """Measured on the validation clips after each epoch."""
    pruner: Literal["median", "hyperband", "none"] = "median"
    startup_trials: Annotated[int, Field(ge=1, le=1000)] = 4
    """Drawn at random before TPE learns; the median pruner lets as many finish."""
    warmup_epochs: Annotated[int, Field(ge=1, le=1000)] = 3
    """Epochs that every trial gets before it may be pruned."""
    seed: Seed = 7
    heartbeat_s: Annotated[int, Field(ge=1, le=600)] = 15
    """A worker that is silent for two of these is taken for dead, and its trial is tried again."""
    space: dict[str, Knob]
    """Dotted key of the model's or the training configuration -> its values."""

    @field_validator("space")
    @classmethod
    def _keys_have_sections(cls, space: dict[str, Knob]) -> dict[str, Knob]:
        if not space:
            raise ValueError("nothing is varied; list at least one key")
        wrong = [key for key in space if not key.startswith(_SECTIONS)]
        if wrong:
            raise ValueError(f"keys begin with model. or train.; {', '.join(wrong)} does not")
        return space


def _check_bounds(low: float, high: float) -> None:
    if low >= high:
        raise ValueError("low must be below high")


def _check_steps(low: float, high: float, step: float) -> None:
    n_steps = (high - low) / step
    if abs(n_steps - round(n_steps)) > _WHOLE_STEPS * max(1.0, n_steps):
        raise ValueError("high must be low and a whole number of steps")
