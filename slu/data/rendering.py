"""Planned clips become sound."""

from collections.abc import Sequence

import numpy as np
from scipy.signal import resample_poly

from slu.audio.types import Waveform
from slu.data import command_engine, espeak
from slu.data.cmu_phones import cmu_phones
from slu.data.negatives import Clip
from slu.data.sounds import SAMPLE_RATE as SOUND_RATE
from slu.data.sounds import make_sound, mix_babble
from slu.data.utterances import Utterance

# Below this share of the peak a sample is silence around the speech.
_SILENCE = 1e-3


def speak_utterance(utterance: Utterance) -> tuple[Waveform, int]:
    """Speak a planned utterance, without its pauses.

    Returns:
        samples, shape = (T,), and their sample rate in Hz.

    Raises:
        SynthesisError: the engine failed, or nothing can be heard.
    """
    text, voice, delivery = utterance.spoken, utterance.voice, utterance.delivery
    engine = voice.engine
    if engine.name != "command":
        return espeak.speak(text, voice, delivery)
    if engine.takes("phones"):
        text = cmu_phones(espeak.name_sounds(text, engine.language, delivery))
    return command_engine.speak(text, engine, voice.variant, delivery.stretch)


def render_clip(clip: Clip) -> tuple[Waveform, int]:
    """Make a planned clip.

    Returns:
        samples, shape = (T,), and their sample rate in Hz.

    Raises:
        SynthesisError: the engine failed, or nothing can be heard.
    """
    if isinstance(clip, Utterance):
        speech, sample_rate = speech_alone(clip)
        return stage(clip, speech, sample_rate), sample_rate
    rng = np.random.default_rng(clip.seed)
    if clip.kind is not None:
        return make_sound(clip.kind, clip.duration_s, rng), SOUND_RATE
    voices, sample_rate = _at_one_rate([speech_alone(speaker) for speaker in clip.speakers])
    n_samples = round(clip.duration_s * sample_rate)
    return mix_babble(voices, n_samples, rng), sample_rate


def _at_one_rate(spoken: Sequence[tuple[Waveform, int]]) -> tuple[list[Waveform], int]:
    """What several engines said, at the sample rate of the first."""
    wanted = spoken[0][1]
    return [
        speech if rate == wanted else resample_poly(speech, wanted, rate).astype(np.float32)
        for speech, rate in spoken
    ], wanted


def speech_alone(utterance: Utterance) -> tuple[Waveform, int]:
    """All that is said in an utterance, without the engine's own silence."""
    waveform, sample_rate = speak_utterance(utterance)
    levels = np.abs(waveform)
    heard = np.flatnonzero(levels > _SILENCE * levels.max())
    return waveform[heard[0] : heard[-1] + 1], sample_rate


def stage(utterance: Utterance, speech: Waveform, sample_rate: int) -> Waveform:
    """Speech until it breaks off, between its pauses."""
    kept = speech[: max(1, round(utterance.kept * speech.size))]
    pauses_s = (utterance.pause_before_s, utterance.pause_after_s)
    return np.pad(kept, [round(pause * sample_rate) for pause in pauses_s])
