"""Configurations written into their files, and made of plain values."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.augment import AUGMENTATIONS
from slu.config import (
    MODEL_CONFIG,
    PreprocessConfig,
    TrainConfig,
    check_config,
    load_config,
    update_config,
)
from slu.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"
SHARES = st.floats(0, 1)


def with_augment(config: TrainConfig, section: str, **values: Any) -> TrainConfig:
    changed = getattr(config.augment, section).model_copy(update=values)
    augment = config.augment.model_copy(update={section: changed})
    return config.model_copy(update={"augment": augment})


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


@given(
    section=st.sampled_from([*AUGMENTATIONS, "spec_augment"]),
    probability=SHARES,
    rates=st.tuples(SHARES, SHARES).map(lambda pair: tuple(sorted(pair))),
    run_name=st.none() | st.sampled_from(["yes", "1.0", "null", "x-1"]),
)
def test_the_shipped_training_file_takes_any_values_and_keeps_its_comments(
    tmp_path_factory: pytest.TempPathFactory,
    section: str,
    probability: float,
    rates: tuple[float, float],
    run_name: str | None,
) -> None:
    path = tmp_path_factory.mktemp("configs") / "train.yaml"
    path.write_text((CONFIGS / "train.yaml").read_text("utf-8"), "utf-8")
    config = load_config(TrainConfig, path).model_copy(update={"run_name": run_name})
    config = with_augment(config, section, probability=probability)
    config = with_augment(config, "noise", slope=rates)

    update_config(config, path)

    assert load_config(TrainConfig, path) == config
    assert comments(path.read_text("utf-8")) == comments(
        (CONFIGS / "train.yaml").read_text("utf-8")
    )


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    path = tmp_path / "preprocess.yaml"
    path.write_text("sample_rate: 16000\n# Mine.\nframing: {pad_s: 1}\n", "utf-8")
    framing = PreprocessConfig().framing.model_copy(update={"pad_s": 1.0})
    config = PreprocessConfig(max_duration_s=8.0, framing=framing)

    update_config(config, path)

    assert path.read_text("utf-8") == (
        "sample_rate: 16000\n# Mine.\nframing: {pad_s: 1}\nmax_duration_s: 8.0\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "front_end: &a {n_mels: 40}\nframing: {}\n",
        "augment: &a\n  noise: {probability: 0.1}\n",
        "sample_rate: none\n",
        "a: [",
        "- 1\n",
        "",
    ],
)
def test_a_file_that_cannot_be_edited_is_written_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "preprocess.yaml"
    path.write_text(text, "utf-8")
    config = PreprocessConfig(min_duration_s=0.25)

    update_config(config, path)

    assert load_config(PreprocessConfig, path) == config


def test_values_that_stand_for_each_other_are_written_out(tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(
        "augment:\n  speed: {factor: &both [0.9, 1.1]}\n  stretch: {factor: *both}\n", "utf-8"
    )
    config = with_augment(load_config(TrainConfig, path), "stretch", factor=(0.5, 1.5))

    update_config(config, path)

    assert load_config(TrainConfig, path) == config
    assert config.augment.speed.factor == (0.9, 1.1)


def test_another_kind_of_section_takes_the_place_of_one(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text((CONFIGS / "model_m1.yaml").read_text("utf-8"), "utf-8")
    m2 = load_config(MODEL_CONFIG, CONFIGS / "model_m2.yaml")

    update_config(m2, path)

    assert load_config(MODEL_CONFIG, path) == m2


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "preprocess.yaml"

    update_config(PreprocessConfig(), path)

    assert load_config(PreprocessConfig, path) == PreprocessConfig()


def test_all_problems_of_plain_values_come_in_one_message() -> None:
    with pytest.raises(ConfigError) as caught:
        check_config(PreprocessConfig, {"framing": {"peak": 2}, "front_end": {"n_mels": 1}})

    assert str(caught.value).splitlines() == [
        "framing.peak = 2: must be a number, above 0 and at most 1",
        "front_end.n_mels = 1: must be a whole number, at least 4 and at most 256",
    ]
