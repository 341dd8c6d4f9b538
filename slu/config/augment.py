"""The `augment` section of the training configuration. Set a probability to 0 to switch one off."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from slu.config.base import Config, Probability, Range


@dataclass(frozen=True)
class Within:
    """Refuses a `Range` that goes beyond what the augmentation can do."""

    low: float
    high: float

    def __call__(self, bounds: tuple[float, float]) -> tuple[float, float]:
        """The same bounds."""
        if bounds[0] < self.low or bounds[1] > self.high:
            raise ValueError(f"both bounds must lie between {self.low:g} and {self.high:g}")
        return bounds


def _within(low: float, high: float) -> AfterValidator:
    return AfterValidator(Within(low, high))


Factor = Annotated[Range, _within(0.25, 4.0)]


class SpeedConfig(Config):
    """Faster or slower, pitch and formants moving along (resampling)."""

    probability: Probability = 0.8
    factor: Factor = (0.85, 1.2)
    """Above 1: shorter and higher."""


class StretchConfig(Config):
    """Faster or slower at the same pitch (overlap-add)."""

    probability: Probability = 0.3
    factor: Factor = (0.75, 1.35)
    """Above 1: shorter."""


class PitchConfig(Config):
    """Higher or lower at the same tempo: a smaller or larger person."""

    probability: Probability = 0.2
    semitones: Annotated[Range, _within(-12.0, 12.0)] = (-3.0, 3.0)


class CutConfig(Config):
    """Speech whose beginning and end were not recorded."""

    probability: Probability = 0.3
    seconds: Annotated[Range, _within(0.0, 1.0)] = (0.0, 0.06)
    """Lost at each end; a third of the speech at most."""


class ShiftConfig(Config):
    """Speech that begins earlier or later in the clip."""

    probability: Probability = 1.0
    seconds: Annotated[Range, _within(-5.0, 5.0)] = (-0.1, 0.1)
    """Above 0: later."""


class SurroundingsConfig(Config):
    """Silence before and after the speech, which room, noise and talk then fill."""

    probability: Probability = 0.0
    before_s: Annotated[Range, _within(0.0, 10.0)] = (0.0, 1.0)
    after_s: Annotated[Range, _within(0.0, 10.0)] = (0.0, 2.0)


class ReverberationConfig(Config):
    """A simulated room: exponentially decaying noise as impulse response."""

    probability: Probability = 0.5
    t60_s: Annotated[Range, _within(0.01, 3.0)] = (0.08, 0.6)
    """Time in which the sound of the room falls by 60 dB."""
    direct_db: Annotated[Range, _within(-20.0, 40.0)] = (0.0, 15.0)
    """Energy of the direct sound against that of the room: large near the microphone."""


class EqualiserConfig(Config):
    """A short random filter: the colour of some microphone."""

    probability: Probability = 0.8
    sigma: Annotated[float, Field(ge=0, le=1)] = 0.15
    """Standard deviation of the filter's taps around a unit impulse."""


class BandLimitConfig(Config):
    """A telephone or a cheap microphone: nothing above a cut-off."""

    probability: Probability = 0.3
    cutoff_hz: Annotated[Range, _within(100.0, 24000.0)] = (3200.0, 6000.0)


class NoiseKind(StrEnum):
    """Colours of noise by name."""

    WHITE = "white"
    PINK = "pink"
    BROWN = "brown"

    @property
    def slope(self) -> float:
        """Power of the frequency with which the noise falls."""
        return {"white": 0.0, "pink": 1.0, "brown": 2.0}[self]


class NoiseConfig(Config):
    """Coloured background noise; its power falls with frequency to the power of `slope`."""

    probability: Probability = 0.8
    snr_db: Annotated[Range, _within(-40.0, 100.0)] = (3.0, 40.0)
    """Level of the active speech against that of the noise beneath it."""
    slope: Annotated[Range, _within(-2.0, 4.0)] = (0.0, 2.0)
    """0: white, 1: pink, 2: brown."""


class BabbleConfig(Config):
    """Other people who talk meanwhile."""

    probability: Probability = 0.2
    snr_db: Annotated[Range, _within(-40.0, 100.0)] = (5.0, 30.0)
    """Level of the active speech against that of the others."""
    pause_s: Annotated[Range, _within(0.0, 10.0)] = (0.0, 0.0)
    """How long each of them is silent before the next phrase."""


class CodecConfig(Config):
    """A telephone or a cheap recorder that keeps few bits of each sample (mu-law)."""

    probability: Probability = 0.15
    bits: Annotated[Range, _within(2.0, 16.0)] = (4.0, 8.0)


class LevelConfig(Config):
    """Louder or quieter, clipped at full scale."""

    probability: Probability = 0.5
    gain_db: Annotated[Range, _within(-80.0, 40.0)] = (-12.0, 3.0)


class SpecAugmentConfig(Config):
    """Masked stripes of the features (Park et al. 2019, arXiv 1904.08779)."""

    probability: Probability = 1.0
    frequency_masks: Annotated[int, Field(ge=0, le=8)] = 1
    frequency_width: Annotated[int, Field(ge=0, le=128)] = 10
    """Most features that one frequency mask covers."""
    time_masks: Annotated[int, Field(ge=0, le=8)] = 1
    time_width: Annotated[int, Field(ge=0, le=500)] = 12
    """Most frames that one time mask covers; all together never cover more than a third."""
    noise: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Standard deviation of noise added to the features."""


class AugmentConfig(Config):
    """Every augmentation, in the order in which it is applied."""

    enable: bool = True
    waveforms: Probability = 1.0
    """Share of the clips whose waveforms are altered in an epoch; the others keep the features that
    are stored. Below 1 for front ends that take long."""
    variants: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many variants of a clip's waveform the epochs take in turn, their features being kept
    till the end of the training; 0: each epoch has a new one. For front ends that take long."""
    speed: SpeedConfig = SpeedConfig()
    stretch: StretchConfig = StretchConfig()
    pitch: PitchConfig = PitchConfig()
    cut: CutConfig = CutConfig()
    shift: ShiftConfig = ShiftConfig()
    surroundings: SurroundingsConfig = SurroundingsConfig()
    reverberation: ReverberationConfig = ReverberationConfig()
    equaliser: EqualiserConfig = EqualiserConfig()
    band_limit: BandLimitConfig = BandLimitConfig()
    noise: NoiseConfig = NoiseConfig()
    babble: BabbleConfig = BabbleConfig()
    codec: CodecConfig = CodecConfig()
    level: LevelConfig = LevelConfig()
    spec_augment: SpecAugmentConfig = SpecAugmentConfig()
