"""Which recordings are held back: of the labels that were said most, and never the last of one."""

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from slu.data.holding_back import hold_back

SLOTS = ("product", "quantity")
said = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("123"), st.booleans()), max_size=40
)


def hold(rows: list[tuple[str, str, bool]], share: float, seed: int = 0) -> np.ndarray:
    table = pd.DataFrame([row[:2] for row in rows], columns=list(SLOTS))
    eligible = np.array([row[2] for row in rows], bool)
    return hold_back(table, SLOTS, share, eligible, np.random.default_rng(seed))


@given(said, st.floats(0, 0.5))
def test_every_label_stays_to_be_learnt(rows: list[tuple[str, str, bool]], share: float) -> None:
    held = hold(rows, share)

    left = [row for row, is_held in zip(rows, held, strict=True) if not is_held]
    for slot in range(2):
        assert {row[slot] for row in left} == {row[slot] for row in rows}
    assert held.sum() <= round(share * len(rows))
    assert all(row[2] for row, is_held in zip(rows, held, strict=True) if is_held)


def test_labels_are_held_back_evenly() -> None:
    rows = [(product, "1", True) for product in "abcd" for _ in range(5)]

    held = hold(rows, 0.2)

    counts = Counter(row[0] for row, is_held in zip(rows, held, strict=True) if is_held)
    assert counts == dict.fromkeys("abcd", 1)


def test_what_was_said_most_is_held_back_first() -> None:
    rows = [("a", "1", True)] * 8 + [("b", "1", True)] * 2

    held = hold(rows, 0.3)

    assert held[:8].sum() == 3
    assert not held[8:].any()


def test_chance_comes_from_the_seed() -> None:
    rows = [(product, "1", True) for product in "abcd" for _ in range(5)]

    assert (hold(rows, 0.3, seed=1) == hold(rows, 0.3, seed=1)).all()
    assert any((hold(rows, 0.3, seed=1) != hold(rows, 0.3, seed=n)).any() for n in range(2, 5))
