import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from slu.monitoring.divergence import (
    chi_square,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
)

Counts = NDArray[np.int64]


@st.composite
def pairs_of_counts(draw: st.DrawFn) -> tuple[Counts, Counts]:
    size = draw(st.integers(2, 12))
    counts = st.lists(st.integers(0, 500), min_size=size, max_size=size).filter(any)
    return np.array(draw(counts)), np.array(draw(counts))


samples = st.lists(st.integers(-20, 20), min_size=2, max_size=60).map(
    lambda values: np.array(values, np.float64)
)


@given(pairs_of_counts())
def test_distances_of_shares(pair: tuple[Counts, Counts]) -> None:
    p, q = (counts / counts.sum() for counts in pair)
    assert population_stability_index(p, q) >= 0
    assert population_stability_index(p, p) == 0
    assert population_stability_index(p, q) == pytest.approx(population_stability_index(q, p))
    assert 0 <= jensen_shannon_distance(p, q) <= 1
    assert jensen_shannon_distance(p, p) == 0
    expected = np.nan_to_num(jensenshannon(p, q, base=2))
    assert jensen_shannon_distance(p, q) == pytest.approx(expected, abs=1e-6)


def test_shares_that_never_meet_are_farthest() -> None:
    assert jensen_shannon_distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


def test_psi_of_an_example() -> None:
    p, q = np.array([0.5, 0.5]), np.array([0.8, 0.2])
    expected = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert population_stability_index(p, q) == pytest.approx(expected)


@given(samples, samples)
def test_kolmogorov_smirnov_is_scipys(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    expected = stats.ks_2samp(one, other, method="asymp").statistic
    assert kolmogorov_smirnov(np.sort(one), other) == pytest.approx(expected)


@given(pairs_of_counts())
def test_chi_square_is_scipys(pair: tuple[Counts, Counts]) -> None:
    table = np.array(pair)
    present = table[:, table.sum(axis=0) > 0]
    expected = stats.chi2_contingency(present, correction=False).statistic
    assert chi_square(*pair) == pytest.approx(expected, abs=1e-9)
