"""Times in words."""

from datetime import datetime

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def lasting(duration_s: float) -> str:
    """A duration as it is told: `40 seconds`, `3 minutes`, `2 hours`."""
    seconds = max(0, round(duration_s))
    for unit_s, name in _UNITS:
        # Two of a unit say more than one: 90 seconds, then 2 minutes.
        if seconds >= 2 * unit_s:
            return f"{round(seconds / unit_s)} {name}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was."""
    passed_s = (now - moment).total_seconds()
    return "just now" if passed_s < 5 else f"{lasting(passed_s)} ago"
