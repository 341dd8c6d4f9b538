"""All networks, as `build_model` gives them."""

from collections.abc import Mapping

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slu.config import M1Config, M2Config, M3Config
from slu.models.factory import Model, build_model
from slu.models.m1 import M1
from slu.models.m2 import M2
from slu.models.m3 import M3

N_FEATURES = 20
TWO_SLOTS = {"product": 5, "quantity": 3}
CONFIGS = {
    "m1": M1Config(d_model=16, n_heads=2, n_layers=2, feed_forward=16, channels=(4, 6, 8)),
    "m2": M2Config(d_model=16, n_heads=2, n_layers=2, feed_forward=16, stack=3),
    "m3": M3Config(d_model=16, n_heads=2, n_layers=2, feed_forward=16),
}
each = pytest.mark.parametrize("name", CONFIGS)


def make(name: str, n_labels: Mapping[str, int] = TWO_SLOTS) -> Model:
    torch.manual_seed(0)
    model = build_model(CONFIGS[name], N_FEATURES, n_labels)
    # Running statistics as after some training, not the neutral ones of the beginning.
    with torch.no_grad():
        model.train()(torch.randn(8, 40, N_FEATURES), torch.full((8,), 40))
    return model.eval()


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {name: make(name) for name in CONFIGS}


def test_the_configuration_decides_which_model() -> None:
    assert isinstance(make("m1"), M1)
    assert isinstance(make("m2"), M2)
    assert isinstance(make("m3"), M3)


@each
@settings(max_examples=25)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    n_further=st.integers(0, 9),
    junk=st.floats(-100, 100),
)
def test_padding_never_changes_a_prediction(
    models: dict[str, Model], name: str, lengths: list[int], n_further: int, junk: float
) -> None:
    model = models[name]
    rng = torch.Generator().manual_seed(sum(lengths))
    utterances = [torch.randn(n, N_FEATURES, generator=rng) for n in lengths]
    batch = torch.full((len(lengths), max(lengths) + n_further, N_FEATURES), junk)
    for row, utterance in zip(batch, utterances, strict=True):
        row[: len(utterance)] = utterance

    with torch.inference_mode():
        together = model(batch, torch.tensor(lengths))
        alone = [model(u[None], torch.tensor([len(u)])) for u in utterances]

    for index, single in enumerate(alone):
        close = {"atol": 1e-4, "rtol": 0.0}
        torch.testing.assert_close(together.embedding[index], single.embedding[0], **close)
        for slot in TWO_SLOTS:
            torch.testing.assert_close(
                together.logits[slot][index], single.logits[slot][0], **close
            )
            weights, expected = together.attention[slot][index], single.attention[slot][0]
            torch.testing.assert_close(weights[: len(expected)], expected, **close)
            assert weights[len(expected) :].eq(0).all()


@each
@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 63, 64])
def test_attention_covers_the_encoded_frames(
    models: dict[str, Model], name: str, n_frames: int
) -> None:
    with torch.inference_mode():
        outputs = models[name](torch.randn(1, n_frames, N_FEATURES), torch.tensor([n_frames]))

    n_encoded = -(-n_frames // CONFIGS[name].time_reduction)
    assert {x.shape for x in outputs.attention.values()} == {(1, n_encoded)}


@each
def test_every_parameter_learns(name: str) -> None:
    model = make(name).train()
    outputs = model(torch.randn(4, 30, N_FEATURES), torch.tensor([30, 22, 9, 30]))
    loss = sum(logits.log_softmax(dim=1)[:, 0].mean() for logits in outputs.logits.values())
    loss.backward()

    without = [n for n, p in model.named_parameters() if p.grad is None or p.grad.norm() < 1e-9]
    assert without == []


@each
def test_dropout_acts_in_training_only(name: str) -> None:
    model = make(name)
    inputs = torch.randn(2, 30, N_FEATURES), torch.tensor([30, 18])

    first, second = (model(*inputs).embedding for _ in range(2))
    torch.testing.assert_close(first, second, atol=0, rtol=0)
    model.train()
    first, second = (model(*inputs).embedding for _ in range(2))
    assert not torch.equal(first, second)


@each
@pytest.mark.parametrize(
    "n_labels", [{"command": 1}, {"drink": 4, "size": 3, "milk": 2}], ids=["one", "three"]
)
def test_any_set_of_slots(name: str, n_labels: dict[str, int]) -> None:
    outputs = make(name, n_labels)(torch.randn(2, 25, N_FEATURES), torch.tensor([25, 12]))

    assert {slot: x.shape[1] for slot, x in outputs.logits.items()} == n_labels
    assert list(outputs.attention) == list(n_labels)
