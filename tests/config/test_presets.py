import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config import MODEL_CONFIG, AugmentConfig, TrainConfig
from slu.config.presets import Size, model_names, resized, strengthened


def test_knows_every_model() -> None:
    assert {"m1", "m2"} <= set(model_names())


@pytest.mark.parametrize("name", model_names())
def test_sizes_are_ordered_and_of_the_same_kind(name: str) -> None:
    standard = MODEL_CONFIG.validate_python({"name": name})

    small, large = (resized(standard, size) for size in (Size.SMALL, Size.LARGE))

    assert resized(standard, Size.STANDARD) == standard
    assert small.name == large.name == name
    assert small.d_model < standard.d_model < large.d_model
    assert small.n_layers < standard.n_layers < large.n_layers


@given(
    size=st.sampled_from(Size),
    n_heads=st.integers(1, 16),
    factor=st.integers(1, 32),
    feed_forward=st.integers(8, 4096),
    n_layers=st.integers(1, 12),
    channels=st.lists(st.integers(1, 1024), min_size=2, max_size=4),
)
def test_any_model_has_every_size(
    size: Size, n_heads: int, factor: int, feed_forward: int, n_layers: int, channels: list[int]
) -> None:
    """Sizes that no model may have would be refused by the check of the configuration."""
    width = 2 * n_heads * factor
    values = {
        "name": "m1",
        "n_heads": n_heads,
        "d_model": max(width, -(-8 // (2 * n_heads)) * 2 * n_heads),
        "feed_forward": feed_forward,
        "n_layers": n_layers,
        "channels": channels,
    }

    model = resized(MODEL_CONFIG.validate_python(values), size)

    assert MODEL_CONFIG.validate_python(model.model_dump()) == model


def test_strength_scales_every_probability() -> None:
    train = TrainConfig()

    halved = strengthened(train, 0.5).augment

    for name in AugmentConfig.model_fields:
        section = getattr(train.augment, name)
        if hasattr(section, "probability"):
            assert getattr(halved, name).probability == pytest.approx(section.probability / 2)
    assert halved.enable


def test_probabilities_end_at_one() -> None:
    augment = strengthened(TrainConfig(), 9.0).augment

    assert augment.shift.probability == augment.speed.probability == 1.0


def test_no_strength_only_switches_augmentation_off() -> None:
    train = TrainConfig()

    off = strengthened(train, 0.0)

    assert not off.augment.enable
    assert off.augment.model_copy(update={"enable": True}) == train.augment
    assert strengthened(off, 1.0) == train
