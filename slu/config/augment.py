"""The `augment` section of the training configuration. Set a probability to 0 to switch one off."""

from typing import Annotated

from pydantic import Field

from slu.config.base import Config, Probability, Range


class SpeedConfig(Config):
    """Faster or slower, pitch and formants moving along (resampling)."""

    probability: Probability = 0.8
    factor: Range = (0.85, 1.2)


class StretchConfig(Config):
    """Faster or slower at the same pitch (overlap-add)."""

    probability: Probability = 0.3
    factor: Range = (0.75, 1.35)


class ShiftConfig(Config):
    """Speech that begins earlier or later in the clip."""

    probability: Probability = 1.0
    seconds: Range = (-0.1, 0.1)


class LevelConfig(Config):
    """Louder or quieter against the noise floor, clipped at full scale."""

    probability: Probability = 0.5
    gain_db: Range = (-12.0, 3.0)


class ReverberationConfig(Config):
    """A simulated room: exponentially decaying noise as impulse response."""

    probability: Probability = 0.5
    t60_s: Range = (0.08, 0.6)


class EqualiserConfig(Config):
    """A short random filter: the colour of some microphone."""

    probability: Probability = 0.8
    sigma: Annotated[float, Field(ge=0, le=1)] = 0.15


class BandLimitConfig(Config):
    """A telephone or a cheap microphone: nothing above a cut-off."""

    probability: Probability = 0.3
    cutoff_hz: Range = (3200.0, 6000.0)


class NoiseConfig(Config):
    """Coloured background noise; its power falls with frequency to the power of `slope`."""

    probability: Probability = 0.8
    snr_db: Range = (3.0, 40.0)
    slope: Range = (0.0, 2.0)


class SpecAugmentConfig(Config):
    """Masked stripes of the features (Park et al. 2019, arXiv 1904.08779)."""

    probability: Probability = 1.0
    frequency_masks: Annotated[int, Field(ge=0, le=8)] = 1
    frequency_width: Annotated[int, Field(ge=0, le=128)] = 10
    time_masks: Annotated[int, Field(ge=0, le=8)] = 1
    time_width: Annotated[int, Field(ge=0, le=500)] = 12
    noise: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Standard deviation of noise added to the features."""


class AugmentConfig(Config):
    """Every augmentation, in the order in which it is applied."""

    enable: bool = True
    speed: SpeedConfig = SpeedConfig()
    stretch: StretchConfig = StretchConfig()
    shift: ShiftConfig = ShiftConfig()
    reverberation: ReverberationConfig = ReverberationConfig()
    equaliser: EqualiserConfig = EqualiserConfig()
    band_limit: BandLimitConfig = BandLimitConfig()
    noise: NoiseConfig = NoiseConfig()
    level: LevelConfig = LevelConfig()
    spec_augment: SpecAugmentConfig = SpecAugmentConfig()
