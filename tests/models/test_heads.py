"""Pooling and classifiers."""

import pytest
import torch

from slu.models.heads import SlotHeads
from slu.models.padding import mask_of

N_FRAMES, D_MODEL = 7, 8


@pytest.fixture
def encoded() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(3, N_FRAMES, D_MODEL)


@pytest.fixture
def mask() -> torch.Tensor:
    return mask_of(torch.tensor([7, 3, 1]), N_FRAMES)


def test_shapes_follow_the_slots(encoded: torch.Tensor, mask: torch.Tensor) -> None:
    # `type` and `items` are attributes of torch's containers.
    n_labels = {"type": 4, "items": 2, "size": 3}

    outputs = SlotHeads(D_MODEL, n_labels, dropout=0.1)(encoded, mask)

    assert {slot: x.shape for slot, x in outputs.logits.items()} == {
        slot: (3, count) for slot, count in n_labels.items()
    }
    assert {x.shape for x in outputs.attention.values()} == {(3, N_FRAMES)}
    assert outputs.embedding.shape == (3, 3 * D_MODEL)


def test_attention_sums_to_one_and_spares_padding(
    encoded: torch.Tensor, mask: torch.Tensor
) -> None:
    attention = SlotHeads(D_MODEL, {"product": 4}, dropout=0.0)(encoded, mask).attention["product"]

    torch.testing.assert_close(attention.sum(dim=1), torch.ones(3))
    assert attention[mask].eq(0).all()
    assert attention[~mask].gt(0).all()


def test_the_embedding_is_the_mean_weighted_by_attention(
    encoded: torch.Tensor, mask: torch.Tensor
) -> None:
    outputs = SlotHeads(D_MODEL, {"a": 2, "b": 2}, dropout=0.0)(encoded, mask)

    for index, weights in enumerate(outputs.attention.values()):
        pooled = torch.einsum("bt,btd->bd", weights, encoded)
        part = outputs.embedding[:, index * D_MODEL : (index + 1) * D_MODEL]
        torch.testing.assert_close(part, pooled)


def test_a_temperature_divides_the_logits_of_its_slot(
    encoded: torch.Tensor, mask: torch.Tensor
) -> None:
    heads = SlotHeads(D_MODEL, {"product": 4, "quantity": 3}, dropout=0.0)
    before = heads(encoded, mask).logits
    heads.get_buffer("temperatures").copy_(torch.tensor([1.0, 2.5]))
    after = heads(encoded, mask).logits

    torch.testing.assert_close(after["product"], before["product"])
    torch.testing.assert_close(after["quantity"], before["quantity"] / 2.5)


def test_temperatures_are_part_of_the_weights() -> None:
    assert "temperatures" in SlotHeads(D_MODEL, {"product": 4}, dropout=0.0).state_dict()
