"""`configs/data.yaml`: sources, slots, splits and the quality limits of a corpus."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from slu.config.base import Config, Seed, SlotName
from slu.config.corpus import SplitConfig

Positive = Annotated[float, Field(gt=0)]

ALIASED_COLUMNS = ("path", "text", "speaker", "source", "split")
"""Columns of sources that may have other names, beside the slots."""


class QualityConfig(Config):
    """When a clip is flagged in `quality.csv` (flagged clips are kept, and can be dropped)."""

    min_duration_s: Positive = 0.3
    max_duration_s: Positive = 15.0
    clipping_share: Annotated[float, Field(gt=0, le=1)] = 0.001
    """Share of samples at full scale from which a clip counts as clipped."""
    silence_peak: Annotated[float, Field(gt=0, lt=1)] = 0.003
    """A clip whose peak stays below this is silent."""

    @model_validator(mode="after")
    def _durations_are_ordered(self) -> Self:
        if self.min_duration_s >= self.max_duration_s:
            raise ValueError("min_duration_s must be below max_duration_s")
        return self


class DataConfig(Config):
    """What `slu ingest` reads and how it labels and splits it."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)] = ("data/raw/*/metadata.csv",)
    """CSV files, logs of corrections (`.jsonl`), or patterns, relative to the project root."""
    slots: Annotated[tuple[SlotName, ...], Field(min_length=1)] = ("product", "quantity")
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Further column names that mean one of ours, e.g. `product: [produk, barang]`."""
    label_words: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Per slot: words that mean a label, e.g. `quantity: {satu: "1"}`."""
    split_column: str = "split"
    """The column that holds the split; where it is empty the split is made speaker-disjoint.
    An empty name: it is made so for all rows."""
    splits: SplitConfig = SplitConfig()
    seed: Seed = 7
    quality: QualityConfig = QualityConfig()
    decisions: str = "data/quality_decisions.csv"
    """Where it is kept which recordings people chose to keep or to drop."""
    output_dir: str = "data/processed"

    @field_validator("slots")
    @classmethod
    def _slots_are_distinct(cls, slots: tuple[str, ...]) -> tuple[str, ...]:
        if len({slot.lower() for slot in slots}) != len(slots):
            raise ValueError("each slot may be listed once")
        return slots

    @field_validator("label_words", mode="before")
    @classmethod
    def _words_are_text(cls, words: object) -> object:
        if not isinstance(words, dict):
            return words
        return {slot: _as_text(table) for slot, table in words.items()}

    @model_validator(mode="after")
    def _aliases_are_of_columns(self) -> Self:
        known = (*ALIASED_COLUMNS, *self.slots)
        unknown = [column for column in self.aliases if column not in known]
        if unknown:
            raise ValueError(
                f"aliases: there is no column {', '.join(unknown)}; give other names for "
                f"{', '.join(known)}"
            )
        return self


def _as_text(table: object) -> object:
    """What YAML reads as numbers, as text: labels are text everywhere."""
    if not isinstance(table, dict):
        return table
    return {str(word): str(label) for word, label in table.items()}
