"""Accuracy against the signal-to-noise ratio: clean recordings with more and more noise added."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slu.audio.room import noise
from slu.audio.types import Waveform
from slu.config.augment import NoiseConfig, NoiseKind
from slu.errors import DataError
from slu.evaluation.predictions import all_right, check_slots, orders_of, predict_table
from slu.evaluation.scores import Interval, share_interval
from slu.files import write_json
from slu.inference import Predictor


@dataclass(frozen=True)
class NoisePoint:
    """How well a model does at one level of noise."""

    snr_db: float | None
    """Active speech against the noise that was added; none where none was."""
    utterances: int
    joint_accuracy: Interval
    accepted: Interval
    """Share of recordings that were answered at all."""
    slots: dict[str, Interval]


def sweep_noise(
    predictor: Predictor,
    table: pd.DataFrame,
    levels_db: Sequence[float],
    kind: NoiseKind,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[NoisePoint]:
    """Predict the orders of a table as they are, then with noise of each level.

    They go through the path that users get.

    A recording gets the same noise at every level and in every table, only louder or quieter.

    Args:
        predictor: the model.
        table: as `predict_table` takes it.
        levels_db: signal-to-noise ratios.
        kind: of noise.
        seed: of the noise.
        progress: told after each prediction.

    Raises:
        DataError: the table holds no order or lacks a slot of the model.
    """
    check_slots(table, predictor.slots)
    orders = orders_of(table, predictor.slots)
    levels: list[float | None] = [None, *levels_db]
    points = []
    for index, level in enumerate(levels):

        def tell(done: int, total: int, before: int = index) -> None:
            progress(before * total + done, len(levels) * total)

        predictions = predict_table(
            predictor, orders, tell, noise_adder(predictor, level, kind, seed)
        )
        points.append(_point(level, predictions, predictor.slots))
    return points


def write_sweep(path: Path, facts: Mapping[str, Any], points: Sequence[NoisePoint]) -> None:
    """Write a sweep as JSON, after what was evaluated."""
    write_json(path, {**facts, "points": [asdict(point) for point in points]})


def points_of(sweep: Mapping[str, Any]) -> list[NoisePoint]:
    """The points of a sweep that was read back.

    Raises:
        DataError: it is damaged.
    """
    try:
        return [_read_point(point) for point in sweep["points"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError("the noise sweep is damaged; run it again") from error


def _read_point(point: Mapping[str, Any]) -> NoisePoint:
    return NoisePoint(
        snr_db=point["snr_db"],
        utterances=point["utterances"],
        joint_accuracy=Interval(**point["joint_accuracy"]),
        accepted=Interval(**point["accepted"]),
        slots={slot: Interval(**share) for slot, share in point["slots"].items()},
    )


def noise_adder(
    predictor: Predictor, level_db: float | None, kind: NoiseKind, seed: int
) -> Callable[[Waveform], Waveform]:
    """What mixes noise of a level into waveforms at the model's rate; none: nothing does."""
    if level_db is None:
        return lambda waveform: waveform
    config = NoiseConfig(probability=1.0, snr_db=(level_db,) * 2, slope=(kind.slope,) * 2)

    def add(waveform: Waveform) -> Waveform:
        # By content, not by place, so that the order of the table does not matter.
        rng = np.random.default_rng([seed, zlib.crc32(waveform.tobytes())])
        return noise(waveform, predictor.preprocess.sample_rate, config, rng)

    return add


def _point(level_db: float | None, predictions: pd.DataFrame, slots: Sequence[str]) -> NoisePoint:
    return NoisePoint(
        snr_db=level_db,
        utterances=len(predictions),
        joint_accuracy=share_interval(all_right(predictions, slots)),
        accepted=share_interval(predictions["accepted"].to_numpy(bool)),
        slots={slot: share_interval(all_right(predictions, [slot])) for slot in slots},
    )
