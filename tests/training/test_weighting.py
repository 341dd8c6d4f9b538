"""People's recordings are repeated where they are few."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config import PeopleConfig
from slu.training.weighting import weigh_up


def rows_of(n_synthetic: int, n_people: int) -> pd.DataFrame:
    sources = ["recorded", "imported"] * n_people
    sources = ["synthetic"] * n_synthetic + sources[:n_people]
    return pd.DataFrame({"id": [str(n) for n in range(len(sources))], "source": sources})


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 0.9), st.integers(1, 20))
def test_no_clip_is_lost_and_none_is_repeated_too_often(
    n_synthetic: int, n_people: int, share: float, most: int
) -> None:
    weighed = weigh_up(rows_of(n_synthetic, n_people), PeopleConfig(share=share, most_repeats=most))

    counts = weighed["id"].value_counts()
    assert len(counts) == n_synthetic + n_people
    people = weighed[weighed["source"] != "synthetic"]
    assert (weighed["source"] == "synthetic").sum() == n_synthetic
    assert people["id"].value_counts().max() <= most
    assert people["id"].value_counts().nunique() == 1


def test_few_recordings_reach_their_share() -> None:
    weighed = weigh_up(rows_of(800, 50), PeopleConfig(share=0.2, most_repeats=8))

    assert (weighed["source"] != "synthetic").mean() == pytest.approx(0.2)


def test_very_few_are_not_learnt_by_heart() -> None:
    weighed = weigh_up(rows_of(800, 2), PeopleConfig(share=0.2, most_repeats=8))

    assert (weighed["source"] != "synthetic").sum() == 16


@pytest.mark.parametrize(("n_synthetic", "n_people"), [(20, 0), (0, 20), (20, 60)])
def test_where_they_are_not_few_nothing_changes(n_synthetic: int, n_people: int) -> None:
    rows = rows_of(n_synthetic, n_people)

    assert weigh_up(rows, PeopleConfig()).equals(rows)
