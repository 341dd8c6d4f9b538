"""The plan of clips that are not orders: what else people say, and what else can be heard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from slu.config import CorpusConfig
from slu.data.casting import divide, voices_of_splits
from slu.data.everyday import ACCENTS, SENTENCES
from slu.data.labels import NONE
from slu.data.made_up import is_like_any, make_up_word
from slu.data.metadata import SPLITS
from slu.data.near_orders import Order, cut_short, find_slots, is_order_like, replace_spans
from slu.data.sounds import SoundKind
from slu.data.streams import Stream
from slu.data.templates import Phrase, PhraseSampler, pick
from slu.data.utterances import Utterance, draw_utterance
from slu.data.voices import Voice
from slu.errors import SynthesisError

_ATTEMPTS = 20
_SOUND_S = (0.5, 4.0)
_SPEAKERS = (4, 7)

# How often each kind is drawn.
_SHARES = {
    "sentence": 0.3,
    "strange word": 0.2,
    "without a slot": 0.1,
    "single words": 0.08,
    "cut off": 0.12,
    "babble": 0.05,
    SoundKind.NOISE: 0.04,
    SoundKind.SILENCE: 0.03,
    SoundKind.TONES: 0.03,
    SoundKind.MELODY: 0.03,
    SoundKind.CLICKS: 0.02,
}


@dataclass(frozen=True)
class Sound:
    """A clip in which nobody speaks, or everybody at once."""

    kind: SoundKind | None
    """None: babble of the speakers."""
    seed: int
    duration_s: float
    labels: tuple[str, ...]
    split: str
    speakers: tuple[Utterance, ...] = ()
    text: str = ""
    speaker: str = ""


Clip = Utterance | Sound
"""What a corpus is made of."""

Sentence = tuple[str, str]
"""Language (empty: that of the corpus) and text."""


def plan_negatives(config: CorpusConfig) -> list[Clip]:
    """Draw all clips of a corpus that are not orders: equal configurations give equal plans.

    Their voices are those of the orders of the same split. An everyday sentence is said in one
    split only, phrases of the configuration are said in all. The label of every slot is `none`.

    Raises:
        SynthesisError: a voice does not exist, or a phrase of the configuration is an order.
    """
    if not config.n_negatives:
        return []
    for phrase in config.negatives.phrases:
        if is_order_like(phrase, config):
            raise SynthesisError(
                f"'{phrase}' is an order of this catalogue; take it out of negatives.phrases"
            )
    voices, sentences = voices_of_splits(config), _sentences_of_splits(config)
    clips: list[Clip] = []
    for split, count in zip(SPLITS, divide(config.n_negatives, config.splits), strict=True):
        rng = np.random.default_rng((config.seed, Stream.NEGATIVES, SPLITS.index(split)))
        planner = _Planner(config, split, voices[split], sentences[split], rng)
        clips += [planner.draw() for _ in range(count)]
    return clips


def plan_sentences(
    config: CorpusConfig, sentences: Sequence[Sentence], split: str, seed: int
) -> list[Utterance]:
    """Plan how sentences are spoken by the voices of a split, each in its own language.

    Raises:
        SynthesisError: a voice does not exist.
    """
    rng = np.random.default_rng((seed, Stream.NEGATIVES))
    planner = _Planner(config, split, voices_of_splits(config)[split], sentences, rng)
    return [planner.speak_sentence(*sentence) for sentence in sentences]


def _sentences_of_splits(config: CorpusConfig) -> dict[str, list[Sentence]]:
    """Each split's own sentences, none of which could be an order."""
    known = [(language, text) for language, texts in SENTENCES.items() for text in texts]
    usable = [sentence for sentence in known if not is_order_like(sentence[1], config)]
    rng = np.random.default_rng((config.seed, Stream.NEGATIVES))
    shuffled = [usable[index] for index in rng.permutation(len(usable))]
    ends = np.cumsum([0, *divide(len(usable), config.splits)])
    return {split: shuffled[ends[i] : ends[i + 1]] for i, split in enumerate(SPLITS)}


