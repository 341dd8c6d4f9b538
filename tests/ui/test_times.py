"""Times in words."""

from datetime import UTC, datetime, timedelta

import pytest

from slu.ui.times import ago, lasting


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (-3, "0 seconds"),
        (0.4, "0 seconds"),
        (1.2, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (160, "3 minutes"),
        (2 * 3600, "2 hours"),
        (47 * 3600, "47 hours"),
        (60 * 3600, "2 days"),
    ],
)
def test_durations(duration_s: float, words: str) -> None:
    assert lasting(duration_s) == words


@pytest.mark.parametrize(
    ("passed_s", "words"), [(-1, "just now"), (4, "just now"), (30, "30 seconds ago")]
)
def test_how_long_ago(passed_s: float, words: str) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)

    assert ago(now - timedelta(seconds=passed_s), now) == words
