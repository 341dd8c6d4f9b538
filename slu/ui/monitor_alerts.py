"""What is not right just now."""

from datetime import UTC, datetime

import streamlit as st

from slu.monitoring.alerts import MESSAGES, check
from slu.ui.language import tr
from slu.ui.markdown import plain
from slu.ui.monitor import Watched
from slu.ui.times import lasting


def show_alerts(watched: Watched) -> None:
    """Hold the rules against the whole log, whatever is filtered."""
    rules = watched.config.alerts
    alerts = check(
        watched.analytics,
        watched.config,
        watched.reference,
        datetime.now(UTC),
        {rule: tr(text) for rule, text in MESSAGES.items()},
    )
    for alert in alerts:
        show = st.error if alert.severity == "critical" else st.warning
        show(_sentence(alert.message), icon=":material/notification_important:")
    if not alerts:
        window = lasting(60 * rules.window_minutes)
        st.success(
            tr(
                "No alert. Speed, errors and confidence are those of the last {window}, drift that "
                "of the newest {count} requests.",
                window=window,
                count=watched.config.drift.chunk_size,
            ),
            icon=":material/check_circle:",
        )


def _sentence(message: str) -> str:
    return plain(f"{message[:1].upper()}{message[1:]}.")
