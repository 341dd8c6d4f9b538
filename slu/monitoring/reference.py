"""The training set's distributions, frozen in `reference.json`, and distances from them.

Bins are frozen here and chunks of the log are scored against them later, as in NannyML's
univariate drift methods. How far equally large chunks of the reference itself lie apart is kept
too: drift is what lies clearly further.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from slu.errors import DataError
from slu.monitoring.divergence import (
    Floats,
    chi_square,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
)

NUMERIC_COLUMNS = ("audio_duration", "mel_mean", "mel_std", "snr_db", "joint_confidence")
"""Quantities that are watched, where the reference knows them."""

CHUNK_SIZES = (100, 250, 500, 1000)
"""Sizes of chunks whose spread is measured."""

_BINS = 10
_QUANTILES = 512
_RESAMPLES = 100

_Sample = NDArray[Any]
_Frozen = TypeVar("_Frozen")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spread(_Part):
    """One statistic between the reference and chunks of itself, for each of `CHUNK_SIZES`."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def threshold(self, n_values: int, deviations: float) -> float:
        """Mean plus so many standard deviations, for chunks of `n_values`.

        Sizes between those measured are interpolated, others take the nearest.
        """
        limits = np.asarray(self.mean) + deviations * np.asarray(self.std)
        return float(np.interp(np.log(n_values), np.log(CHUNK_SIZES), limits))


class NumericReference(_Part):
    """The distribution of one quantity."""

    rows: int
    mean: float
    std: float
    edges: tuple[float, ...]
    """Inner edges of the bins; the outer ones reach to infinity."""
    shares: tuple[float, ...]
    """Share of the reference in each bin."""
    quantiles: tuple[float, ...]
    """A sample that stands for the reference, in rising order."""
    spread: dict[str, Spread] = {}
    """`psi`, `ks` and `js`."""

    @classmethod
    def freeze(cls, values: _Sample) -> "NumericReference":
        """Bins of equal content and quantiles of `values`, shape = (rows,)."""
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
        levels = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
        return cls(
            rows=values.size,
            mean=float(values.mean()),
            std=float(values.std()),
            edges=tuple(edges.tolist()),
            shares=tuple(_shares(values, edges).tolist()),
            quantiles=tuple(np.quantile(values, levels).tolist()),
        )

    @staticmethod
    def clean(column: pd.Series) -> Floats:
        """The values of a table's column without missing ones, shape = (n,)."""
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        finite: Floats = values[np.isfinite(values)]
        return finite

    def compare(self, values: _Sample) -> dict[str, float]:
        """Distances of a chunk, shape = (n,), from the reference."""
        shares, chunk = np.asarray(self.shares), _shares(values, np.asarray(self.edges))
        return {
            "psi": population_stability_index(shares, chunk),
            "ks": kolmogorov_smirnov(np.asarray(self.quantiles), values),
            "js": jensen_shannon_distance(shares, chunk),
        }


class SlotReference(_Part):
    """The class mix of one slot."""

    counts: dict[str, int]
    """label -> utterances."""
    spread: dict[str, Spread] = {}
    """`psi`, `chi2` and `js`."""

    @staticmethod
    def clean(column: pd.Series) -> _Sample:
        """The labels of a table's column without missing ones, shape = (n,)."""
        labels: _Sample = column.dropna().to_numpy(str)
        return labels

    def compare(self, labels: _Sample) -> dict[str, float]:
        """Distances of a chunk, shape = (n,), from the reference; unseen labels share a cell."""
        known = {label: place for place, label in enumerate(self.counts)}
        places = [known.get(label, len(known)) for label in labels.tolist()]
        return self.compare_counts(np.bincount(places, minlength=len(known) + 1))

    def compare_counts(self, counts: _Sample) -> dict[str, float]:
        """Distances of a chunk's counts, unseen labels last, shape = (n_labels + 1,)."""
        own = np.array([*self.counts.values(), 0])
        shares, chunk = own / own.sum(), counts / counts.sum()
        return {
            "psi": population_stability_index(shares, chunk),
            "chi2": chi_square(own, counts),
            "js": jensen_shannon_distance(shares, chunk),
        }


