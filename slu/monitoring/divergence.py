"""Distances between two samples or two sets of proportions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# An empty cell counts as this share, so that the logarithm of PSI stays finite.
_SMALLEST_SHARE = 1e-4


def population_stability_index(reference: Floats, chunk: Floats) -> float:
    """PSI: sum of (q - p) ln(q / p), the symmetrised Kullback-Leibler divergence.

    Rule of thumb of credit scoring (Siddiqi 2006): below 0.1 calm, above 0.25 a large change.

    Args:
        reference: shares p that sum to 1, shape = (n_cells,).
        chunk: shares q that sum to 1, shape = (n_cells,).

    Returns:
        0 for equal shares, else above.
    """
    p, q = np.maximum(reference, _SMALLEST_SHARE), np.maximum(chunk, _SMALLEST_SHARE)
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon_distance(reference: Floats, chunk: Floats) -> float:
    """Root of the Jensen-Shannon divergence with base 2 (Lin 1991; Endres and Schindelin 2003).

    Args:
        reference: shares that sum to 1, shape = (n_cells,).
        chunk: shares that sum to 1, shape = (n_cells,).

    Returns:
        0 for equal shares, 1 for shares that never meet.
    """
    middle = (reference + chunk) / 2
    divergence = (_relative_entropy(reference, middle) + _relative_entropy(chunk, middle)) / 2
    return float(np.sqrt(np.clip(divergence, 0.0, 1.0)))


def kolmogorov_smirnov(reference: Floats, chunk: Floats) -> float:
    """Largest gap between the two samples' cumulative distributions, 0 to 1.

    Args:
        reference: a sample in rising order, shape = (n,).
        chunk: a sample, shape = (m,).
    """
    ordered = np.sort(chunk)
    places = np.concatenate([reference, ordered])
    below_reference = np.searchsorted(reference, places, side="right") / reference.size
    below_chunk = np.searchsorted(ordered, places, side="right") / ordered.size
    return float(np.abs(below_reference - below_chunk).max())


def chi_square(reference: NDArray[Any], chunk: NDArray[Any]) -> float:
    """Chi-square statistic of two sets of counts, of which neither is exact.

    For samples of one distribution it is about the number of cells less one, whatever their size
    (Press et al., Numerical Recipes, "Are two distributions different?").

    Args:
        reference: counts, shape = (n_cells,).
        chunk: counts, shape = (n_cells,).
    """
    ratio = np.sqrt(chunk.sum() / reference.sum())
    both = reference + chunk
    gaps = np.square(ratio * reference - chunk / ratio)
    return float(np.sum(gaps[both > 0] / both[both > 0]))


def _relative_entropy(p: Floats, q: Floats) -> float:
    present = p > 0
    return float(np.sum(p[present] * np.log2(p[present] / q[present])))
