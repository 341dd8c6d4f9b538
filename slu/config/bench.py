"""`configs/bench/*.yaml`: how well models that learn from a typed catalogue understand people."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from slu.config.base import Config, Seed, SlotName

Names = Annotated[tuple[SlotName, ...], Field(min_length=1)]


class VoicesSuiteConfig(Config):
    """Speak a catalogue, train on it, and score the model on recordings of people.

    Paths of configurations are relative to the suite's file.
    """

    corpus: str
    """Catalogue that is spoken."""
    preprocess: str
    model: str
    train: str
    slots: Names
    """Of the catalogue."""
    joined: dict[SlotName, Names] = Field(default_factory=dict)
    """Column of the recordings' table -> slots whose labels, one after the other, make its label;
    `none` where the last of them is."""
    scores: Annotated[dict[str, Names], Field(min_length=1)]
    """Name of a score -> columns that must all be right."""
    babble_db: tuple[Annotated[float, Field(ge=-20, le=60)], ...] = ()
    """Each score again, with four other people of the table talking: how far, in dB, the speech
    stands above them."""
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = (7, 8, 9)
    """One corpus and one model for each."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for column, parts in self.joined.items():
            if unknown := set(parts) - set(self.slots):
                raise ValueError(f"joined.{column} names {min(unknown)}, which is no slot")
        known = {*self.slots, *self.joined}
        for name, columns in self.scores.items():
            if unknown := set(columns) - known:
                raise ValueError(f"scores.{name} names {min(unknown)}, which is no slot")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the recordings' table that are scored."""
        return tuple(dict.fromkeys(column for score in self.scores.values() for column in score))
