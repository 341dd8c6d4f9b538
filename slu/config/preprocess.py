"""`configs/preprocess.yaml`: from a recording to features, the same in training and in use."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from slu.config.base import Config

Seconds = Annotated[float, Field(ge=0, le=10)]


class FramingConfig(Config):
    """Trim, level and pad, so that silence and loudness carry no information."""

    trim_db: Annotated[float, Field(gt=0, le=120)] = 35.0
    """Everything before the first and after the last frame within this of the peak goes."""
    keep_s: Seconds = 0.05
    """Kept on both sides of the trimmed part."""
    peak: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Level that the loudest sample is brought to."""
    pad_s: Seconds = 0.15
    """Faint noise added on both sides."""
    noise_db: Annotated[float, Field(ge=-120, le=-20)] = -60.0
    """Level of that noise (and of a floor under the whole clip) against full scale."""


class LogMelConfig(Config):
    """Log-mel spectrogram, equal to librosa's with the same parameters."""

    name: Literal["log_mel"] = "log_mel"
    n_fft: Annotated[int, Field(ge=16, le=16384)] = 512
    """Points of the Fourier transform."""
    win_length: Annotated[int, Field(ge=8, le=16384)] = 400
    """Samples of a frame."""
    hop_length: Annotated[int, Field(ge=1, le=16384)] = 160
    """Samples from frame to frame."""
    n_mels: Annotated[int, Field(ge=4, le=256)] = 64
    """Bands that the frequencies are gathered in; each is one feature."""
    f_min_hz: Annotated[float, Field(ge=0)] = 20.0
    """Nothing below it is looked at."""
    f_max_hz: Annotated[float, Field(gt=0)] = 7600.0
    """Nothing above it is looked at; at most half of the sample rate."""
    power_floor: Annotated[float, Field(ge=1e-30)] = 3e-4
    """Mel powers below this count as this; faint background disappears below it."""
    normalise: bool = True
    """Mean 0 for each mel bin, standard deviation 1 over the utterance."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.win_length > self.n_fft:
            raise ValueError(
                f"win_length ({self.win_length}) must not be above n_fft ({self.n_fft})"
            )
        if self.f_min_hz >= self.f_max_hz:
            raise ValueError(
                f"f_min_hz ({self.f_min_hz:g}) must be below f_max_hz ({self.f_max_hz:g})"
            )
        return self


EmbeddingNetwork = Literal["original", "in_noise", "in_talk"]


class SpeechEmbeddingConfig(Config):
    """Google's pretrained speech embedding: 192 values every 40 ms."""

    name: Literal["speech_embedding"] = "speech_embedding"
    network: EmbeddingNetwork = "original"
    """original: as published; in_talk: trained on with talk and noise, for loud places; in_noise:
    the same with less training, for versions that were made with it."""
    loudness: bool = False
    """With each embedding, how loud the sound is in 32 bands against the loudest of the clip, which
    tells the one who orders from others around."""


EMBEDDING_SAMPLE_RATE = 16000
EMBEDDING_MIN_PAD_S = 0.4
"""With this much on both sides, the shortest word fills the embedding's window of 0.58 s."""


class PreprocessConfig(Config):
    """One recording to one feature matrix `(frames, n_features)`."""

    sample_rate: Annotated[int, Field(ge=4000, le=48000)] = 16000
    min_duration_s: Annotated[float, Field(gt=0)] = 0.1
    max_duration_s: Annotated[float, Field(gt=0, le=120)] = 20.0
    framing: FramingConfig = FramingConfig()
    front_end: Annotated[LogMelConfig | SpeechEmbeddingConfig, Field(discriminator="name")] = (
        LogMelConfig()
    )

    @field_validator("front_end", mode="before")
    @classmethod
    def _is_log_mel_where_unnamed(cls, value: Any) -> Any:
        return {"name": "log_mel", **value} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _durations_are_ordered(self) -> Self:
        if self.min_duration_s >= self.max_duration_s:
            raise ValueError(
                f"min_duration_s ({self.min_duration_s:g}) must be below max_duration_s "
                f"({self.max_duration_s:g})"
            )
        return self

    @model_validator(mode="after")
    def _front_end_fits(self) -> Self:
        if isinstance(self.front_end, LogMelConfig):
            highest_hz = self.sample_rate / 2
            if self.front_end.f_max_hz > highest_hz:
                raise ValueError(
                    f"front_end.f_max_hz ({self.front_end.f_max_hz:g}) must not be above half of "
                    f"sample_rate ({highest_hz:g})"
                )
            return self
        if self.sample_rate != EMBEDDING_SAMPLE_RATE:
            raise ValueError(
                f"front_end speech_embedding needs sample_rate {EMBEDDING_SAMPLE_RATE}, not "
                f"{self.sample_rate}"
            )
        if self.framing.pad_s < EMBEDDING_MIN_PAD_S:
            raise ValueError(
                f"front_end speech_embedding needs framing.pad_s of {EMBEDDING_MIN_PAD_S:g} or "
                f"more, not {self.framing.pad_s:g}"
            )
        return self
