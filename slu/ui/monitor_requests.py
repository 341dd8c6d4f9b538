"""The requests behind a point of a figure."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from slu.data.feedback import Feedback
from slu.monitoring.log_filter import LogFilter
from slu.ui.language import mark, tr, trn
from slu.ui.markdown import plain
from slu.ui.monitor import Watched, door_name
from slu.ui.sentences import translated
from slu.ui.vega import Chart

_MOST = 200
_TABLE_PX = 360
_MOST_UNBOXED = 8
# What becomes of a request, as the log names it.
_RESULTS = mark("ok"), mark("rejected"), mark("error")

Behind = Callable[[Mapping[str, Any]], tuple[LogFilter, str]]
"""From what a click tells to the requests that are meant, and what they are called."""


@st.fragment
def show_with_requests(watched: Watched, chart: Chart, key: str, behind: Behind) -> None:
    """Draw a figure and, below it, the requests behind a click, which reruns only this."""
    clicked = chart.show_clickable(f"monitor chart {key}")
    if clicked is not None:
        where, title = behind(clicked)
        show_requests(watched, where, title, f"monitor {key} requests")


def show_requests(watched: Watched, where: LogFilter, title: str, key: str) -> None:
    """A table of requests, newest first."""
    count = watched.analytics.count(where)
    st.markdown(f"**{plain(title)}**: {_number(count)}")
    if count:
        rows = _readable(watched, watched.analytics.rows(where, _MOST))
        st.dataframe(
            rows,
            hide_index=True,
            height=_TABLE_PX if len(rows) > _MOST_UNBOXED else "content",
            key=key,
            column_config=_columns(),
        )


def _number(count: int) -> str:
    if count > _MOST:
        return tr("{count:,} requests, of which the newest {most}", count=count, most=_MOST)
    return trn("{n} request", "{n:,} requests", count)


def _readable(watched: Watched, rows: pd.DataFrame) -> pd.DataFrame:
    times = rows["ts"].dt.tz_convert(watched.zone).dt.tz_localize(None)
    return pd.DataFrame(
        {
            "time": times,
            "result": rows["status"].replace({status: tr(status) for status in _RESULTS}),
            "understood": [_labels(text) for text in rows["prediction"]],
            "corrected": [_corrected(watched.corrections.get(i)) for i in rows["request_id"]],
            "confidence": rows["joint_confidence"],
            "latency": rows["latency_ms"],
            "duration": rows["audio_duration"],
            "SNR": rows["snr_db"],
            "source": rows["source"].map(door_name),
            "model": rows["model_version"],
            "reason": rows["error"].map(translated, na_action="ignore"),
            "request id": rows["request_id"],
        }
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "time": st.column_config.DatetimeColumn(tr("time"), format="YYYY-MM-DD HH:mm:ss"),
        "confidence": number(tr("confidence"), format="percent"),
        "latency": number(tr("latency"), format="%.1f ms"),
        "duration": number(tr("duration"), format="%.2f s"),
        "SNR": number(format="%.0f dB", help=tr("Speech above noise")),
        "result": tr("result"),
        "understood": tr("understood"),
        "corrected": tr("corrected"),
        "source": tr("source"),
        "model": tr("model"),
        "reason": tr("reason"),
        "request id": tr("request id"),
    }


def _labels(text: object) -> str:
    try:
        labels = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return ""
    return " · ".join(map(str, labels.values())) if isinstance(labels, dict) else ""


def _corrected(feedback: Feedback | None) -> str:
    return " · ".join(feedback.labels.values()) if feedback else ""