class _Planner:
    """Draws the clips of one split."""

    def __init__(
        self,
        config: CorpusConfig,
        split: str,
        voices: Sequence[Voice],
        sentences: Sequence[Sentence],
        rng: np.random.Generator,
    ) -> None:
        self._config, self._split, self._rng = config, split, rng
        self._voices, self._sentences = voices, sentences
        self._sampler = PhraseSampler(config, rng)
        ways = [way for labels in config.slots.values() for way in sum(labels.values(), ())]
        self._words = sorted({word for way in ways for word in way.split()})
        self._other_words = self._find_other_words()
        self._makers: dict[str, Callable[[], Clip | None]] = {
            "sentence": self._sentence,
            "strange word": self._strange_word,
            "without a slot": self._without_slot,
            "single words": self._single_words,
            "cut off": self._cut_off,
            "babble": self._babble,
        }

    def draw(self) -> Clip:
        """The next clip; where a catalogue has none of the kind that is drawn, a sentence."""
        shares = np.array(list(_SHARES.values()))
        kind = list(_SHARES)[self._rng.choice(len(shares), p=shares / shares.sum())]
        if isinstance(kind, SoundKind):
            return self._sound(kind)
        for make in (self._makers[kind], self._sentence):
            for _ in range(_ATTEMPTS):
                clip = make()
                if clip is not None:
                    return clip
        return self._sound(SoundKind.NOISE)

    def speak_sentence(self, language: str, text: str) -> Utterance:
        """A sentence in its own language, where the engine has several."""
        voice = pick(self._voices, self._rng)
        config = self._config
        is_foreign = language not in ("", _base(config.language))
        if is_foreign and voice.engine.name == "espeak":
            voice = replace(voice, accent=pick(ACCENTS[language], self._rng))
        return draw_utterance(config, Phrase(text, {}), voice, self._split, self._rng)

    def _sentence(self) -> Clip | None:
        own = [("", phrase) for phrase in self._config.negatives.phrases]
        # Those that somebody took the trouble to write down are said as often as all others.
        choices = own if own and self._rng.random() < 0.5 else self._sentences
        return self.speak_sentence(*pick(choices, self._rng)) if choices else None

    def _strange_word(self) -> Clip | None:
        """An order with a word that means nothing here in the place of what it needs."""
        order = self._order()
        if order is None:
            return None
        victims = order.draw_victims(self._rng)
        return self._say(replace_spans(order.words, victims, [self._strange() for _ in victims]))

    def _without_slot(self) -> Clip | None:
        order = self._order()
        if order is None:
            return None
        victims = order.draw_victims(self._rng)
        return self._say(replace_spans(order.words, victims, [""] * len(victims)))

    def _single_words(self) -> Clip | None:
        """What a slot is called, alone, or any one word of an order."""
        order = self._order()
        if order is None:
            return None
        start, end = pick(sorted(order.spans.values()), self._rng)
        said = " ".join(order.words[start:end])
        return self._say(said if self._rng.random() < 0.5 else pick(order.words, self._rng))

    def _cut_off(self) -> Clip | None:
        order = self._order()
        if order is None:
            return None
        said, kept = cut_short(order, self._rng)
        whole = self._utterance(" ".join(order.words))
        return None if is_order_like(said, self._config) else replace(whole, text=said, kept=kept)

    def _babble(self) -> Clip:
        count = int(self._rng.integers(*_SPEAKERS))
        speakers = tuple(
            self.speak_sentence(*pick(self._sentences, self._rng))
            if self._sentences and self._rng.random() < 0.5
            else self._utterance(self._sampler.draw(self._rng).text)
            for _ in range(count)
        )
        return replace(self._sound(None), speakers=speakers)

    def _sound(self, kind: SoundKind | None) -> Sound:
        return Sound(
            kind=kind,
            seed=int(self._rng.integers(2**32)),
            duration_s=float(self._rng.uniform(*_SOUND_S)),
            labels=(NONE,) * len(self._config.slots),
            split=self._split,
        )

    def _say(self, text: str) -> Utterance | None:
        """A text that is no order after all; none where it is one, or says nothing."""
        if not text or is_order_like(text, self._config):
            return None
        return self._utterance(text)

    def _utterance(self, text: str) -> Utterance:
        voice = pick(self._voices, self._rng)
        return draw_utterance(self._config, Phrase(text, {}), voice, self._split, self._rng)

    def _order(self) -> Order | None:
        return find_slots(self._sampler.draw(self._rng), self._config)

    def _strange(self) -> str:
        """A word that is in no catalogue: a known one of another trade, or one made up."""
        made_up = make_up_word(self._words, self._rng)
        if self._other_words and (made_up is None or self._rng.random() < 0.5):
            return pick(self._other_words, self._rng)
        return made_up or ""

    def _find_other_words(self) -> list[str]:
        own = _base(self._config.language)
        words = {
            word.strip(",")
            for language, text in self._sentences
            if language in ("", own)
            for word in text.split()
        }
        return sorted(word for word in words if not is_like_any(word, self._words))


def _base(language: str) -> str:
    """`en` of `en-gb-scotland`."""
    return language.partition("-")[0]
