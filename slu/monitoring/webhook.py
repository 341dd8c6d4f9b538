"""Alerts posted to a webhook when they begin and when they end."""

import json
import logging
import urllib.request
from typing import Any

from slu.config.monitor import WebhookConfig
from slu.monitoring.alert_state import AlertState

_LOGGER = logging.getLogger(__name__)


def tell_webhook(config: WebhookConfig, state: AlertState) -> AlertState:
    """Post what is new; what cannot be delivered is tried again after the next check.

    Args:
        config: where to post to.
        state: with what the webhook knows already.

    Returns:
        the same, with what it knows now.
    """
    if config.url is None or not (state.begun or state.ended):
        return state
    request = urllib.request.Request(
        str(config.url),
        json.dumps(_message(state), ensure_ascii=False).encode(),
        {"Content-Type": "application/json", "User-Agent": "slu-studio"},
    )
    try:
        with urllib.request.urlopen(request, timeout=config.timeout_s):
            return state.all_told()
    except (OSError, ValueError) as error:
        _LOGGER.warning(
            "the webhook did not take the alerts (%s); they are sent again later", error
        )
        return state


def _message(state: AlertState) -> dict[str, Any]:
    """`text` is what chat programs show; the other fields are for programs."""
    begun = [f"{alert.severity}: {alert.message}" for alert in state.begun]
    ended = [f"over: {name}" for name in state.ended]
    return {
        "text": "\n".join(["SLU Studio", *begun, *ended]),
        "checked_at": state.checked_at,
        "begun": [vars(alert) for alert in state.begun],
        "ended": state.ended,
        "alerts": [vars(alert) | {"since": state.since[alert.name]} for alert in state.alerts],
    }
