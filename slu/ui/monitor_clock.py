"""Times on the axes of the Monitor page's figures, as the clock of the person who looks shows them.

Vega-Lite shifts times that have no zone. So axes get milliseconds of what the clock shows, as if it
were in UTC, and clicks tell moments in UTC as texts.
"""

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from slu.monitoring.drift import ChunkDrift
from slu.ui.language import tr
from slu.ui.vega import Spec

_FORMATS = {
    "year": "%Y", "quarter": "%b", "month": "%b", "week": "%d %b", "day": "%d %b", "date": "%d %b",
    "hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S", "milliseconds": "%H:%M:%S",
}  # fmt: skip
# So few that all have labels: left out would be every other one, and that may be each day's name.
_TICKS = {"expr": "ceil(width / 90)"}
# More of them lie so close together that they hide the line.
_MOST_POINTS = 60
# Of a chunk that is alone.
_REACH_MS = 60_000.0


def clock_axis(field: str, zone: tzinfo) -> Spec:
    """An axis for milliseconds that `buckets` or `chunks_in_time` gave."""
    return {
        "field": field, "type": "temporal", "title": tr("time ({zone})", zone=zone),
        "scale": {"type": "utc"},
        "axis": {"format": _FORMATS, "grid": False, "tickCount": _TICKS},
    }  # fmt: skip


def buckets(starts: pd.Series, bucket_s: float, zone: tzinfo) -> pd.DataFrame:
    """Where buckets of time lie on the axis, and what a click on them tells.

    Returns:
        for each `start`: `left`, `middle` and `right` in milliseconds, `time` as people read it,
        and `start` and `end` in UTC.
    """
    left = _clock_ms(starts, zone)
    ends = starts + pd.Timedelta(seconds=bucket_s)
    return pd.DataFrame(
        {
            "left": left, "middle": left + 500 * bucket_s, "right": left + 1000 * bucket_s,
            "time": _clock_texts(starts, zone),
            "start": [start.isoformat() for start in starts],
            "end": [end.isoformat() for end in ends],
        }
    )  # fmt: skip


def pieces(starts: pd.Series, bucket_s: float) -> pd.DataFrame:
    """Which unbroken piece of a line each bucket belongs to, and whether a point marks it."""
    piece = (starts.diff() > pd.Timedelta(seconds=bucket_s)).cumsum()
    is_alone = piece.groupby(piece).transform("size") == 1
    return pd.DataFrame({"piece": piece, "is_point": is_alone | (len(piece) <= _MOST_POINTS)})


def chunks_in_time(chunks: Sequence[ChunkDrift], zone: tzinfo) -> pd.DataFrame:
    """Where chunks of drift lie: at their ends, reaching half-way to their neighbours.

    Returns:
        as `buckets` and `pieces` do.
    """
    ends = pd.Series([chunk.end for chunk in chunks])
    middle = _clock_ms(ends, zone)
    half = middle.diff() / 2
    before, after = half.bfill().fillna(_REACH_MS), half.shift(-1).ffill().fillna(_REACH_MS)
    return pd.DataFrame(
        {
            "left": middle - before, "middle": middle, "right": middle + after,
            "time": _clock_texts(ends, zone), "piece": 0, "is_point": True,
            "start": [chunk.start.isoformat() for chunk in chunks],
            "end": [chunk.end.isoformat() for chunk in chunks],
        }
    )  # fmt: skip


def _clock_ms(times: pd.Series, zone: tzinfo) -> pd.Series:
    on_clock = times.dt.tz_convert(zone).dt.tz_localize(None)
    milliseconds: pd.Series = (on_clock - pd.Timestamp(0)) / pd.Timedelta(milliseconds=1)
    return milliseconds


def _clock_texts(times: pd.Series, zone: tzinfo) -> list[str]:
    return [f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}" for time in times]
