"""Temperatures and the rejection threshold."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from slu.meaning import OrderRule
from slu.models.factory import build_model
from slu.training.calibration import (
    calibrate,
    collect_logits,
    fit_temperature,
    threshold_of_accepts,
    threshold_of_rejects,
)
from slu.training.utterances import Corpus, UtteranceDataset
from tests.tones import MODEL, TRAIN


def drawn_from(logits: torch.Tensor, seed: int) -> torch.Tensor:
    """Targets that come up as often as the logits say."""
    rng = torch.Generator().manual_seed(seed)
    return torch.multinomial(logits.softmax(dim=1), 1, generator=rng)[:, 0]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 6.0])
def test_a_known_scaling_is_found(scale: float) -> None:
    logits = 2.0 * torch.randn(20_000, 6, generator=torch.Generator().manual_seed(0))
    targets = drawn_from(logits, seed=1)

    assert fit_temperature(scale * logits, targets) == pytest.approx(scale, rel=0.05)


@given(
    seed=st.integers(0, 2**31),
    n_labels=st.integers(1, 5),
    n_utterances=st.integers(1, 40),
    spread=st.floats(0.01, 30.0),
)
def test_the_cross_entropy_never_rises(
    seed: int, n_labels: int, n_utterances: int, spread: float
) -> None:
    rng = torch.Generator().manual_seed(seed)
    logits = spread * torch.randn(n_utterances, n_labels, generator=rng)
    targets = torch.randint(n_labels, (n_utterances,), generator=rng)

    temperature = fit_temperature(logits, targets)

    before = functional.cross_entropy(logits.double(), targets)
    after = functional.cross_entropy(logits.double() / temperature, targets)
    assert float(after) <= float(before) + 1e-6


@given(
    confidences=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=300),
    quantile=st.floats(0, 0.2),
)
def test_the_threshold_gives_up_no_more_than_allowed(
    confidences: list[float], quantile: float
) -> None:
    right = np.array(confidences, np.float32)

    threshold = threshold_of_rejects(right, quantile)

    assert (right < threshold).mean() <= quantile
    # It is the highest such threshold among the confidences.
    higher = right[right > threshold]
    assert not higher.size or (right < higher.min()).mean() > quantile


def test_without_right_answers_nothing_is_rejected() -> None:
    assert threshold_of_rejects(np.zeros(0, np.float32), 0.01) == 0.0


@given(
    confidences=st.lists(st.floats(0, 1), min_size=1, max_size=300),
    rate=st.floats(0, 0.99),
)
def test_no_more_than_allowed_is_accepted(confidences: list[float], rate: float) -> None:
    others = np.array(confidences)

    threshold = threshold_of_accepts(others, rate)

    assert (others >= threshold).mean() <= rate
    # It is the lowest such threshold: the highest confidence below it would be one too many.
    lower = others[others < threshold]
    assert not lower.size or (others >= lower.max()).mean() > rate


def test_without_anything_but_orders_none_is_held_back() -> None:
    assert threshold_of_accepts(np.zeros(0), 0.01) == 0.0


def test_calibration_sets_the_temperatures_of_the_model(corpus: Corpus) -> None:
    torch.manual_seed(0)
    model = build_model(MODEL, 16, {"product": 3, "quantity": 2})
    val = UtteranceDataset(corpus, corpus.split("val"), TRAIN.augment, seed=1)
    before = collect_logits(model, val, 5)

    rule = OrderRule(corpus.labels, corpus.required)
    config = TRAIN.model_copy(update={"batch_size": 5, "reject_quantile": 0.1})
    first = calibrate(model, val, rule, config)
    again = calibrate(model, val, rule, config)

    after = collect_logits(model, val, 5)
    for temperature, x, y in zip(first.temperatures, before, after, strict=True):
        torch.testing.assert_close(y, x / temperature)
    assert again.temperatures == first.temperatures
    assert again.rejection_threshold == first.rejection_threshold
    joint = torch.stack([y.softmax(dim=1).max(dim=1).values for y in after]).prod(dim=0)
    assert first.joint_confidence == pytest.approx(joint.numpy())


def test_logits_come_in_the_order_of_the_utterances(corpus: Corpus) -> None:
    torch.manual_seed(0)
    model = build_model(MODEL, 16, {"product": 3, "quantity": 2}).eval()
    val = UtteranceDataset(corpus, corpus.split("val"), None, seed=1)

    product, _ = collect_logits(model, val, batch_size=5)

    for index in range(len(val)):
        features = torch.from_numpy(val[0, index].features)[None]
        with torch.inference_mode():
            alone = model(features, torch.tensor([features.shape[1]])).logits["product"]
        torch.testing.assert_close(product[index], alone[0], atol=1e-4, rtol=0)
