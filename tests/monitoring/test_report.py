import json
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from slu.data.feedback import read_feedback
from slu.errors import DataError
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.inference_log import InferenceRecord
from slu.monitoring.reference import Reference
from slu.monitoring.report import write_report

START = datetime(2025, 6, 1, tzinfo=UTC)

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def log_path(
    make_record: Callable[..., InferenceRecord],
    write_log: Callable[..., Path],
    sample_requests: Callable[..., pd.DataFrame],
) -> Path:
    """300 requests, the last of them failed."""
    requests = sample_requests(np.random.default_rng(2), 299)
    names = ["audio_duration", "mel_mean", "mel_std", "snr_db", "joint_confidence"]
    records = [
        make_record(
            60 * number,
            latency_ms=float(number),
            prediction={slot: row[slot] for slot in ("product", "quantity")},
            **{name: row[name] for name in names},
        )
        for number, row in enumerate(requests.to_dict("records"))
    ]
    failed = InferenceRecord(
        ts=(START + timedelta(minutes=300)).isoformat(), request_id="failed", source="upload",
        status="error", latency_ms=299.0, error="<script>alert(1)</script>",
    )  # fmt: skip
    return write_log(*records, failed)


def read_strictly(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    content: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    return content


def test_everything_is_written(tmp_path: Path, log_path: Path, reference: Reference) -> None:
    folder = tmp_path / "report"
    summary = write_report(log_path, folder, max_classes=5, reference=reference, now=START)
    drifts = {f"drift_{column}.png" for column in [*reference.numeric, "product", "qty"]}
    assert {path.name for path in folder.iterdir()} == drifts | {
        "latency_histogram.png", "duration_histogram.png", "confidence_histogram.png",
        "traffic.png", "latency.png", "class_counts_product.png", "class_counts_qty.png",
        "class_counts.csv", "summary.json", "report.html",
    }  # fmt: skip
    assert all(path.read_bytes().startswith(PNG) for path in folder.glob("*.png"))
    assert read_strictly(folder / "summary.json") == summary
    assert set(summary["drift"]) == {*reference.numeric, *reference.slots}
    assert not any(drift["alert"] for drift in summary["drift"].values())


def test_summary_is_right(tmp_path: Path, log_path: Path) -> None:
    summary = write_report(log_path, tmp_path / "report", now=START)
    assert summary["rows"] == 300
    assert summary["mean_latency_ms"] == pytest.approx(149.5)
    assert summary["p95_latency_ms"] == pytest.approx(284.05)
    assert 0.85 < summary["mean_confidence"] < 0.95
    assert summary["status_counts"] == {"ok": 299, "rejected": 0, "error": 1}
    assert summary["error_rate"] == pytest.approx(1 / 300, abs=1e-6)
    assert summary["rejection_rate"] == 0
    assert summary["malformed_lines"] == 0
    assert summary["first_ts"] == "2025-06-01T00:00:00.000Z"
    assert summary["drift"] == {}


def test_class_counts_add_up(tmp_path: Path, log_path: Path) -> None:
    write_report(log_path, tmp_path / "report", max_classes=2, now=START)
    counts = pd.read_csv(tmp_path / "report" / "class_counts.csv", dtype={"label": str})
    assert counts.groupby("slot")["requests"].sum().to_dict() == {"product": 299, "quantity": 299}
    assert list(counts.columns) == ["slot", "label", "requests", "share"]


def test_the_page_opens_offline(tmp_path: Path, log_path: Path) -> None:
    feedback = FeedbackLog(tmp_path / "feedback.jsonl")
    feedback.append("request-60", {"product": "nothing"})
    corrections, folder = read_feedback(feedback.path), tmp_path / "report"
    now = START + timedelta(days=30)
    write_report(log_path, folder, corrections=corrections, now=now)
    page = (folder / "report.html").read_text("utf-8")
    assert not re.search(r"https?://|<script|<link|src=\"(?!data:)", page)
    images = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert len(images) == len(list(folder.glob("*.png")))
    assert all(b64decode(image).startswith(PNG) for image in images)
    assert "no request has come for" in page
    assert "(all)" in page


def test_strange_labels_and_slots_are_only_text(
    tmp_path: Path, make_record: Callable[..., InferenceRecord], write_log: Callable[..., Path]
) -> None:
    record = make_record(prediction={"../../<b>": "$x^{", "product": "a&b"}, model_version="<i>")
    folder = tmp_path / "report"
    write_report(write_log(record), folder, now=START)
    assert len(list(folder.glob("class_counts_*.png"))) == 2
    page = (folder / "report.html").read_text("utf-8")
    assert "<b>" not in page
    assert "<i>" not in page


def test_a_log_without_an_answer_still_makes_a_report(
    tmp_path: Path, write_log: Callable[..., Path]
) -> None:
    record = InferenceRecord(START.isoformat(), "a", "api", "error", 3.0, error="not a recording")
    summary = write_report(write_log(record), tmp_path / "report", now=START)
    assert summary["mean_confidence"] is None
    assert (tmp_path / "report" / "confidence_histogram.png").exists()
    assert read_strictly(tmp_path / "report" / "summary.json")["rows"] == 1


@pytest.mark.parametrize("content", [None, "", "no request\n"])
def test_nothing_to_tell_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "inference.log"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(DataError, match="make a prediction first"):
        write_report(path, tmp_path / "report")
    assert not (tmp_path / "report").exists()
