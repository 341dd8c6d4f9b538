"""Two models on the same recordings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.errors import DataError
from slu.evaluation.comparison import compare, pair, rights

outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
SLOTS = ("product",)


def table(paths: str, said: str, understood: str) -> pd.DataFrame:
    """One letter for each path, label and answer."""
    return pd.DataFrame(
        {
            "path": list(paths),
            "product": list(said),
            "product_predicted": list(understood),
            "product_confidence": np.linspace(0.5, 0.9, len(paths)),
            "joint_confidence": np.linspace(0.5, 0.9, len(paths)),
        }
    )


@given(outcomes)
def test_every_recording_is_in_one_cell(rows: list[tuple[bool, bool]]) -> None:
    a, b = np.array(rows).T

    found = compare(a, b)

    assert found.utterances == len(rows)
    assert found.both + found.only_a == a.sum()
    assert found.both + found.only_b == b.sum()


@given(outcomes)
def test_swapping_the_models_swaps_the_result(rows: list[tuple[bool, bool]]) -> None:
    a, b = np.array(rows).T

    one, other = compare(a, b), compare(b, a)

    assert (one.only_a, one.only_b) == (other.only_b, other.only_a)
    assert one.difference.value == -other.difference.value
    assert one.p_value == pytest.approx(other.p_value)


@given(outcomes)
def test_the_interval_is_around_the_difference(rows: list[tuple[bool, bool]]) -> None:
    a, b = np.array(rows).T

    found = compare(a, b)

    assert found.difference.value == pytest.approx(a.mean() - b.mean())
    assert -1 <= found.difference.low <= found.difference.value <= found.difference.high <= 1
    assert 0 < found.p_value <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_model_does_not_differ_from_itself(right: list[bool]) -> None:
    found = compare(np.array(right), np.array(right))

    assert (found.difference.low, found.difference.high) == (0.0, 0.0)
    assert found.p_value == 1.0


def test_the_p_value_is_that_of_mcnemar() -> None:
    """Five to nothing, two-sided: 2 / 2 ** 5; what both get right or wrong has no part in it."""
    a = np.array([True] * 5 + [True, False] * 20)
    b = np.array([False] * 5 + [True, False] * 20)

    assert compare(a, b).p_value == pytest.approx(2 / 2**5)


def test_a_clear_difference_leaves_zero_out() -> None:
    a = np.arange(200) < 190
    b = np.arange(200) < 150

    found = compare(a, b)

    assert found.difference.low > 0.1
    assert found.p_value < 1e-6


def test_recordings_are_matched_by_path() -> None:
    a = table("wxyz", "aabb", "abbb")
    b = table("zyxw", "bbaa", "baaa")

    right_a, right_b = rights(pair(a, b, SLOTS), SLOTS)

    assert right_a.tolist() == [True, False, True, True]
    assert right_b.tolist() == [True, True, False, True]


def test_only_what_both_heard_is_compared() -> None:
    paired = pair(table("xyz", "abc", "abc"), table("yzq", "bca", "bca"), SLOTS)

    assert paired["path"].tolist() == ["y", "z"]


def test_nothing_in_common_is_told() -> None:
    with pytest.raises(DataError, match="not evaluated on the same recordings; evaluate both"):
        pair(table("x", "a", "a"), table("y", "a", "a"), SLOTS)


def test_changed_labels_are_told() -> None:
    with pytest.raises(DataError, match="labels have changed between"):
        pair(table("x", "a", "a"), table("x", "b", "a"), SLOTS)
