"""`configs/live.yaml`: where an utterance at the live microphone begins and ends."""

from typing import Annotated

from pydantic import Field, model_validator

from slu.config.base import Config, Probability

_Seconds = Annotated[float, Field(gt=0, le=5)]


class LiveConfig(Config):
    """How a stream of sound is cut into utterances."""

    speech_probability: Probability = 0.5
    """Somebody begins to speak where the voice activity detector is this sure."""
    silence_probability: Probability = 0.35
    """Somebody who speaks has stopped where it is less sure than this."""
    min_voiced_s: _Seconds = 0.15
    """Less voice than this is no utterance; it never reaches the model."""
    end_silence_s: _Seconds = 0.4
    """An utterance is over after this much silence."""
    max_utterance_s: Annotated[float, Field(ge=1, le=20)] = 6.0
    """Longer utterances are cut here."""
    margin_s: _Seconds = 0.25
    """Kept before the first and after the last voice: quiet consonants are there."""
    provisional_every_s: _Seconds = 0.25
    """While somebody speaks, what was heard so far is understood this often."""

    @model_validator(mode="after")
    def _check_order(self) -> "LiveConfig":
        if self.silence_probability > self.speech_probability:
            raise ValueError("silence_probability must not be above speech_probability")
        if self.margin_s + self.min_voiced_s > self.max_utterance_s:
            raise ValueError("max_utterance_s leaves no room for margin_s and min_voiced_s")
        return self
