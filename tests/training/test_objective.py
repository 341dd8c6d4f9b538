"""Class weights, the loss, the learning rate."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from slu.config import TrainConfig
from slu.models.heads import SlotOutputs
from slu.training.objective import class_weights, learning_rate, slot_loss


def test_rare_labels_weigh_the_inverse_root_of_their_frequency() -> None:
    targets = np.array([[0]] * 16 + [[1]] * 4)

    [weights] = class_weights(targets, [2])

    assert float(weights[1] / weights[0]) == pytest.approx(2.0)
    assert float(weights[targets[:, 0]].mean()) == pytest.approx(1.0)


def test_a_label_without_clips_weighs_nothing() -> None:
    [weights] = class_weights(np.array([[0], [2], [2]]), [4])

    assert weights[[1, 3]].tolist() == [0.0, 0.0]
    assert weights.isfinite().all()


def test_the_loss_is_the_mean_over_the_slots() -> None:
    torch.manual_seed(0)
    logits = {"product": torch.randn(6, 3), "quantity": torch.randn(6, 2)}
    targets = torch.tensor([[0, 1], [1, 0], [2, 1], [0, 0], [1, 1], [2, 0]])
    weights = [torch.tensor([1.0, 2.0, 0.5]), torch.tensor([1.0, 1.0])]

    loss = slot_loss(SlotOutputs(logits, {}, torch.zeros(0)), targets, weights, 0.1)

    expected = [
        functional.cross_entropy(x, targets[:, i], weight=weights[i], label_smoothing=0.1)
        for i, x in enumerate(logits.values())
    ]
    assert float(loss) == pytest.approx(float(sum(expected)) / 2)


@given(
    n_steps=st.integers(1, 300),
    warmup_share=st.floats(0, 1),
    peak=st.floats(1e-6, 1.0),
)
def test_the_rate_rises_to_its_peak_then_falls(
    n_steps: int, warmup_share: float, peak: float
) -> None:
    config = TrainConfig(warmup_share=warmup_share, learning_rate=peak)

    rates = [learning_rate(step, n_steps, config) for step in range(n_steps)]

    highest = int(np.argmax(rates))
    assert rates[highest] == pytest.approx(peak)
    assert (np.diff(rates[: highest + 1]) > 0).all()
    assert (np.diff(rates[highest:]) <= 0).all()
    assert min(rates) > 0


def test_the_rate_ends_near_zero() -> None:
    config = TrainConfig(warmup_share=0.1, learning_rate=1.0)

    assert learning_rate(999, 1000, config) < 1e-4
    assert learning_rate(1000, 1000, config) == pytest.approx(0.0)
