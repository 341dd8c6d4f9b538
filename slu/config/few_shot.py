"""`configs/bench/*_fewshot.yaml`: how much a few recordings of a person bring."""

from typing import Annotated

from pydantic import Field

from slu.config.base import Config, Seed


class FewShotSuiteConfig(Config):
    """Train on a spoken catalogue, teach it each person in turn, and score on the rest of them.

    Paths of configurations are relative to the suite's file.
    """

    voices: str
    """Suite of `slu bench voices`, whose catalogue and model are the base."""
    adapt: str
    """How the base is taught; nothing is held back, as the rest of the person is the judge."""
    counts: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (
        0,
        1,
        2,
        5,
        10,
    )
    """Recordings of each label that are learnt from: the points of the curve."""
    draws: Annotated[int, Field(ge=1)] = 3
    """How often other recordings are drawn, for each person and count."""
    seed: Seed = 7
    """Of the base and of the draws."""
