"""`configs/corpus.yaml`: the catalogue, its phrases, and the voices that speak them."""

from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from slu.config.base import Config, Probability, Range
from slu.config.engine import EngineConfig, FurtherEngineConfig, Pronunciations
from slu.config.grammar import always_spoken, parse_template, slot_references

# Columns that every table of utterances has; a slot becomes a column beside them.
_COLUMNS = frozenset(
    [
        *("id", "path", "text", "speaker", "source", "split"),
        *("duration_s", "sample_rate", "sha256", "feature_path", "feature_offset", "frames"),
    ]
)
# Of all clips, what programs beside the first engine may speak.
_MOST_OF_OTHERS = 0.9


def _within(lowest: float, highest: float) -> AfterValidator:
    """Check that a `Range` keeps to what the engine can do."""

    def check(bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] < lowest or bounds[1] > highest:
            raise ValueError(f"both bounds must be between {lowest:g} and {highest:g}")
        return bounds

    return AfterValidator(check)


def _parses(template: str) -> str:
    parse_template(template)
    return template


def _keys_are_text(table: object) -> object:
    # YAML reads `1: [satu]` with a number as its key; labels are text everywhere.
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else table


class TemplateConfig(Config):
    """A phrase pattern (see `slu.config.grammar`); in YAML its text alone will do."""

    text: Annotated[str, Field(max_length=2000), AfterValidator(_parses)]
    weight: Annotated[float, Field(gt=0)] = 1.0
    """How often it is drawn, against the others."""

    @model_validator(mode="before")
    @classmethod
    def _text_will_do(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class VoicesConfig(Config):
    """How much the synthesised voices differ. Ranges are drawn from uniformly, clip by clip."""

    accents: tuple[str, ...] = ()
    """Languages or accents of the engine to draw from; empty: the corpus language."""
    variants: tuple[str, ...] = ()
    """Voice variants to draw from; empty: all that the engine has and that sound usable. For a
    `command` engine: what `{voice}` stands for."""
    speed_wpm: Annotated[Range, _within(80, 450)] = (110.0, 230.0)
    pitch: Annotated[Range, _within(0, 99)] = (15.0, 85.0)
    """0 to 99, the engine's own scale."""
    pitch_range: Annotated[Range, _within(0, 99)] = (20.0, 80.0)
    """Liveliness of the intonation, 0 to 99."""
    word_gap_ms: Annotated[Range, _within(0, 1000)] = (0.0, 60.0)
    """Extra pause between words, in steps of 10 ms."""
    emphasis: Probability = 0.3
    """Share of the phrases in which one word is stressed."""
    punctuation: Probability = 0.4
    """Share of the phrases that end as a question, an exclamation or an unfinished sentence."""
    sound_changes: Annotated[Range, _within(0, 1)] = (0.0, 0.5)
    """Share of a phrase's sounds that are drawn anew among neighbouring ones, as other people
    pronounce them."""
    pause_s: Annotated[Range, _within(0, 5)] = (0.02, 0.25)
    """Silence before and after the phrase."""

    @field_validator("accents", "variants")
    @classmethod
    def _names_are_distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("each may be listed once")
        return names


class SplitConfig(Config):
    """Shares of the voices (and so of the clips) in each split."""

    train: Annotated[float, Field(gt=0, lt=1)] = 0.7
    val: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Annotated[float, Field(gt=0, lt=1)] = 0.15

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(self.train + self.val + self.test - 1.0) > 1e-6:
            raise ValueError("train + val + test must be 1.0")
        return self


class NegativesConfig(Config):
    """Clips that are not orders: they teach a model when not to answer."""

    share: Annotated[float, Field(ge=0, le=2)] = 0.0
    """How many, as a share of `utterances`, on top of them; 0: none."""
    phrases: tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...] = ()
    """Sentences heard around here that are no orders, beside the everyday ones that are known."""

    def beside(self, utterances: int) -> int:
        """How many come on top of so many orders."""
        return round(self.share * utterances)

    @field_validator("phrases")
    @classmethod
    def _phrases_have_words(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        if not all(phrase.split() for phrase in phrases):
            raise ValueError("a phrase needs at least one word")
        return phrases


class ChecksConfig(Config):
    """What a spoken clip must be like; one that is not is broken, and is spoken anew."""

    enable: bool = True
    length: Annotated[Range, _within(0, 100)] = (0.4, 2.5)
    """Shortest and longest, against what its sounds take at the speed of its voice."""
    silence_peak: Annotated[float, Field(ge=0, lt=1)] = 0.003
    """Speech whose peak stays below this is silent."""
    clipping_share: Annotated[float, Field(gt=0, le=1)] = 0.001
    """Share of samples at full scale from which speech counts as clipped."""
    voiced_share: Annotated[float, Field(ge=0, lt=1)] = 0.03
    """Speech of which less has a pitch is no voice; 0 lets whispers through."""


class CorpusConfig(Config):
    """All that is needed to speak a catalogue in some language."""

    language: str = "id"
    templates: tuple[TemplateConfig, ...]
    slots: Annotated[dict[str, dict[str, tuple[str, ...]]], Field(min_length=1)]
    """slot -> label -> ways to say it."""
    pronunciations: Pronunciations = Field(default_factory=dict)
    """word -> what the engine is given in its place, drawn anew each time; `text` keeps the word.
    eSpeak takes phonemes in double brackets (`[[b@R'as]]`) where spelling alone misleads it."""
    utterances: Annotated[int, Field(ge=1, le=2_000_000)] = 3000
    seed: Annotated[int, Field(ge=0)] = 7
    engine: EngineConfig = EngineConfig()
    more_engines: tuple[FurtherEngineConfig, ...] = ()
    """Programs that speak some of the clips; the first engine speaks the others."""
    voices: VoicesConfig = VoicesConfig()
    splits: SplitConfig = SplitConfig()
    negatives: NegativesConfig = NegativesConfig()
    checks: ChecksConfig = ChecksConfig()

    @property
    def n_negatives(self) -> int:
        """How many clips are not orders."""
        return self.negatives.beside(self.utterances)

    @cached_property
    def required_slots(self) -> tuple[str, ...]:
        """Slots that every order speaks."""
        spoken = [always_spoken(parse_template(template.text)) for template in self.templates]
        return tuple(slot for slot in self.slots if all(slot in names for names in spoken))

    @field_validator("slots", mode="before")
    @classmethod
    def _labels_are_text(cls, slots: object) -> object:
        if not isinstance(slots, dict):
            return slots
        return {slot: _keys_are_text(labels) for slot, labels in slots.items()}

    @field_validator("slots")
    @classmethod
    def _slots_can_be_columns(
        cls, slots: dict[str, dict[str, tuple[str, ...]]]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        for slot in slots:
            if not slot.isidentifier() or slot in _COLUMNS:
                raise ValueError(f"'{slot}' cannot name a slot; choose another name of one word")
        return slots

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

    @model_validator(mode="after")
    def _templates_fit_slots(self) -> Self:
        problems, named = [], set()
        for template in self.templates:
            for slot in slot_references(parse_template(template.text)):
                named.add(slot.name)
                if slot.name not in self.slots:
                    problems.append(
                        f"template '{template.text}', position {slot.position}: there is no slot "
                        f"'{slot.name}'; the slots are {', '.join(self.slots)}"
                    )
        problems += [f"no template names slot '{slot}'" for slot in self.slots if slot not in named]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _command_voices_are_named(self) -> Self:
        has_voice = self.engine.takes("voice")
        if self.engine.name == "command" and has_voice != bool(self.voices.variants):
            raise ValueError(
                "voices.variants lists what {voice} in engine.command stands for; give both or none"
            )
        return self

    @model_validator(mode="after")
    def _engines_share_the_clips(self) -> Self:
        total = sum(other.share for other in self.more_engines)
        if total > _MOST_OF_OTHERS:
            raise ValueError(
                f"the shares under more_engines make {total:g}; leave at least "
                f"{1 - _MOST_OF_OTHERS:g} to the first engine"
            )
        first = [(self.engine.program, variant) for variant in self.voices.variants or ("",)]
        others = [speaker for other in self.more_engines for speaker in other.speakers]
        if len({*first, *others}) < len(first) + len(others):
            raise ValueError("two engines have the same program and voice; list it once")
        return self
