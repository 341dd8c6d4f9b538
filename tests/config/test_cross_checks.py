"""Rules that hold between several keys of one file."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from slu.config import DataConfig, M2Config, PreprocessConfig, TrainConfig
from slu.config.base import Config, draw


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        (DataConfig, {"slots": ["size", "Size"]}, "each slot may be listed once"),
        (DataConfig, {"slots": ["product", "text"]}, "cannot name a slot"),
        (DataConfig, {"slots": ["Row"]}, "cannot name a slot"),
        (DataConfig, {"slots": ["two words"]}, "cannot name a slot"),
        (DataConfig, {"aliases": {"produk": ["barang"]}}, "there is no column produk; give other"),
        (DataConfig, {"splits": {"train": 0.9}}, r"train \+ val \+ test must be 1"),
        (
            DataConfig,
            {"quality": {"min_duration_s": 9, "max_duration_s": 3}},
            "min_duration_s must be below max_duration_s",
        ),
        (DataConfig, {"seed": -1}, "greater than or equal to 0"),
        (TrainConfig, {"seed": 2**32}, "less than 4294967296"),
        (
            PreprocessConfig,
            {"min_duration_s": 5, "max_duration_s": 5},
            r"min_duration_s \(5\) must be below max_duration_s \(5\)",
        ),
        (
            PreprocessConfig,
            {"sample_rate": 8000},
            r"front_end.f_max_hz \(7600\) must not be above half of sample_rate \(4000\)",
        ),
        (
            PreprocessConfig,
            {"front_end": {"win_length": 600}},
            r"win_length \(600\) must not be above n_fft \(512\)",
        ),
        (
            PreprocessConfig,
            {"front_end": {"f_min_hz": 900, "f_max_hz": 900}},
            r"f_min_hz \(900\) must be below f_max_hz \(900\)",
        ),
        (
            PreprocessConfig,
            {"front_end": {"name": "speech_embedding"}},
            r"speech_embedding needs framing.pad_s of 0.4 or more, not 0.15",
        ),
        (
            PreprocessConfig,
            {
                "front_end": {"name": "speech_embedding"},
                "framing": {"pad_s": 0.5},
                "sample_rate": 8000,
            },
            r"speech_embedding needs sample_rate 16000, not 8000",
        ),
        (M2Config, {"n_heads": 5}, r"d_model \(64\) must be a multiple of n_heads \(5\)"),
    ],
)
def test_values_that_do_not_fit_together_are_refused(
    kind: type[Config], values: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        kind.model_validate(values)


def test_aliases_may_be_given_for_a_third_slot() -> None:
    config = DataConfig(slots=("product", "size"), aliases={"size": ("ukuran",)})
    assert config.aliases["size"] == ("ukuran",)


def test_labels_that_yaml_reads_as_numbers_become_text() -> None:
    config = DataConfig.model_validate({"label_words": {"quantity": {"satu": 1, 2: 2.5}}})
    assert config.label_words == {"quantity": {"satu": "1", "2": "2.5"}}


def test_equal_configurations_have_equal_fingerprints() -> None:
    assert PreprocessConfig().fingerprint() == PreprocessConfig(sample_rate=16000).fingerprint()
    assert PreprocessConfig().fingerprint() != PreprocessConfig(max_duration_s=21).fingerprint()


def test_a_configuration_cannot_be_changed() -> None:
    config = TrainConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.epochs = 3


def test_a_draw_stays_within_its_range() -> None:
    rng = np.random.default_rng(0)
    values = [draw((-1.5, 2.0), rng) for _ in range(200)]
    assert -1.5 <= min(values) < max(values) <= 2.0
    assert draw((0.5, 0.5), rng) == 0.5
