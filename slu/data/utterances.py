"""The plan of a spoken corpus: who says what, how, and in which split."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from slu.config import CorpusConfig, VoicesConfig
from slu.config.base import draw
from slu.data.casting import divide, draw_readers, voices_of_splits
from slu.data.espeak import Delivery
from slu.data.labels import NONE, canonical_label
from slu.data.metadata import SPLITS
from slu.data.streams import Stream
from slu.data.templates import Phrase, PhraseSampler
from slu.data.voices import Voice
from slu.errors import SynthesisError

_ENDINGS = ("?", "!", ",")
_ATTEMPTS = 50


@dataclass(frozen=True)
class Utterance:
    """One clip to be spoken."""

    text: str
    spoken: str
    """The text as the engine is given it: other spellings, and a final sign for intonation."""
    labels: tuple[str, ...]
    """One for each slot of the corpus, `none` where it is not spoken."""
    voice: Voice
    delivery: Delivery
    pause_before_s: float
    pause_after_s: float
    split: str
    kept: float = 1.0
    """Share of the speech that is heard before the clip breaks off."""

    @property
    def speaker(self) -> str:
        """Name of the voice."""
        return self.voice.name


def plan_utterances(config: CorpusConfig) -> list[Utterance]:
    """Draw all orders of a corpus: equal configurations give equal plans.

    In each split every label comes up about equally often, and so does every voice of an engine.

    Raises:
        SynthesisError: a voice does not exist, or so many different utterances cannot be made.
    """
    voices = voices_of_splits(config)
    counts = divide(config.utterances, config.splits)
    utterances: dict[Utterance, None] = {}
    for split, count in zip(SPLITS, counts, strict=True):
        decks = np.random.default_rng((config.seed, Stream.DECKS, SPLITS.index(split)))
        sampler = PhraseSampler(config, decks)
        for number in range(count):
            voice = voices[split][number % len(voices[split])]
            rng = np.random.default_rng((config.seed, Stream.UTTERANCES, len(utterances)))
            drawn = (
                draw_utterance(config, sampler.draw(rng), voice, split, rng)
                for _ in range(_ATTEMPTS)
            )
            utterances[_first_new(drawn, utterances)] = None
    return list(utterances)


def plan_readings(config: CorpusConfig, text: str, count: int, seed: int) -> list[Utterance]:
    """Plan how one phrase is spoken by several voices, as it would be in the corpus.

    Raises:
        SynthesisError: a voice does not exist.
    """
    rng = np.random.default_rng((seed, Stream.READINGS))
    readers = draw_readers(config, count, rng)
    return [draw_utterance(config, Phrase(text, {}), voice, SPLITS[0], rng) for voice in readers]


def draw_utterance(
    config: CorpusConfig, phrase: Phrase, voice: Voice, split: str, rng: np.random.Generator
) -> Utterance:
    """Draw how a phrase is spoken."""
    voices = config.voices
    return Utterance(
        text=phrase.text,
        spoken=_draw_spoken(phrase.text, _pronunciations(config, voice), voices.punctuation, rng),
        labels=tuple(canonical_label(phrase.labels.get(slot, NONE)) for slot in config.slots),
        voice=voice,
        delivery=draw_delivery(voices, len(phrase.text.split()), rng),
        pause_before_s=draw(voices.pause_s, rng),
        pause_after_s=draw(voices.pause_s, rng),
        split=split,
    )


def _pronunciations(config: CorpusConfig, voice: Voice) -> Mapping[str, Sequence[str]]:
    tables = {other.engine: other.pronunciations for other in config.more_engines}
    own = tables.get(voice.engine, {})
    is_read = voice.engine in tables and not voice.engine.takes("phones")
    return own if is_read else {**config.pronunciations, **own}


def _draw_spoken(
    text: str,
    pronunciations: Mapping[str, Sequence[str]],
    punctuation: float,
    rng: np.random.Generator,
) -> str:
    words = [str(rng.choice(pronunciations.get(word, (word,)))) for word in text.split()]
    ending = str(rng.choice(_ENDINGS)) if rng.random() < punctuation else ""
    return " ".join(words) + ending


def draw_delivery(voices: VoicesConfig, n_words: int, rng: np.random.Generator) -> Delivery:
    """Draw how a phrase of so many words is spoken."""
    sound_changes = round(draw(voices.sound_changes, rng), 2)
    return Delivery(
        speed_wpm=round(draw(voices.speed_wpm, rng)),
        pitch=round(draw(voices.pitch, rng)),
        pitch_range=round(draw(voices.pitch_range, rng)),
        word_gap_ms=round(draw(voices.word_gap_ms, rng)),
        stressed_word=int(rng.integers(n_words)) if rng.random() < voices.emphasis else None,
        sound_changes=sound_changes,
        seed=int(rng.integers(2**31)) if sound_changes else 0,
    )


def _first_new(drawn: Iterator[Utterance], known: Mapping[Utterance, None]) -> Utterance:
    for utterance in drawn:
        if utterance not in known:
            return utterance
    raise SynthesisError(
        f"after {len(known)} utterances no new one turns up; ask for fewer, or add templates, "
        "voices or a wider range under `voices`"
    )
