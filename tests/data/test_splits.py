import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slu.config.corpus import SplitConfig
from slu.data.metadata import SPLITS
from slu.data.splits import assign_splits

SHARES = SplitConfig(train=0.7, val=0.15, test=0.15)
SPEAKERS = st.sampled_from(["", "unknown", *"abcdefgh"])
ROWS = st.tuples(SPEAKERS, st.sampled_from(["x", "y", "z"]), st.sampled_from(["", "", *SPLITS]))


def corpus(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["speaker", "product", "split"])


def random_corpus(n_clips: int, n_speakers: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "speaker": [f"s{i}" for i in rng.integers(n_speakers, size=n_clips)],
            "product": rng.choice(["x", "y", "z"], n_clips, p=[0.6, 0.3, 0.1]),
            "split": "",
        }
    )


def assign(table: pd.DataFrame, seed: int = 0) -> pd.Series:
    return assign_splits(table, ["product"], SHARES, np.random.default_rng(seed))


def is_known(table: pd.DataFrame) -> pd.Series:
    return ~table["speaker"].isin(["", "unknown"])


@given(st.lists(ROWS, min_size=1, max_size=60))
def test_every_row_gets_a_split_and_given_ones_stay(rows: list[tuple[str, str, str]]) -> None:
    table = corpus(rows)
    splits = assign(table)
    assert splits.isin(SPLITS).all()
    given_rows = table["split"] != ""
    assert (splits[given_rows] == table["split"][given_rows]).all()


@given(st.lists(ROWS, min_size=1, max_size=60))
def test_a_speaker_without_given_splits_is_in_one(rows: list[tuple[str, str, str]]) -> None:
    table = corpus(rows)
    known = table[is_known(table)]
    splits = assign(table)
    with_given = set(known["speaker"][known["split"] != ""])
    if known["speaker"].nunique() >= len(SPLITS) or with_given:
        open_rows = known[~known["speaker"].isin(with_given)]
        assert (splits[open_rows.index].groupby(open_rows["speaker"]).nunique() == 1).all()


@given(st.lists(ROWS.map(lambda row: (*row[:2], "")), min_size=1, max_size=60))
def test_three_speakers_are_enough_for_no_split_to_be_empty(
    rows: list[tuple[str, str, str]],
) -> None:
    table = corpus(rows)
    if table["speaker"][is_known(table)].nunique() >= len(SPLITS):
        assert set(assign(table)) == set(SPLITS)


@settings(max_examples=20)
@given(st.integers(40, 200), st.integers(0, 2**32 - 1))
def test_many_small_speakers_give_the_wanted_shares(n_speakers: int, seed: int) -> None:
    table = random_corpus(10 * n_speakers, n_speakers, seed)
    splits = assign(table)
    assert (splits.groupby(table["speaker"]).nunique() == 1).all()
    for split, share in SHARES.model_dump().items():
        assert (splits == split).mean() == pytest.approx(share, abs=0.04)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_splits_are_stratified_by_label(seed: int) -> None:
    table = random_corpus(2000, 200, seed)
    splits = assign(table)
    for split, share in SHARES.model_dump().items():
        shares = (splits == split).groupby(table["product"]).mean()
        assert shares.to_numpy() == pytest.approx(share, abs=0.04)


def test_large_speakers_are_in_every_split() -> None:
    sizes = [40] * 10 + [4] * 100
    speakers = np.repeat([f"s{i}" for i in range(len(sizes))], sizes)
    table = pd.DataFrame({"speaker": speakers, "product": "x", "split": ""})
    splits = assign(table)
    assert set(splits[:400]) == set(SPLITS)


@pytest.mark.parametrize("speakers", [[""], ["unknown"], ["a"], ["a", "b"]])
def test_with_fewer_speakers_than_splits_clips_are_split_one_by_one(speakers: list[str]) -> None:
    table = random_corpus(400, 1, 0).assign(speaker=speakers * (400 // len(speakers)))
    splits = assign(table)
    for split, share in SHARES.model_dump().items():
        assert (splits == split).mean() == pytest.approx(share, abs=0.01)


def test_a_speaker_keeps_the_split_that_some_rows_have() -> None:
    table = random_corpus(300, 10, 0)
    first = table["speaker"] == "s0"
    table.loc[table.index[first][0], "split"] = "test"
    assert set(assign(table)[first]) == {"test"}


def test_given_rows_count_towards_the_shares() -> None:
    table = random_corpus(1000, 100, 0)
    given_rows = table["speaker"].isin([f"s{i}" for i in range(15)])
    table.loc[given_rows, "split"] = "test"
    splits = assign(table)
    for split, share in SHARES.model_dump().items():
        assert (splits == split).mean() == pytest.approx(share, abs=0.03)


def test_the_seed_decides_ties_and_nothing_else_does() -> None:
    table = random_corpus(300, 30, 0)
    assert assign(table, 1).equals(assign(table, 1))
    assert not assign(table, 1).equals(assign(table, 2))
