"""Orders to try a model with, spoken by the synthesiser."""

from dataclasses import dataclass

from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig
from slu.data.espeak import speak
from slu.data.utterances import Utterance, plan_utterances


@dataclass(frozen=True)
class Sample:
    """One spoken order."""

    text: str
    labels: dict[str, str]
    utterance: Utterance

    def speak(self) -> bytes:
        """The order as a wav file."""
        waveform, sample_rate = speak(
            self.utterance.spoken, self.utterance.voice, self.utterance.delivery
        )
        return wav_bytes(waveform, sample_rate)


def draw_samples(corpus: CorpusConfig, count: int, seed: int) -> list[Sample]:
    """Draw orders from a catalogue; another seed than the corpus' gives other voices and phrases.

    Raises:
        SynthesisError: a voice of the catalogue does not exist.
    """
    plan = plan_utterances(corpus.model_copy(update={"utterances": count, "seed": seed}))
    return [Sample(u.text, dict(zip(corpus.slots, u.labels, strict=True)), u) for u in plan]
