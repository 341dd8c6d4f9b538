import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.spec_augment import spec_augment
from slu.audio.types import Features
from slu.config.augment import SpecAugmentConfig

configs = st.builds(
    SpecAugmentConfig,
    probability=st.just(1.0),
    frequency_masks=st.integers(0, 4),
    frequency_width=st.integers(0, 128),
    time_masks=st.integers(0, 4),
    time_width=st.integers(0, 500),
    noise=st.floats(0, 1),
)
sizes = st.tuples(st.integers(1, 60), st.integers(1, 30))


def some_features(size: tuple[int, int]) -> Features:
    # Far from 0 everywhere, so that every 0 afterwards was written by a mask.
    return np.random.default_rng(0).uniform(50, 60, size).astype(np.float32)


@given(sizes, configs, st.integers(0, 999))
def test_masks_stay_within_their_limits(
    size: tuple[int, int], config: SpecAugmentConfig, seed: int
) -> None:
    masked = spec_augment(some_features(size), config, np.random.default_rng(seed)) == 0
    frames, bands = masked.all(axis=1), masked.all(axis=0)
    if not bands.all():
        assert frames.sum() <= min(size[0] / 3, config.time_masks * config.time_width)
    assert bands.sum() <= config.frequency_masks * config.frequency_width
    # Nothing but whole stripes is masked.
    np.testing.assert_array_equal(masked, frames[:, None] | bands[None, :])


@given(sizes, configs, st.integers(0, 999))
def test_result_is_repeatable_float32_and_the_input_stays(
    size: tuple[int, int], config: SpecAugmentConfig, seed: int
) -> None:
    features = some_features(size)
    before = features.copy()
    first, second = (spec_augment(features, config, np.random.default_rng(seed)) for _ in range(2))
    assert first.dtype == np.float32
    assert first.shape == size
    assert first.tobytes() == second.tobytes()
    np.testing.assert_array_equal(features, before)


def test_masks_of_every_width_and_place_occur() -> None:
    config = SpecAugmentConfig(frequency_width=3, time_width=2, noise=0)
    masked = [
        spec_augment(some_features((9, 5)), config, np.random.default_rng(seed)) == 0
        for seed in range(200)
    ]
    assert {int(mask.all(axis=0).sum()) for mask in masked} == {0, 1, 2, 3}
    assert {int(mask.all(axis=1).sum()) for mask in masked} == {0, 1, 2}
    assert np.any([mask.all(axis=0) for mask in masked], axis=0).all()
    assert np.any([mask.all(axis=1) for mask in masked], axis=0).all()


def test_noise_has_the_configured_deviation() -> None:
    features = np.zeros((500, 64), np.float32)
    config = SpecAugmentConfig(frequency_masks=0, time_masks=0, noise=0.3)
    noisy = spec_augment(features, config, np.random.default_rng(0))
    np.testing.assert_allclose([noisy.mean(), noisy.std()], [0, 0.3], atol=0.01)


def test_switching_the_noise_off_leaves_the_masks() -> None:
    features = some_features((60, 20))
    masks = [
        spec_augment(features, SpecAugmentConfig(noise=noise), np.random.default_rng(3)) == 0
        for noise in (0.0, 0.5)
    ]
    assert masks[0].any()
    np.testing.assert_array_equal(*masks)


def test_probability_0_is_identity() -> None:
    features = some_features((60, 20))
    config = SpecAugmentConfig(probability=0)
    np.testing.assert_array_equal(
        spec_augment(features, config, np.random.default_rng(0)), features
    )
