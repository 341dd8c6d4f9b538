"""What all configurations share: immutable, and unknown keys are refused."""

import hashlib
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Config(BaseModel):
    """A checked, immutable section of a YAML file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=()
    )

    def fingerprint(self) -> str:
        """Short hash of every value: equal configurations, equal fingerprints."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError("the first bound must not be above the second")
    return bounds


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
"""Lowest and highest value of something drawn uniformly, written `[low, high]`."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]

Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""Where chance starts; every random generator in use takes numbers of this size."""

TABLE_COLUMNS = frozenset(
    (
        *("id", "path", "text", "speaker", "source", "split", "duration_s", "sample_rate"),
        *("sha256", "feature_path", "feature_offset", "frames", "waveform_path"),
        *("waveform_offset", "samples", "peak", "clipped_share", "flags", "kept", "table", "row"),
    )
)
"""Columns that tables of utterances have beside the slots, which are columns as well."""


def _names_a_column(slot: str) -> str:
    if not slot.isidentifier() or slot.lower() in TABLE_COLUMNS:
        raise ValueError("this cannot name a slot; choose another name of one word")
    return slot


SlotName = Annotated[str, AfterValidator(_names_a_column)]


def draw(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    """One value, uniform between the two bounds of a `Range`."""
    return float(rng.uniform(*bounds))
