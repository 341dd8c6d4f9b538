"""`configs/model_m1.yaml` and its like: sizes of the models."""

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from slu.config.base import Config

Count = Annotated[int, Field(ge=1, le=1024)]


class _TransformerConfig(Config):
    """The encoder that all models share."""

    d_model: Annotated[int, Field(ge=8, le=1024, multiple_of=2)] = 96
    n_heads: Annotated[int, Field(ge=1, le=16)] = 4
    n_layers: Annotated[int, Field(ge=1, le=12)] = 3
    feed_forward: Annotated[int, Field(ge=8, le=4096)] = 192
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model ({self.d_model}) must be a multiple of n_heads ({self.n_heads})"
            )
        return self


class M1Config(_TransformerConfig):
    """CNN that reduces frequency and time, then a Transformer."""

    name: Literal["m1"] = "m1"
    channels: Annotated[tuple[Count, ...], Field(min_length=2, max_length=4)] = (16, 32, 64)
    """Channels of the convolutions; the first two halve time and every one halves frequency."""

    @property
    def time_reduction(self) -> int:
        """Frames of the front end for each encoded frame."""
        return 4


class M2Config(_TransformerConfig):
    """A linear projection of stacked frames, then a tiny Transformer."""

    name: Literal["m2"] = "m2"
    d_model: Annotated[int, Field(ge=8, le=1024, multiple_of=2)] = 64
    n_layers: Annotated[int, Field(ge=1, le=12)] = 2
    feed_forward: Annotated[int, Field(ge=8, le=4096)] = 128
    stack: Annotated[int, Field(ge=1, le=16)] = 4
    """Neighbouring frames that are projected together; the encoder runs at 1/stack the rate."""

    @property
    def time_reduction(self) -> int:
        """Frames of the front end for each encoded frame."""
        return self.stack


class M3Config(_TransformerConfig):
    """Pretrained speech embeddings as they come, then M2's Transformer."""

    name: Literal["m3"] = "m3"
    d_model: Annotated[int, Field(ge=8, le=1024, multiple_of=2)] = 128
    n_layers: Annotated[int, Field(ge=1, le=12)] = 2
    feed_forward: Annotated[int, Field(ge=8, le=4096)] = 256

    @property
    def time_reduction(self) -> int:
        """Frames of the front end for each encoded frame."""
        return 1


ModelConfig = M1Config | M2Config | M3Config

MODEL_CONFIG: TypeAdapter[ModelConfig] = TypeAdapter(
    Annotated[ModelConfig, Field(discriminator="name")]
)
"""Reads the model configuration that the key `name` names."""
