"""Phrases to hear and to try a model with, spoken by the synthesiser."""

from collections.abc import Mapping
from dataclasses import dataclass

from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig
from slu.data.rendering import speak_utterance
from slu.data.utterances import Utterance, plan_readings, plan_utterances


@dataclass(frozen=True)
class Sample:
    """One spoken phrase."""

    text: str
    labels: Mapping[str, str]
    """slot -> label; empty where nobody knows what the phrase means."""
    utterance: Utterance

    @property
    def voice(self) -> str:
        """Who speaks, such as `id+f3`."""
        return self.utterance.voice.name

    def speak(self) -> bytes:
        """The phrase as a wav file.

        Raises:
            SynthesisError: the engine failed, or nothing can be heard.
        """
        waveform, sample_rate = speak_utterance(self.utterance)
        return wav_bytes(waveform, sample_rate)


def draw_samples(corpus: CorpusConfig, count: int, seed: int) -> list[Sample]:
    """Draw orders from a catalogue; another seed than the corpus' gives other voices and phrases.

    Raises:
        SynthesisError: a voice of the catalogue does not exist.
    """
    plan = plan_utterances(corpus.model_copy(update={"utterances": count, "seed": seed}))
    return [Sample(u.text, dict(zip(corpus.slots, u.labels, strict=True)), u) for u in plan]


def draw_readings(corpus: CorpusConfig, text: str, count: int, seed: int) -> list[Sample]:
    """One phrase in several voices of a catalogue, with its pronunciations.

    Raises:
        SynthesisError: a voice of the catalogue does not exist.
    """
    return [Sample(text, {}, utterance) for utterance in plan_readings(corpus, text, count, seed)]
