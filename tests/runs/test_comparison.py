from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slu.runs import differing_settings
from slu.runs.comparison import flatten

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.integers(0, 2), st.sampled_from(["x", "y"]), st.lists(st.integers(0, 1)))
SETTINGS = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=3),
    lambda inner: st.dictionaries(KEYS, VALUES | inner, max_size=3),
    max_leaves=8,
)
RUNS = st.dictionaries(st.sampled_from(["m1", "m2", "m3"]), SETTINGS, min_size=1)


def test_names_what_differs_by_dotted_keys() -> None:
    slow = {"train": {"epochs": 9, "augment": {"speed": {"factor": [0.9, 1.1]}}}}
    fast = {"train": {"epochs": 3, "augment": {"speed": {"factor": [0.9, 1.1]}}}}

    assert differing_settings({"slow": slow, "fast": fast}) == {
        "train.epochs": {"slow": 9, "fast": 3}
    }


def test_a_setting_that_only_one_run_has_differs() -> None:
    runs = {"m1": {"model": {"channels": [4, 6]}}, "m2": {"model": {}}}

    assert differing_settings(runs) == {"model.channels": {"m1": [4, 6]}}


def test_the_names_of_runs_are_no_difference() -> None:
    runs = {name: {"train": {"run_name": name}} for name in ("a", "b")}

    assert differing_settings(runs) == {}


@given(SETTINGS)
def test_equal_settings_do_not_differ(settings: dict[str, Any]) -> None:
    assert differing_settings({"one": settings, "other": settings}) == {}


@given(RUNS)
def test_differences_are_exactly_the_keys_whose_values_are_not_all_the_same(
    runs: dict[str, dict[str, Any]],
) -> None:
    differing = differing_settings(runs)

    flat = {name: flatten(settings) for name, settings in runs.items()}
    for key in {key for settings in flat.values() for key in settings}:
        values = [settings.get(key, "missing") for settings in flat.values()]
        assert (key in differing) == any(value != values[0] for value in values)
        for name, value in differing.get(key, {}).items():
            assert flat[name][key] == value


@given(RUNS)
def test_the_order_of_runs_changes_nothing(runs: dict[str, dict[str, Any]]) -> None:
    backwards = dict(reversed(runs.items()))

    assert differing_settings(backwards) == differing_settings(runs)
