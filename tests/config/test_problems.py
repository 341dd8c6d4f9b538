from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from slu.config import MODEL_CONFIG, CorpusConfig, DataConfig, PreprocessConfig, TrainConfig
from slu.config.monitor import MonitorConfig
from slu.config.problems import describe_problems
from slu.config.tune import TuneConfig


def problems(kind: Any, values: dict[str, Any]) -> list[str]:
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(values)
    return describe_problems(caught.value, adapter.json_schema())


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        (
            TrainConfig,
            {"epochs": 0},
            "epochs = 0: must be a whole number, at least 1 and at most 10000",
        ),
        (
            TrainConfig,
            {"batch_size": "many"},
            "batch_size = 'many': must be a whole number, at least 1 and at most 4096",
        ),
        (
            TrainConfig,
            {"learning_rate": float("nan")},
            "learning_rate = nan: must be a number, above 0 and at most 1",
        ),
        (TrainConfig, {"class_weights": "maybe"}, "class_weights = 'maybe': must be true or false"),
        (TrainConfig, {"run_name": 12}, "run_name = 12: must be text; put it in quotes"),
        (
            TrainConfig,
            {"run_name": "../m1"},
            "run_name = '../m1': must begin with a letter or digit and have at most 64 letters, "
            "digits, dots, dashes and underscores",
        ),
        (
            TrainConfig,
            {"augment": {"noise": {"slope": [2, 1]}}},
            "augment.noise.slope = [2, 1]: the first bound must not be above the second",
        ),
        (
            TrainConfig,
            {"augment": {"noise": {"slope": [1]}}},
            "augment.noise.slope = [1]: must be a list of 2 values",
        ),
        (
            TrainConfig,
            {"augment": {"noise": {"slope": [1, 2, 3]}}},
            "augment.noise.slope = [1, 2, 3]: must be a list of 2 values",
        ),
        (
            TrainConfig,
            {"augment": {"noise": None}},
            "augment.noise = None: must be a section with the keys probability, snr_db, slope",
        ),
        (
            TrainConfig,
            {"augment": {"noise": {"snr": 3}}},
            "augment.noise.snr = 3: unknown key; allowed here: probability, snr_db, slope",
        ),
        (
            PreprocessConfig,
            {"front_end": {"name": "mfcc"}},
            "front_end.name = 'mfcc': must be 'log_mel' or 'speech_embedding'",
        ),
        (MODEL_CONFIG, {"name": "m9"}, "name = 'm9': must be 'm1' or 'm2' or 'm3'"),
        (MODEL_CONFIG, {"d_model": 64}, "name: is missing; it must be 'm1' or 'm2' or 'm3'"),
        (
            MODEL_CONFIG,
            {"name": "m2", "d_model": 65},
            "d_model = 65: must be a whole number, at least 8 and at most 1024 and a multiple of 2",
        ),
        (
            MODEL_CONFIG,
            {"name": "m1", "channels": [8]},
            "channels = [8]: must be a list of 2 to 4 values",
        ),
        (
            MODEL_CONFIG,
            {"name": "m1", "d_model": 66},
            "(whole file): d_model (66) must be a multiple of n_heads (4)",
        ),
        (DataConfig, {"slots": []}, "slots = []: must be a list of 1 or more values"),
        (DataConfig, {"slots": "product"}, "slots = 'product': must be a list, as in [a, b]"),
        (DataConfig, {"label_words": {"x": 3}}, "label_words.x = 3: must be a section of "),
        (
            MonitorConfig,
            {"alerts": {"error_rate": {"threshold": -1}}},
            "alerts.error_rate.threshold = -1: must be a number, at least 0",
        ),
        (
            TuneConfig,
            {"space": {"train.seed": {"kind": "int", "low": 1}}},
            "space.train.seed.high: is missing and has no default",
        ),
        (
            TuneConfig,
            {"space": {"train.seed": {"kind": "bool"}}},
            "space.train.seed.kind = 'bool': must be 'categorical' or 'float' or 'int'",
        ),
        (
            CorpusConfig,
            {"slots": {"a": {"x": ["x"]}}, "templates": [{"text": "{a}", "weigth": 2}]},
            "templates.0.weigth = 2: unknown key; allowed here: text, weight",
        ),
    ],
)
def test_a_problem_names_key_and_value_and_what_is_allowed(
    kind: Any, values: dict[str, Any], problem: str
) -> None:
    (line,) = problems(kind, values)
    assert line.startswith(problem)


def test_bad_items_do_not_make_a_list_too_short() -> None:
    assert problems(MODEL_CONFIG, {"name": "m1", "channels": [8, 0]}) == [
        "channels.1 = 0: must be a whole number, at least 1 and at most 1024"
    ]


def test_long_values_are_cut() -> None:
    (line,) = problems(TrainConfig, {"epochs": "x" * 1000})
    assert "…: must be a whole number" in line
    assert len(line) < 200