class Reference(_Part):
    """What `reference.json` holds."""

    numeric: dict[str, NumericReference]
    slots: dict[str, SlotReference]

    @property
    def mean_confidence(self) -> float | None:
        """Mean joint confidence; none where the reference does not know it."""
        confidence = self.numeric.get("joint_confidence")
        return confidence.mean if confidence else None


def build_reference(table: pd.DataFrame, slots: Sequence[str], seed: int = 0) -> dict[str, Any]:
    """Freeze the distributions of a training set.

    Args:
        table: one row an utterance; any of `NUMERIC_COLUMNS`, and a column of labels per slot.
        slots: the slots' names.
        seed: of the resampling that measures the spread.

    Returns:
        the content of `reference.json`, as `Reference` describes it.

    Raises:
        DataError: the table has no row or lacks a slot.
    """
    missing = [slot for slot in slots if slot not in table]
    if table.empty or missing:
        raise DataError(
            "a reference needs training utterances with labels of every slot"
            f"{' (missing: ' + ', '.join(missing) + ')' if missing else ''}; run `slu ingest`"
        )
    rng = np.random.default_rng(seed)
    columns = {
        name: NumericReference.clean(table[name]) for name in NUMERIC_COLUMNS if name in table
    }
    reference = Reference(
        numeric={name: _numeric(values, rng) for name, values in columns.items() if values.size},
        slots={slot: _slot(SlotReference.clean(table[slot]), rng) for slot in slots},
    )
    return reference.model_dump(mode="json")


def load_reference(path: Path) -> Reference:
    """Read a `reference.json`.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        return Reference.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{path} is missing; train the model again to get it") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"]
        raise DataError(f"{path} is damaged ({problem}); train the model again") from error


def _numeric(values: Floats, rng: np.random.Generator) -> NumericReference:
    spread = _measure_spread(
        draw=lambda size: rng.choice(values, size),
        freeze=NumericReference.freeze,
        compare=NumericReference.compare,
        rows=values.size,
    )
    return NumericReference.freeze(values).model_copy(update={"spread": spread})


def _slot(labels: _Sample, rng: np.random.Generator) -> SlotReference:
    names, counts = (part.tolist() for part in np.unique(labels, return_counts=True))
    shares = np.append(counts, 0) / sum(counts)
    spread = _measure_spread(
        draw=lambda size: rng.multinomial(size, shares),
        freeze=lambda drawn: SlotReference(
            counts=dict(zip(names, drawn[:-1].tolist(), strict=True))
        ),
        compare=SlotReference.compare_counts,
        rows=len(labels),
    )
    return SlotReference(counts=dict(zip(names, counts, strict=True)), spread=spread)


def _measure_spread(
    draw: Callable[[int], _Sample],
    freeze: Callable[[_Sample], _Frozen],
    compare: Callable[[_Frozen, _Sample], Mapping[str, float]],
    rows: int,
) -> dict[str, Spread]:
    """Draw reference and chunk anew, with replacement, and see how far apart they come out.

    Both are drawn, because in use both are samples of what people say.
    """
    distances: dict[str, list[list[float]]] = {}
    for _ in range(_RESAMPLES):
        frozen = freeze(draw(rows))
        chunks = [compare(frozen, draw(size)) for size in CHUNK_SIZES]
        for name in chunks[0]:
            distances.setdefault(name, []).append([chunk[name] for chunk in chunks])
    return {name: _summarise(np.asarray(drawn)) for name, drawn in distances.items()}


def _summarise(distances: Floats) -> Spread:
    mean, std = distances.mean(axis=0), distances.std(axis=0)
    return Spread(mean=tuple(mean.tolist()), std=tuple(std.tolist()))


def _shares(values: Floats, edges: Floats) -> Floats:
    places = np.searchsorted(edges, values, side="right")
    return np.bincount(places, minlength=edges.size + 1) / values.size
