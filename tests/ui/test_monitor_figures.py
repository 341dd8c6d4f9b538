"""What the figures of the Monitor page hold, and where on their axes it lies."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from slu.monitoring.drift import ChunkDrift, ColumnDrift
from slu.ui.monitor_bars import class_bars, histogram_bars, share_bars
from slu.ui.monitor_figures import (
    add_band,
    add_limit,
    drift_lines,
    lines_over_time,
    traffic_bars,
    width_in_words,
)
from slu.ui.vega import Chart

JAKARTA = ZoneInfo("Asia/Jakarta")
MINUTE_MS = 60_000.0


def over_time(minutes: Sequence[int] = (0, 1, 4)) -> pd.DataFrame:
    """Some minutes of an evening; the last one is without a confidence."""
    starts = pd.Timestamp("2025-06-01T23:58Z") + pd.to_timedelta(list(minutes), unit="min")
    table = pd.DataFrame({"ts": starts, "ok": 3, "rejected": 2, "error": 0})
    table["confidence"] = [0.5 + minute / 100 for minute in minutes[:-1]] + [None]
    return table


def chunk(minute: int, distances: Mapping[str, float]) -> ChunkDrift:
    start = pd.Timestamp("2025-06-01T23:00Z") + pd.Timedelta(minutes=minute)
    drift = ColumnDrift("snr_db", 500, dict(distances), dict.fromkeys(distances, 0.2))
    return ChunkDrift(start, start + pd.Timedelta(minutes=9), [drift])


def on_clock(milliseconds: float) -> str:
    """What an axis in UTC shows."""
    return str(pd.Timestamp(milliseconds, unit="ms"))


def values_of(part: Any, name: str) -> list[Any]:
    """Everything that goes by a name, wherever in a specification."""
    if isinstance(part, list):
        return [value for inner in part for value in values_of(inner, name)]
    if not isinstance(part, dict):
        return []
    found = [part[name]] if name in part else []
    return found + [value for inner in part.values() for value in values_of(inner, name)]


@pytest.fixture
def charts() -> list[Chart]:
    lines = lines_over_time(over_time(), 60, JAKARTA, {"confidence": "mean"}, "Mean", "share")
    histogram = pd.DataFrame({"left": [0.0, 0.1], "right": [0.1, 0.2], "requests": [3, 0]})
    mix = pd.DataFrame({"label": ["a.b", "c"], "share": [0.75, 0.25], "requests": [3, 1]})
    return [
        traffic_bars(over_time(), 60, UTC),
        add_limit(add_band(lines, 0.4, 0.6, "usual"), 0.9, "limit"),
        drift_lines([chunk(0, {"psi": 0.1})], "snr_db", "Drift", UTC),
        histogram_bars(histogram, "Duration", "s"),
        class_bars(mix, "product", {"c": 1.0}, "#000000"),
        share_bars(["a.b", "c"], [0.5, 0.5], [1.0, 0.0], "Shares", "product"),
    ]


def test_specifications_are_plain_and_fields_are_columns(charts: list[Chart]) -> None:
    for chart in charts:
        assert json.loads(json.dumps(chart.spec)) == chart.spec
        assert set(values_of(chart.spec, "field")) <= set(chart.data)
        assert all(name.isidentifier() for name in chart.data)
        for columns in values_of(chart.spec, "fields"):
            assert not chart.data[columns].isna().to_numpy().any()


def test_bars_lie_on_one_another_where_the_clock_says_it_was() -> None:
    data = traffic_bars(over_time(), 60, JAKARTA).data
    first = data[data["left"] == data["left"].min()].set_index("status")
    assert list(first.index) == ["ok", "rejected"]
    assert list(first["bottom"]) == [0, 3]
    assert list(first["top"]) == [3, 5]
    bar = first.loc["rejected"]
    assert on_clock(bar["left"]) == "2025-06-02 06:58:00"
    assert bar["time"] == "2025-06-02 06:58:00"
    assert bar["right"] - bar["left"] == MINUTE_MS
    assert (bar["start"], bar["end"]) == ("2025-06-01T23:58:00+00:00", "2025-06-01T23:59:00+00:00")
    assert (bar["outcome"], bar["requests"]) == ("not understood", 2)


def test_axes_of_time_are_in_utc_and_name_the_zone(charts: list[Chart]) -> None:
    times = [
        axis
        for chart in charts
        for axis in values_of(chart.spec, "x")
        if axis.get("type") == "temporal"
    ]
    assert len(times) >= 4
    assert {axis["scale"]["type"] for axis in times} == {"utc"}
    assert {axis["title"] for axis in times} == {"time (UTC)", "time (Asia/Jakarta)"}


def test_lines_break_where_there_was_no_request() -> None:
    names = {"ok": "understood", "confidence": "confidence"}
    data = lines_over_time(over_time(), 60, UTC, names, "Title", "unit").data
    assert list(data["piece"]) == [0, 0, 1]
    assert list(data["value_0"]) == [3, 3, 3]
    assert data["value_1"].isna().tolist() == [False, False, True]
    assert (data["middle"] - data["left"] == MINUTE_MS / 2).all()


def test_many_points_are_left_out_save_lonely_ones() -> None:
    table = over_time([*range(100), 200])
    data = lines_over_time(table, 60, UTC, {"ok": "understood"}, "Title", "unit").data
    assert data["is_point"].tolist() == [False] * 100 + [True]
    few = lines_over_time(over_time(), 60, UTC, {"ok": "understood"}, "Title", "unit").data
    assert few["is_point"].all()


def test_what_catches_clicks_lies_on_top(charts: list[Chart]) -> None:
    for chart in charts[:-1]:
        *others, targets = chart.spec["layer"]
        assert targets["params"]
        assert not any("params" in layer for layer in others)


def test_drift_is_a_multiple_of_its_threshold() -> None:
    chunks = [chunk(0, {"psi": 0.1, "ks": 0.0}), chunk(30, {"psi": 0.8, "ks": 0.2})]
    chart = drift_lines(chunks, "snr_db", "Drift of SNR", JAKARTA)
    data = chart.data
    assert list(data["value_0"]) == pytest.approx([0.5, 4.0])
    assert list(data["value_1"]) == pytest.approx([0.03, 1.0])
    assert data["told_0"][1] == "0.8 (threshold 0.2)"
    assert on_clock(data["middle"][0]) == "2025-06-02 06:09:00"
    assert data["right"][0] == data["left"][1]
    assert data["end"][1] == "2025-06-01T23:39:00+00:00"
    colours = values_of(chart.spec, "domain")
    assert ["PSI", "KS", "threshold"] in colours
    assert [0.03, 6.0] in colours


def test_one_chunk_of_drift_can_be_clicked() -> None:
    data = drift_lines([chunk(0, {"psi": 0.1})], "snr_db", "Drift", UTC).data
    assert (data["left"] < data["middle"]).all()
    assert (data["middle"] < data["right"]).all()


def test_labels_are_compared_with_the_training_set_where_it_is_known() -> None:
    mix = pd.DataFrame({"label": list("abc"), "share": [0.5, 0.3, 0.2], "requests": [5, 3, 2]})
    known = class_bars(mix, "product", {"a": 0.7}, "#000000")
    assert list(known.data["expected"]) == [0.7, 0.0, 0.0]
    assert ["now", "training set"] in values_of(known.spec, "domain")
    alone = class_bars(mix, "product", {}, "#000000")
    assert values_of(alone.spec, "domain")[0] == ["now"]
    assert "expected" not in values_of(alone.spec, "field")


@pytest.mark.parametrize(
    ("bucket_s", "words"),
    [(1, "1 second"), (900, "15 minutes"), (3600, "1 hour"), (604800, "7 days")],
)
def test_widths_in_words(bucket_s: float, words: str) -> None:
    assert width_in_words(bucket_s) == words
