"""Times in words."""

from datetime import datetime

from slu.ui.language import tr, trn

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def lasting(duration_s: float) -> str:
    """A duration as it is told: `40 seconds`, `3 minutes`, `2 hours`."""
    seconds = max(0, round(duration_s))
    # Two of a unit say more than one: 90 seconds, then 2 minutes.
    if seconds >= 2 * _DAY_S:
        return trn("{n} day", "{n} days", round(seconds / _DAY_S))
    if seconds >= 2 * _HOUR_S:
        return trn("{n} hour", "{n} hours", round(seconds / _HOUR_S))
    if seconds >= 2 * _MINUTE_S:
        return trn("{n} minute", "{n} minutes", round(seconds / _MINUTE_S))
    return trn("{n} second", "{n} seconds", seconds)


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was."""
    passed_s = (now - moment).total_seconds()
    return tr("just now") if passed_s < 5 else tr("{duration} ago", duration=lasting(passed_s))
