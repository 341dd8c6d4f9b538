"""Who wants to know how long work goes, and who may stop it."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
Record = dict[str, float]


def nothing(*_: object) -> None:
    """A listener that does not care."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True)
class TrainListener:
    """Who wants to know how training goes, and who may stop it."""

    on_start: Callable[[str], None] = nothing
    """Called with the run's name."""
    on_epoch: Callable[[Record], None] = nothing
    on_step: Progress = nothing
    on_evaluate: Progress = nothing
    on_listen: Progress = nothing
    """Called as clips get the features that they lack."""
    should_stop: Callable[[], bool] = never
