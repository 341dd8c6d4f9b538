"""From probabilities to the most probable order, against trying all combinations."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.data.labels import NONE
from slu.meaning import OrderRule, confidence, required_slots

LABELS = {"product": [NONE, "kopi", "teh"], "size": [NONE, "besar"], "quantity": ["1", "2"]}


def drawn(labels: dict[str, list[str]], n: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.dirichlet(np.full(len(names), 0.3), size=n) for names in labels.values()]


def is_valid(answer: tuple[str, ...], slots: list[str], required: tuple[str, ...]) -> bool:
    spoken = {slot for slot, label in zip(slots, answer, strict=True) if label != NONE}
    return spoken >= {*required} and bool(spoken)


@given(
    slots=st.sampled_from([["product"], ["product", "size"], ["product", "size", "quantity"]]),
    required=st.sets(st.sampled_from(["product", "size", "quantity"])),
    seed=st.integers(0, 2**31),
)
def test_it_is_the_most_probable_order(slots: list[str], required: set[str], seed: int) -> None:
    labels = {slot: LABELS[slot] for slot in slots}
    needed = tuple(slot for slot in slots if slot in required)
    probabilities = drawn(labels, 5, seed)

    chosen = OrderRule(labels, needed).choose(probabilities)

    for row in range(5):
        answers = {
            answer: np.prod([p[row, names.index(label)] for p, names, label in zip(
                probabilities, labels.values(), answer, strict=True)])
            for answer in itertools.product(*labels.values())
            if is_valid(answer, slots, needed)
        }  # fmt: skip
        joint = confidence(probabilities, chosen)[row].prod()
        assert joint == pytest.approx(max(answers.values()))


def test_without_knowing_what_is_needed_each_slot_has_its_likeliest_label() -> None:
    probabilities = drawn(LABELS, 50, seed=1)

    chosen = OrderRule(LABELS, None).choose(probabilities)

    expected = np.stack([p.argmax(axis=1) for p in probabilities], axis=1)
    np.testing.assert_array_equal(chosen, expected)
    assert NONE in {LABELS["product"][label] for label in chosen[:, 0]}


def test_what_is_surely_no_order_gets_hardly_any_confidence() -> None:
    labels = {slot: LABELS[slot] for slot in ("product", "size")}
    none = [np.array([[0.98, 0.01, 0.01]]), np.array([[0.97, 0.03]])]

    for needed in ((), ("product",)):
        rule = OrderRule(labels, needed)
        assert confidence(none, rule.choose(none)).prod() < 0.04


def test_slots_that_every_order_speaks_are_required() -> None:
    labels = {"product": ["kopi", NONE, "teh"], "size": [NONE, NONE, "besar"]}

    assert required_slots(labels) == ("product",)


def test_recordings_without_any_slot_are_no_orders() -> None:
    targets = np.array([[0, 0], [1, 0], [0, 1]])
    rule = OrderRule({slot: LABELS[slot] for slot in ("product", "size")}, ())

    assert rule.is_order(targets).tolist() == [False, True, True]
