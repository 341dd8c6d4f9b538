"""The inference log to look at: read once, and filtered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from slu.config.monitor import MonitorConfig
from slu.data.feedback import Feedback, read_feedback
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.log_filter import EVERYTHING, LogFilter
from slu.monitoring.reference import Reference
from slu.monitoring.shared_log import shared_log
from slu.settings import Settings
from slu.ui.language import mark, tr
from slu.workflows import monitor_config, training_reference

_SPANS = {
    mark("everything"): None,
    mark("last hour"): timedelta(hours=1),
    mark("last day"): timedelta(days=1),
    mark("last week"): timedelta(days=7),
    mark("last 30 days"): timedelta(days=30),
}
_DAYS = mark("some days")
# Ways in which requests come, beside the API and the CLI.
_DOORS = (mark("upload"), mark("record"), mark("live"))


@dataclass(frozen=True)
class Watched:
    """A log, or what the filters leave of it, and what it is judged by."""

    settings: Settings
    config: MonitorConfig
    analytics: LogAnalytics
    corrections: Mapping[str, Feedback]
    zone: tzinfo
    """Of the person who looks."""
    where: LogFilter = EVERYTHING

    @property
    def reference(self) -> Reference | None:
        """Training set of the one version that is looked at, else of the version in use.

        Raises:
            SLUError: the registry or the reference is damaged.
        """
        chosen = self.where.model_versions
        return training_reference(self.settings, chosen[0] if len(chosen) == 1 else None)


def open_watch(settings: Settings) -> Watched:
    """The whole log, as it was a moment ago.

    Raises:
        SLUError: the log or the rules cannot be read.
    """
    log = shared_log(settings.inference_log.resolve())
    return Watched(
        settings=settings,
        config=monitor_config(settings),
        analytics=log.fresh(at_once=st.session_state.pop(_READ_AGAIN, False)),
        corrections=read_feedback(settings.feedback_log),
        zone=_zone(),
    )


_READ_AGAIN = "monitor read again"


def choose(watched: Watched) -> Watched:
    """Let a person narrow the log down."""
    times, sources, versions, button = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
    with times:
        start, end = _choose_times(watched.zone)
    where = LogFilter(
        start=start,
        end=end,
        sources=sources.multiselect(
            tr("Sources"), watched.analytics.sources(), placeholder=tr("all"),
            format_func=door_name, help=tr("The doors that requests came through"),
            key="monitor sources", persist_state="session",
        ),
        model_versions=versions.multiselect(
            tr("Model versions"), watched.analytics.model_versions(), placeholder=tr("all"),
            help=tr("Choose one to compare it with its own training set"),
            key="monitor versions", persist_state="session",
        ),
    )  # fmt: skip
    button.button(
        tr("Refresh"), icon=":material/refresh:", key=_READ_AGAIN, width="stretch",
        help=tr("A long log is read again only now and then by itself"),
    )  # fmt: skip
    return replace(watched, where=where)


def door_name(door: str) -> str:
    """What the way is called in which a request came."""
    return tr(door) if door in _DOORS else door


def _choose_times(zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    choice = st.selectbox(
        tr("Time"), [*_SPANS, _DAYS], format_func=lambda span: tr(span).capitalize(),
        key="monitor time", persist_state="session",
    )  # fmt: skip
    if choice != _DAYS:
        span = _SPANS[choice]
        return (datetime.now(UTC) - span if span else None), None
    today = datetime.now(zone).date()
    days = st.date_input(tr("From, to"), (today - timedelta(days=6), today), key="monitor days")
    # While the second day is not chosen yet, the first one alone.
    first, last = (days[0], days[-1]) if isinstance(days, tuple) and days else (today, today)
    midnight = time(tzinfo=zone)
    return datetime.combine(first, midnight), datetime.combine(last + timedelta(days=1), midnight)


def _zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
