"""Orders made into something that is none."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slu.config import CorpusConfig
from slu.data.near_orders import cut_short, find_slots, is_order_like, replace_spans
from slu.data.templates import Phrase, PhraseSampler

SHOP = CorpusConfig.model_validate(
    {
        "templates": ["catat {quantity} {product} (besok)?", "{product} {quantity}"],
        "slots": {
            "product": {"air mineral": ["air mineral", "air"], "teh": ["teh"]},
            "quantity": {"1": ["satu"], "2": ["dua"]},
        },
    }
)
DRINKS = CorpusConfig.model_validate(
    {
        "templates": ["(a)? {size} one", "{milk} please"],
        "slots": {"size": {"small": ["small"]}, "milk": {"oat": ["oat milk"]}},
    }
)
seeds = st.integers(0, 2**31)


def test_slots_are_found_by_their_longest_name() -> None:
    order = find_slots(
        Phrase("catat dua air mineral", {"quantity": "2", "product": "air mineral"}), SHOP
    )

    assert order is not None
    assert order.spans == {"quantity": (1, 2), "product": (2, 4)}


def test_a_slot_that_is_glued_to_other_letters_is_not_found() -> None:
    assert find_slots(Phrase("2teh", {"product": "teh"}), SHOP) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Dua, teh", True), ("teh", False), ("dua", False), ("dua ratus tehnya", False)],
)
def test_an_order_speaks_all_required_slots(text: str, expected: bool) -> None:
    assert is_order_like(text, SHOP) is expected


@pytest.mark.parametrize(("text", "expected"), [("a small dog", True), ("oat", False)])
def test_where_none_is_required_any_slot_makes_an_order(text: str, expected: bool) -> None:
    assert is_order_like(text, DRINKS) is expected


@given(config=st.sampled_from([SHOP, DRINKS]), seed=seeds)
def test_without_the_victims_it_is_no_order(config: CorpusConfig, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = find_slots(PhraseSampler(config, rng).draw(rng), config)
    assert order is not None

    victims = order.draw_victims(rng)
    text = replace_spans(order.words, victims, ["bepi"] * len(victims))

    assert not is_order_like(text, config)
    assert text.count("bepi") == len(victims)


@given(config=st.sampled_from([SHOP, DRINKS]), seed=seeds)
@example(config=SHOP, seed=26)  # "air" is enough of "air mineral"
def test_a_cut_ends_before_all_was_said(config: CorpusConfig, seed: int) -> None:
    rng = np.random.default_rng(seed)
    order = find_slots(PhraseSampler(config, rng).draw(rng), config)
    assert order is not None

    said, kept = cut_short(order, rng)

    assert said.endswith("…")
    assert not is_order_like(said, config)
    whole = "".join(order.words)
    heard = "".join(said.split()[:-1])
    assert whole.startswith(heard)
    assert 0 < kept < 1
    # What is said whole is no more than what is kept, by letters.
    assert len(heard) <= kept * len(whole) + 1e-9
