"""`configs/corpus.yaml`: the catalogue, its phrases, and the voices that speak them."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from slu.config.base import Config, Range

Weight = Annotated[float, Field(gt=0)]


class TemplateConfig(Config):
    """A phrase pattern that is drawn more or less often than the others."""

    text: str
    weight: Weight = 1.0


class EngineConfig(Config):
    """Which synthesiser speaks."""

    name: Literal["espeak", "command"] = "espeak"
    command: str | None = None
    """For `command`: a command line with `{text}` and `{out}` (a wav file to write)."""
    timeout_s: Annotated[float, Field(gt=0)] = 30.0
    """For `command`: the longest one phrase may take."""

    @model_validator(mode="after")
    def _command_is_complete(self) -> "EngineConfig":
        if self.name == "command":
            missing = [part for part in ("{text}", "{out}") if part not in (self.command or "")]
            if missing:
                raise ValueError(f"engine.command must contain {' and '.join(missing)}")
        return self


class VoicesConfig(Config):
    """How much the synthesised voices differ."""

    accents: tuple[str, ...] = ()
    """Languages or accents of the engine to draw from; empty: the corpus language."""
    variants: tuple[str, ...] = ()
    """Voice variants to draw from; empty: all that the engine has and that sound usable."""
    speed_wpm: Range = (110.0, 230.0)
    pitch: Range = (15.0, 85.0)
    """0 to 99, the engine's own scale."""
    pitch_range: Range = (20.0, 80.0)
    """Liveliness of the intonation, 0 to 99."""
    word_gap_ms: Range = (0.0, 60.0)
    """Extra pause between words."""
    pause_s: Range = (0.02, 0.25)
    """Silence before and after the phrase."""


class SplitConfig(Config):
    """Shares of the voices (and so of the clips) in each split."""

    train: Annotated[float, Field(gt=0, lt=1)] = 0.7
    val: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Annotated[float, Field(gt=0, lt=1)] = 0.15

    @model_validator(mode="after")
    def _sums_to_one(self) -> "SplitConfig":
        if abs(self.train + self.val + self.test - 1.0) > 1e-6:
            raise ValueError("train + val + test must be 1.0")
        return self


class CorpusConfig(Config):
    """All that is needed to speak a catalogue in some language."""

    language: str = "id"
    templates: Annotated[tuple[str | TemplateConfig, ...], Field(min_length=1)]
    slots: Annotated[dict[str, dict[str, tuple[str, ...]]], Field(min_length=1)]
    """slot -> label -> ways to say it."""
    utterances: Annotated[int, Field(ge=1, le=2_000_000)] = 3000
    seed: int = 7
    engine: EngineConfig = EngineConfig()
    voices: VoicesConfig = VoicesConfig()
    splits: SplitConfig = SplitConfig()

    @field_validator("slots", mode="before")
    @classmethod
    def _labels_are_text(cls, slots: object) -> object:
        # YAML reads `1: [satu]` with a number as its key; labels are text everywhere.
        if not isinstance(slots, dict):
            return slots
        return {
            slot: {str(label): ways for label, ways in labels.items()}
            if isinstance(labels, dict)
            else labels
            for slot, labels in slots.items()
        }

    @field_validator("slots")
    @classmethod
    def _labels_can_be_said(
        cls, slots: dict[str, dict[str, tuple[str, ...]]]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        for slot, labels in slots.items():
            if not labels:
                raise ValueError(f"slot '{slot}' has no labels")
            for label, ways in labels.items():
                if not ways or any(not way.strip() for way in ways):
                    raise ValueError(f"'{label}' of slot '{slot}' needs at least one way to say it")
        return slots
