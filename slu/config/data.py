"""`configs/data.yaml`: sources, slots, splits and the quality limits of a corpus."""

from typing import Annotated

from pydantic import Field, field_validator

from slu.config.base import Config
from slu.config.corpus import SplitConfig

Positive = Annotated[float, Field(gt=0)]


class QualityConfig(Config):
    """When a clip is flagged in `quality.csv` (flagged clips are kept, and can be dropped)."""

    min_duration_s: Positive = 0.3
    max_duration_s: Positive = 15.0
    clipping_share: Annotated[float, Field(gt=0, le=1)] = 0.001
    """Share of samples at full scale from which a clip counts as clipped."""
    silence_peak: Annotated[float, Field(gt=0, lt=1)] = 0.003
    """A clip whose peak stays below this is silent."""


class DataConfig(Config):
    """What `slu ingest` reads and how it labels and splits it."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)] = ("data/raw/*/metadata.csv",)
    """CSV files or patterns, relative to the project root."""
    slots: Annotated[tuple[str, ...], Field(min_length=1)] = ("product", "quantity")
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Further column names that mean one of ours, e.g. `product: [produk, barang]`."""
    label_words: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Per slot: words that mean a label, e.g. `quantity: {satu: "1"}`."""
    split_column: str = "split"
    """The column that holds the split; where it is empty the split is made speaker-disjoint."""
    splits: SplitConfig = SplitConfig()
    seed: int = 7
    quality: QualityConfig = QualityConfig()
    output_dir: str = "data/processed"

    @field_validator("slots")
    @classmethod
    def _slots_are_distinct(cls, slots: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(slots)) != len(slots):
            raise ValueError("each slot may be listed once")
        return slots

    @field_validator("label_words", mode="before")
    @classmethod
    def _words_are_text(cls, words: object) -> object:
        if not isinstance(words, dict):
            return words
        return {
            slot: {str(word): str(label) for word, label in table.items()}
            if isinstance(table, dict)
            else table
            for slot, table in words.items()
        }
