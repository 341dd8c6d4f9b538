"""Clips with a little of another clip in them."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slu.config import MixupConfig
from slu.models.heads import SlotOutputs
from slu.training.mixup import mix, mix_up
from slu.training.objective import mixed_loss, slot_loss
from slu.training.trainer import Interrupted, Record
from slu.training.utterances import Batch, Utterance, collate
from tests.training.conftest import MakeTrainer

shares = st.floats(0.0, 1.0)


def batch(*lengths: int) -> Batch:
    """Clips of these lengths, each full of its own number."""
    return collate(
        [
            Utterance(np.full((length, 3), number + 1, np.float32), np.array([number, number % 2]))
            for number, length in enumerate(lengths)
        ]
    )


def outputs(n_clips: int) -> SlotOutputs:
    generator = torch.Generator().manual_seed(0)
    logits = {
        slot: torch.randn(n_clips, n_labels, generator=generator)
        for slot, n_labels in (("product", 4), ("quantity", 2))
    }
    return SlotOutputs(logits, {}, torch.zeros(0))


@given(st.permutations(range(4)))
def test_a_share_of_one_leaves_a_batch_as_it_is(partners: list[int]) -> None:
    whole = batch(5, 2, 4, 3)
    mixed = mix(whole, 1.0, torch.tensor(partners))
    assert mixed.batch is whole
    loss = mixed_loss(outputs(4), whole.targets, mixed.others, mixed.share, None, 0.1)
    assert loss == slot_loss(outputs(4), whole.targets, None, 0.1)


@given(shares, st.permutations(range(4)))
def test_both_clips_are_in_it_by_their_shares(share: float, partners: list[int]) -> None:
    whole = batch(5, 2, 4, 3)
    before = whole.features.clone()

    mixed = mix(whole, share, torch.tensor(partners))

    for row, partner in enumerate(partners):
        expected = share * before[row] + (1 - share) * before[partner]
        torch.testing.assert_close(mixed.batch.features[row], expected)
        assert mixed.others[row].tolist() == whole.targets[partner].tolist()
        if share < 1.0:
            lengths = whole.lengths[row], whole.lengths[partner]
            assert mixed.batch.lengths[row] == max(lengths)
    assert torch.equal(mixed.batch.targets, whole.targets)
    assert torch.equal(whole.features, before)


@given(shares)
def test_the_loss_is_the_weighted_sum(share: float) -> None:
    targets = torch.tensor([[0, 1], [3, 0], [2, 1]])
    others = targets[[2, 0, 1]]
    weights = [torch.tensor([1.0, 2.0, 0.5, 1.5]), torch.tensor([1.0, 3.0])]

    loss = mixed_loss(outputs(3), targets, others, share, weights, 0.1)

    own, other = (slot_loss(outputs(3), t, weights, 0.1) for t in (targets, others))
    torch.testing.assert_close(loss, share * own + (1 - share) * other)


def test_a_probability_of_none_mixes_nothing() -> None:
    whole = batch(3, 4)
    rng = np.random.default_rng(0)
    assert all(mix_up(whole, MixupConfig(), rng).batch is whole for _ in range(20))


def test_steps_are_mixed_as_often_and_as_evenly_as_asked_for() -> None:
    whole, rng = batch(3, 4, 5), np.random.default_rng(0)

    def drawn(alpha: float) -> np.ndarray[Any, Any]:
        config = MixupConfig(probability=0.5, alpha=alpha)
        return np.array([mix_up(whole, config, rng).share for _ in range(1000)])

    even, uneven = drawn(10.0), drawn(0.1)
    assert (even < 1.0).mean() == pytest.approx(0.5, abs=0.05)
    assert even[even < 1.0].std() < 0.15 < uneven[uneven < 1.0].std()


def test_a_resumed_run_mixes_as_an_uninterrupted_one(make_trainer: MakeTrainer) -> None:
    mixup = MixupConfig(probability=0.7, alpha=1.0)
    whole = make_trainer("whole", mixup=mixup)
    whole.fit(lambda record: None)
    told: list[Record] = []
    first = make_trainer("cut", mixup=mixup)
    with pytest.raises(Interrupted):
        first.fit(told.append, should_stop=lambda: first.progress.epoch == 1)
    second = make_trainer("cut", mixup=mixup)
    second.resume()
    second.fit(told.append)

    plain = make_trainer("plain")
    plain.fit(lambda record: None)
    losses = [record["train_loss"] for record in whole.progress.history]
    assert [record["train_loss"] for record in told] == losses
    assert [record["train_loss"] for record in plain.progress.history] != losses
    expected, found = whole.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
