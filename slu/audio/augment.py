"""Waveform augmentations: from a clean synthetic voice to somebody in a room with a telephone.

Every augmentation is a function `(waveform, sample_rate, config, rng) -> waveform` that is always
applied; `augment` goes through all of them and draws which ones a clip gets. Waveforms have the
shape (T,) with T >= 1 and are never modified. The kinds and their strengths follow the trials with
real voices: what differs between synthesised and recorded speech is framing, room, microphone,
noise and the length of the vocal tract, which `speed` and `pitch` vary.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from slu.audio.microphone import band_limit, codec, equaliser, level
from slu.audio.room import Talk, babble, noise, reverberation
from slu.audio.speaker import cut, pitch, shift, speed, stretch, surroundings
from slu.audio.types import Waveform
from slu.config.augment import AugmentConfig

Augmentation = Callable[[Waveform, int, Any, np.random.Generator], Waveform]

AUGMENTATIONS: dict[str, Augmentation] = {
    "speed": speed,
    "stretch": stretch,
    "pitch": pitch,
    "cut": cut,
    "shift": shift,
    "surroundings": surroundings,
    "reverberation": reverberation,
    "equaliser": equaliser,
    "band_limit": band_limit,
    "noise": noise,
    "babble": babble,
    "codec": codec,
    "level": level,
}
"""Name of the section in `AugmentConfig` -> the function, in the order in which they act."""


def augment(
    waveform: Waveform,
    sample_rate: int,
    config: AugmentConfig,
    rng: np.random.Generator,
    talk: Talk | None = None,
) -> Waveform:
    """Apply each augmentation with its probability, in the order of `AUGMENTATIONS`.

    Each one has a generator of its own, so that switching one off leaves the others as they were.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        config: probabilities and strengths; with `enable: false` nothing happens.
        rng: source of all randomness.
        talk: what others say in the background; see `babble`.

    Returns:
        A waveform of a similar length; `waveform` itself when the draw leaves it alone.
    """
    chances = rng.random(len(AUGMENTATIONS))
    seeds = rng.integers(2**63, size=len(AUGMENTATIONS))
    steps = AUGMENTATIONS
    if talk is not None:
        steps = AUGMENTATIONS | {"babble": partial(babble, talk=talk)}
    for (name, apply), chance, seed in zip(steps.items(), chances, seeds, strict=True):
        section = getattr(config, name)
        if config.enable and chance < section.probability:
            waveform = apply(waveform, sample_rate, section, np.random.default_rng(seed))
    return waveform
