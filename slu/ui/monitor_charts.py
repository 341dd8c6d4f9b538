"""Views of the Monitor page: traffic, answers, and the sound that came in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from slu.monitoring.log_filter import LogFilter
from slu.monitoring.reference import Reference
from slu.ui.language import mark, tr
from slu.ui.monitor import Watched
from slu.ui.monitor_bars import class_bars, histogram_bars
from slu.ui.monitor_figures import (
    ORANGE,
    RED,
    STATUS_NAMES,
    add_band,
    add_limit,
    lines_over_time,
    traffic_bars,
)
from slu.ui.monitor_requests import show_with_requests
from slu.ui.style import SLOT_COLOURS
from slu.ui.vega import Chart

# Quantity -> what it is called, and its unit.
SOUND = {
    "audio_duration": (mark("Duration"), "s"),
    "mel_mean": (mark("Level (mel mean)"), "dB"),
    "mel_std": (mark("Spread of level (mel std)"), "dB"),
    "snr_db": (mark("Speech above noise (SNR)"), "dB"),
}


def show_summary(watched: Watched) -> bool:
    """The requests in numbers; returns whether there are any."""
    summary = watched.analytics.summary(watched.where)
    if summary.malformed_lines:
        st.warning(
            tr(
                "{count:,} lines of the log could not be read and are left out.",
                count=summary.malformed_lines,
            ),
            icon=":material/broken_image:",
        )
    if not summary.rows:
        st.info(tr("No request fits; choose a longer time or take a filter away."),
                icon=":material/filter_alt:")  # fmt: skip
        return False
    facts = {
        tr("Requests"): f"{summary.rows:,}",
        tr("Could not be used"): f"{summary.error_rate:.1%}",
        tr("Not understood"): f"{summary.rejection_rate:.1%}",
        tr("Answer time, p95"): f"{summary.p95_latency_ms:.0f} ms",
        tr("Mean confidence"): _percent(summary.mean_confidence),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, fact in facts.items():
            st.metric(name, fact, width="content")
    return True


def show_traffic(watched: Watched) -> None:
    """Requests, errors, rejections and answer times over time."""
    bucket_s, over_time = _over_time(watched)

    def behind(clicked: Mapping[str, Any]) -> tuple[LogFilter, str]:
        where, title = _bucket(watched, clicked)
        status = clicked["status"]
        return replace(where, statuses=[status]), f"{title}, {tr(STATUS_NAMES[status])}"

    show_with_requests(watched, traffic_bars(over_time, bucket_s, watched.zone), "traffic", behind)
    shares = over_time[["ts"]].assign(
        error=100 * over_time["error"] / over_time["requests"],
        rejected=100 * over_time["rejected"] / over_time["requests"],
    )
    names = {status: tr(STATUS_NAMES[status]) for status in ("rejected", "error")}
    chart = lines_over_time(
        shares,
        bucket_s,
        watched.zone,
        names,
        tr("Errors and rejections"),
        tr("% of requests"),
        colours=(ORANGE, RED),
        from_zero=True,
    )
    _show(watched, chart, "outcomes")
    names = {f"{name}_latency_ms": name for name in ("p50", "p95", "p99")}
    chart = lines_over_time(
        over_time, bucket_s, watched.zone, names, tr("Answer time"), "ms", from_zero=True
    )
    rule = watched.config.alerts.p95_latency_ms
    # Only where it is near: else the lines would lie flat on the ground.
    if rule and over_time["p99_latency_ms"].max() > rule.threshold / 3:
        name = tr("alert: p95 above {limit:g} ms", limit=rule.threshold)
        chart = add_limit(chart, rule.threshold, name)
    _show(watched, chart, "latency")


def show_answers(watched: Watched) -> None:
    """How sure the answers are, and what they are."""
    left, right = st.columns(2)
    with left:
        unit = tr("confidence of the whole answer")
        _show_histogram(watched, "joint_confidence", tr("Confidence"), unit)
    with right:
        bucket_s, over_time = _over_time(watched)
        chart = lines_over_time(
            over_time, bucket_s, watched.zone, {"mean_confidence": tr("mean confidence")},
            tr("Mean confidence"), tr("confidence"), ".3f",
        )  # fmt: skip
        chart = _add_usual(chart, watched.reference, "joint_confidence")
        _show(watched, chart, "confidence over time")
    mix = watched.analytics.class_mix(watched.where)
    slots = sorted(mix["slot"].unique())
    for index, slot in enumerate(slots):
        with (left, right)[index % 2]:
            _show_classes(watched, mix[mix["slot"] == slot], slot, SLOT_COLOURS[index % 6])


def show_sound(watched: Watched) -> None:
    """What is measured of the recordings, over time, with where the training set lies."""
    bucket_s, over_time = _over_time(watched)
    reference = watched.reference
    columns = st.columns(2)
    for index, (quantity, (english, unit)) in enumerate(SOUND.items()):
        name = tr(english)
        chart = lines_over_time(
            over_time, bucket_s, watched.zone, {f"mean_{quantity}": name}, name, unit
        )
        with columns[index % 2]:
            _show(watched, _add_usual(chart, reference, quantity), quantity)
    _show_histogram(watched, "audio_duration", tr("Durations"), tr("duration (s)"))


def _show_classes(watched: Watched, mix: pd.DataFrame, slot: str, colour: str) -> None:
    def behind(clicked: Mapping[str, Any]) -> tuple[LogFilter, str]:
        label = clicked["label"]
        where = replace(watched.where, labels={slot: label}, statuses=["ok"])
        return where, f"{slot.capitalize()} {label}"

    known = watched.reference
    counts = known.slots[slot].counts if known and slot in known.slots else {}
    expected = {label: count / sum(counts.values()) for label, count in counts.items()}
    show_with_requests(watched, class_bars(mix, slot, expected, colour), f"labels {slot}", behind)


def _show_histogram(watched: Watched, quantity: str, title: str, unit: str) -> None:
    histogram = watched.analytics.histogram(quantity, watched.where)

    def behind(clicked: Mapping[str, Any]) -> tuple[LogFilter, str]:
        low, high = clicked["left"], clicked["right"]
        # What lies far outside is counted at the ends.
        bounds = (
            float("-inf") if low <= histogram["left"].min() else low,
            float("inf") if high >= histogram["right"].max() else high,
        )
        where = replace(watched.where, between={quantity: bounds})
        return where, tr(
            "{quantity} from {low:.3g} to {high:.3g}", quantity=title, low=low, high=high
        )

    if histogram.empty:
        st.info(
            tr("{quantity}: no request has such a value.", quantity=title),
            icon=":material/bar_chart_off:",
        )
        return
    show_with_requests(watched, histogram_bars(histogram, title, unit), quantity + " bins", behind)


def _show(watched: Watched, chart: Chart, key: str) -> None:
    """A figure whose points are buckets of time."""
    show_with_requests(watched, chart, key, lambda clicked: _bucket(watched, clicked))


def _bucket(watched: Watched, clicked: Mapping[str, Any]) -> tuple[LogFilter, str]:
    start, end = (datetime.fromisoformat(clicked[name]) for name in ("start", "end"))
    where = watched.where
    narrowed = replace(
        where,
        start=max(start, where.start or start),
        end=min(end, where.end or end),
    )
    return narrowed, f"{start.astimezone(watched.zone):%Y-%m-%d %H:%M:%S}"


def _over_time(watched: Watched) -> tuple[float, pd.DataFrame]:
    bucket_s = watched.analytics.readable_bucket_s(watched.where)
    return bucket_s, watched.analytics.over_time(watched.where, bucket_s)


def _add_usual(chart: Chart, reference: Reference | None, quantity: str) -> Chart:
    usual = reference.numeric.get(quantity) if reference else None
    if usual is None:
        return chart
    return add_band(chart, usual.mean - usual.std, usual.mean + usual.std, tr("training set"))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
