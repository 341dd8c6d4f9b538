"""`configs/bench/*.yaml`: how well models that learn from a typed catalogue understand people."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from slu.config.base import Config, Seed, SlotName

Levels = tuple[Annotated[float, Field(ge=-20, le=60)], ...]
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
    babble_db: Levels = ()
    """Each score again, with four other people of the table talking: how far, in dB, the speech
    stands above them."""
    noise_db: Levels = ()
    """Each score again, the whole recording in pink noise: how far the speech stands above it."""
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


class RejectionSuiteConfig(Config):
    """Play to a model what is no order, and orders in noise, in voices that it never heard.

    The path of the catalogue is relative to the suite's file.
    """

    corpus: str
    """Catalogue that the model was trained on, with the seed that its voices were divided by."""
    sentences: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    """Language (`id` or `en`) -> sentences that no corpus holds."""
    readings: Annotated[int, Field(ge=1, le=1000)] = 5
    """Voices that speak each sentence."""
    sounds: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Clips of each kind of sound, and of babble."""
    snr_db: float = 10.0
    """Of the orders against pink noise."""
    seed: Seed = 1007
    """Of readings, sounds and noise."""
