from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from slu.config import MODEL_CONFIG, M1Config, M2Config, TrainConfig, load_config
from slu.config.tune import FloatKnob, IntKnob, Knob, TuneConfig
from slu.errors import ConfigError
from slu.tuning.space import SearchSpace, values_of

CONFIGS = Path(__file__).parents[2] / "configs"
KNOBS: TypeAdapter[dict[str, Knob]] = TypeAdapter(dict[str, Knob])


def space_of(knobs: dict[str, Any], model: M1Config | M2Config | None = None) -> SearchSpace:
    return SearchSpace(model or M1Config(), TrainConfig(), KNOBS.validate_python(knobs))


@pytest.mark.parametrize(
    ("tune", "model"),
    [("tune", "model_m1"), ("tune_m2", "model_m2"), ("tune_m3", "model_m3")],
    ids=["m1", "m2", "m3"],
)
def test_the_shipped_spaces_fit_their_models(tune: str, model: str) -> None:
    config = load_config(TuneConfig, CONFIGS / f"{tune}.yaml")
    model_config = load_config(MODEL_CONFIG, CONFIGS / f"{model}.yaml")
    SearchSpace(
        model_config, load_config(TrainConfig, CONFIGS / "train.yaml"), config.space
    ).check()


@pytest.mark.parametrize(
    ("key", "knob", "message"),
    [
        ("train.learning_rat", {"kind": "float", "low": 0.1, "high": 0.2}, "unknown key"),
        (
            "model.stack",
            {"kind": "int", "low": 2, "high": 4},
            "unknown key; allowed here: .*channels",
        ),
        ("train.augment.hum.sigma", {"kind": "float", "low": 0, "high": 1}, "unknown key"),
        ("train.epochs.most", {"kind": "int", "low": 1, "high": 2}, "whole number"),
        ("model.dropout", {"kind": "float", "low": 0.5, "high": 1.0}, "= 1.0: .* below 1"),
        ("model.n_layers", {"kind": "float", "low": 1, "high": 3}, "whole number"),
        ("model.d_model", {"kind": "int", "low": 96, "high": 100}, "= 97: .* multiple of 2"),
        ("model.channels", {"kind": "categorical", "choices": [[8, 8], [8]]}, "2 to 4 values"),
        (
            "train.augment.noise.snr_db",
            {"kind": "categorical", "choices": [[0, 20], [20, 0]]},
            "first bound",
        ),
    ],
)
def test_what_the_configurations_refuse_is_named(
    key: str, knob: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"(?s)^space: {key}.*{message}"):
        space_of({key: knob}).check()


def test_settings_that_exclude_each_other_are_named_together() -> None:
    space = space_of(
        {
            "model.d_model": {"kind": "int", "low": 90, "high": 96, "step": 6},
            "model.n_heads": {"kind": "categorical", "choices": [2, 4]},
        },
        M1Config(d_model=96, n_heads=2),
    )
    with pytest.raises(
        ConfigError, match=r"d_model = 90, model\.n_heads = 4: .*multiple of n_heads"
    ):
        space.check()


def test_all_problems_are_told_at_once() -> None:
    knob = {"kind": "int", "low": 1, "high": 2}
    with pytest.raises(ConfigError, match=r"(?s)train\.one.*\n.*train\.two"):
        space_of({"train.one": knob, "train.two": knob}).check()


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ({"kind": "float", "low": 2, "high": 1}, "low must be below high"),
        ({"kind": "int", "low": 2, "high": 2}, "low must be below high"),
        ({"kind": "float", "low": 0, "high": 1, "log": True}, "above 0"),
        ({"kind": "int", "low": 0, "high": 8, "log": True}, "at least 1"),
        ({"kind": "float", "low": 1, "high": 2, "log": True, "step": 0.5}, "either step or log"),
        ({"kind": "int", "low": 1, "high": 3, "log": True, "step": 2}, "either step or log"),
        ({"kind": "float", "low": 0, "high": 1, "step": 0.3}, "whole number of steps"),
        ({"kind": "int", "low": 1, "high": 4, "step": 2}, "whole number of steps"),
        ({"kind": "categorical", "choices": [1]}, "at least 2"),
        ({"kind": "categorical", "choices": [[1, 2], [1, 2]]}, "listed once"),
        ({"kind": "colour", "choices": [1, 2]}, "tag"),
    ],
)
def test_knobs_are_checked(knob: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TuneConfig.model_validate({"space": {"train.learning_rate": knob}})


@pytest.mark.parametrize(
    ("space", "message"),
    [({}, "nothing is varied"), ({"epochs": {"kind": "int", "low": 1, "high": 2}}, "begin with")],
)
def test_a_space_has_keys_of_a_section(space: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TuneConfig.model_validate({"space": space})


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**16))
def test_every_draw_is_a_valid_pair_of_configurations(seed: int) -> None:
    config = load_config(TuneConfig, CONFIGS / "tune.yaml")
    space = SearchSpace(M1Config(), TrainConfig(), config.space)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    trial = study.ask()
    model, train = space.suggest(trial)
    drawn = space.settings(trial.params)
    assert list(drawn) == list(config.space)
    assert isinstance(model, M1Config)
    assert list(model.channels) in config.space["model.channels"].model_dump()["choices"]
    assert (model.d_model, model.n_heads) == (drawn["model.d_model"], M1Config().n_heads)
    assert train.augment.noise.probability == drawn["train.augment.noise.probability"]
    assert train.augment.speed == TrainConfig().augment.speed
    assert space.configs(drawn) == (model, train)


@given(low=st.integers(-50, 50), n_steps=st.integers(1, 20), step=st.integers(1, 7))
def test_the_values_of_a_range_are_those_that_optuna_draws(
    low: int, n_steps: int, step: int
) -> None:
    whole = IntKnob(kind="int", low=low, high=low + n_steps * step, step=step)
    assert list(values_of(whole)) == [low + index * step for index in range(n_steps + 1)]
    fractions = FloatKnob(
        kind="float", low=low / 10, high=(low + n_steps * step) / 10, step=step / 10
    )
    values = list(values_of(fractions))
    assert values == pytest.approx([value / 10 for value in values_of(whole)])
