"""The report as one HTML file with everything inside."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from html import escape

import pandas as pd

from slu.monitoring.findings import Findings

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
       color: #1b1f24; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #d0d7de; padding: .3rem .8rem; text-align: left; }
td { font-variant-numeric: tabular-nums; }
img { max-width: 100%; }
.warning, .critical { border-left: 4px solid #E69F00; padding: .3rem .8rem; margin: .5rem 0; }
.critical { border-color: #D55E00; }
"""


def render_page(findings: Findings, images: Mapping[str, bytes]) -> str:
    """Write the page.

    Args:
        findings: what it tells.
        images: what a figure shows -> PNG file; they are put into the page.
    """
    sections = [
        _section("Requests", _overview(findings)),
        _section("Alerts", _alerts(findings)),
        _section("Model versions", _table(findings.models)),
        _section("Accuracy from corrections", _accuracy(findings)),
        _section("Figures", "".join(_figure(name, png) for name, png in images.items())),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Monitoring report</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Monitoring report</h1>\n{''.join(sections)}</body>\n</html>\n"
    )


def _overview(findings: Findings) -> str:
    summary = findings.summary
    outcomes = ", ".join(f"{count} {status}" for status, count in summary.status_counts.items())
    facts = {
        "requests": f"{summary.rows} ({outcomes})",
        "first and last (UTC)": f"{_time(summary.first_ts)} – {_time(summary.last_ts)}",
        "latency p50, p95, p99 (ms)": ", ".join(
            _number(value)
            for value in (summary.p50_latency_ms, summary.p95_latency_ms, summary.p99_latency_ms)
        ),
        "mean confidence": _number(summary.mean_confidence),
        "torn or foreign lines": str(summary.malformed_lines),
    }
    rows = (
        f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def _alerts(findings: Findings) -> str:
    lines = [
        f'<p class="{alert.severity}">{alert.severity}: {escape(alert.message)}</p>'
        for alert in findings.alerts
    ]
    return "".join(lines) or "<p>None.</p>"


def _accuracy(findings: Findings) -> str:
    if findings.accuracy.empty:
        return "<p>No request has been corrected or confirmed yet.</p>"
    return _table(findings.accuracy)


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{content}\n"


def _table(table: pd.DataFrame) -> str:
    html: str = table.to_html(index=False, border=0, na_rep="–", float_format="{:.3f}".format)
    return html


def _figure(name: str, png: bytes) -> str:
    return (
        f'<p><img alt="{escape(name)}" src="data:image/png;base64,{b64encode(png).decode()}"></p>\n'
    )


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else "–"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
