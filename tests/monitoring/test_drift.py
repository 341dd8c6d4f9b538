from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from slu.config.monitor import DriftConfig
from slu.monitoring.drift import MIN_VALUES, DriftCalculator
from slu.monitoring.reference import Reference

Sample = Callable[..., pd.DataFrame]


def flagged(calculator: DriftCalculator, chunk: pd.DataFrame) -> set[str]:
    return {drift.column for drift in calculator.calculate(chunk) if drift.alert}


@pytest.mark.parametrize("rows", [150, 500, 2000])
def test_calm_windows_stay_calm(reference: Reference, sample_requests: Sample, rows: int) -> None:
    calculator, rng = DriftCalculator(reference), np.random.default_rng(11)
    alarms = [bool(flagged(calculator, sample_requests(rng, rows))) for _ in range(100)]
    assert np.mean(alarms) < 0.05


@pytest.mark.parametrize(
    ("shift", "column"),
    [
        ({"level_db": 3.0}, "mel_mean"),
        ({"level_db": -3.0}, "mel_mean"),
        ({"snr_db": -4.0}, "snr_db"),
        ({"tea": 0.3}, "product"),
    ],
)
def test_shifts_are_found_at_500_requests(
    reference: Reference, sample_requests: Sample, shift: dict[str, float], column: str
) -> None:
    calculator, rng = DriftCalculator(reference), np.random.default_rng(12)
    found = [flagged(calculator, sample_requests(rng, 500, **shift)) for _ in range(20)]
    assert all(column in columns for columns in found)


def test_new_labels_are_found(reference: Reference, sample_requests: Sample) -> None:
    chunk = sample_requests(np.random.default_rng(13), 500)
    chunk.loc[:24, "product"] = "roti"
    assert "product" in flagged(DriftCalculator(reference), chunk)


def test_too_few_values_say_nothing(reference: Reference, sample_requests: Sample) -> None:
    chunk = sample_requests(np.random.default_rng(14), MIN_VALUES, level_db=20)
    chunk.loc[0, "mel_mean"] = np.nan
    columns = {drift.column for drift in DriftCalculator(reference).calculate(chunk)}
    assert "mel_mean" not in columns
    assert "snr_db" in columns
    assert DriftCalculator(reference).calculate(chunk.iloc[: MIN_VALUES - 1]) == []


def test_absent_columns_are_left_out(reference: Reference, sample_requests: Sample) -> None:
    chunk = sample_requests(np.random.default_rng(15), 200)[["snr_db"]]
    (drift,) = DriftCalculator(reference).calculate(chunk)
    assert (drift.column, drift.n_values) == ("snr_db", 200)
    assert drift.distances.keys() == drift.thresholds.keys() == {"psi", "ks", "js"}


def test_chunks_follow_one_another_and_the_newest_is_whole(
    reference: Reference, sample_requests: Sample
) -> None:
    rng = np.random.default_rng(16)
    requests = pd.concat([sample_requests(rng, 650), sample_requests(rng, 250, level_db=6)])
    requests["ts"] = pd.date_range("2025-06-01", periods=900, freq="s")
    chunks = DriftCalculator(reference, DriftConfig(chunk_size=250)).over_time(requests)
    assert [(chunk.end - chunk.start).total_seconds() for chunk in chunks] == [249] * 3
    assert chunks[-1].end == requests["ts"].iloc[-1]
    level = [next(d for d in chunk.columns if d.column == "mel_mean") for chunk in chunks]
    assert [drift.alert for drift in level] == [False, False, True]


def test_a_short_log_is_one_chunk(reference: Reference, sample_requests: Sample) -> None:
    calculator = DriftCalculator(reference)
    (chunk,) = calculator.over_time(sample_requests(np.random.default_rng(17), 120))
    assert {drift.n_values for drift in chunk.columns} == {120}
    assert calculator.over_time(sample_requests(np.random.default_rng(17), 0)) == []
