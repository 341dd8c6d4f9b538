"""The monitoring report: figures, `class_counts.csv`, `summary.json` and `report.html`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from slu.config.monitor import MonitorConfig
from slu.data.feedback import Feedback
from slu.data.labels import file_stem
from slu.errors import DataError
from slu.files import replacing, write_csv, write_json
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.figures import (
    draw_class_counts,
    draw_drift,
    draw_histogram,
    draw_latency,
    draw_traffic,
    to_png,
)
from slu.monitoring.findings import Findings, gather
from slu.monitoring.reference import Reference
from slu.monitoring.report_page import render_page

# File name -> quantity, and how its axis is named.
_HISTOGRAMS = {
    "latency_histogram": ("latency_ms", "latency (ms)"),
    "duration_histogram": ("audio_duration", "duration (s)"),
    "confidence_histogram": ("joint_confidence", "confidence"),
}


def write_report(
    log_path: Path,
    output_dir: Path,
    max_classes: int = 20,
    *,
    config: MonitorConfig | None = None,
    reference: Reference | None = None,
    corrections: Mapping[str, Feedback] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Judge the whole log and write what was found.

    Args:
        log_path: `logs/inference.log`; its rotated files belong to it.
        output_dir: gets `latency_histogram.png`, `duration_histogram.png`,
            `confidence_histogram.png`, `traffic.png`, `latency.png`, `class_counts_<slot>.png`,
            `drift_<column>.png`, `class_counts.csv`, `summary.json` and `report.html`.
        max_classes: bars in the figure of a slot; rarer labels share one.
        config: chunk size, thresholds and alert rules.
        reference: of the model in use; without it there is nothing about drift.
        corrections: as `read_feedback` gives them.
        now: the time that silence is counted from, with its zone; none: the clock's.

    Returns:
        the content of `summary.json`.

    Raises:
        DataError: the log is missing, holds no request, or may not be read.
    """
    analytics = LogAnalytics(log_path)
    config, now = config or MonitorConfig(), now or datetime.now(UTC)
    findings = gather(analytics, config, reference, corrections or {}, now)
    if findings.summary.rows == 0:
        raise DataError(
            f"{log_path} holds no request yet; make a prediction first, or give another log"
        )
    images = {
        name: to_png(figure) for name, figure in _draw(analytics, findings, max_classes).items()
    }
    _write(output_dir, findings, images)
    return findings.to_json()


def _draw(analytics: LogAnalytics, findings: Findings, max_classes: int) -> dict[str, Figure]:
    bucket_s = analytics.readable_bucket_s()
    over_time = analytics.over_time(bucket_s=bucket_s)
    histograms = {
        name: draw_histogram(analytics.histogram(quantity), label)
        for name, (quantity, label) in _HISTOGRAMS.items()
    }
    mix = findings.class_mix
    classes = {
        f"class_counts_{_stem(slot)}": draw_class_counts(mix, slot, max_classes)
        for slot in mix["slot"].unique()
    }
    drifts = {
        f"drift_{_stem(column)}": draw_drift(findings.drift, column)
        for column in _drift_columns(findings)
    }
    times = {"traffic": draw_traffic(over_time, bucket_s), "latency": draw_latency(over_time)}
    return {**times, **histograms, **classes, **drifts}


def _drift_columns(findings: Findings) -> list[str]:
    return list(dict.fromkeys(part.column for chunk in findings.drift for part in chunk.columns))


def _stem(name: str) -> str:
    # Slots come from the log; whatever they are called must not lead out of the folder.
    return re.sub(r"[^\w-]", "_", file_stem(name))


def _write(output_dir: Path, findings: Findings, images: Mapping[str, bytes]) -> None:
    for name, png in images.items():
        with replacing(output_dir / f"{name}.png") as temporary:
            temporary.write_bytes(png)
    write_csv(output_dir / "class_counts.csv", findings.class_mix)
    write_json(output_dir / "summary.json", findings.to_json())
    with replacing(output_dir / "report.html") as temporary:
        temporary.write_text(render_page(findings, images), "utf-8")
