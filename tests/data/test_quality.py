from typing import Any

import pandas as pd
import pytest

from slu.config import QualityConfig
from slu.data.quality import LEFT_OUT, find_flags

CONFIG = QualityConfig(
    min_duration_s=0.3, max_duration_s=5.0, clipping_share=0.01, silence_peak=0.01
)
GOOD: dict[str, Any] = {
    "sha256": "a", "duration_s": 1.0, "peak": 0.5, "clipped_share": 0.0, "product": "x",
}  # fmt: skip


def flags(*rows: dict[str, Any]) -> list[tuple[str, ...]]:
    return find_flags(pd.DataFrame([GOOD | row for row in rows]), ["product"], CONFIG)


@pytest.mark.parametrize(
    ("facts", "flag"),
    [
        ({"duration_s": 0.29}, "too_short"),
        ({"duration_s": 5.01}, "too_long"),
        ({"peak": 0.009}, "silent"),
        ({"clipped_share": 0.01}, "clipped"),
    ],
)
def test_what_goes_beyond_a_limit_is_flagged_and_kept(facts: dict[str, Any], flag: str) -> None:
    assert flags(facts) == [(flag,)]
    assert flag not in LEFT_OUT


def test_the_limits_themselves_are_good() -> None:
    assert flags({"duration_s": 0.3}, {"sha256": "b", "duration_s": 5.0, "peak": 0.01}) == [(), ()]


def test_all_but_the_first_copy_are_duplicates() -> None:
    assert flags({}, {}, {"sha256": "b"}, {}) == [(), ("duplicate",), (), ("duplicate",)]


def test_the_same_audio_with_other_labels_is_in_conflict_everywhere() -> None:
    assert flags({}, {"product": "y"}, {"sha256": "b"}, {"sha256": "b"}) == [
        ("label_conflict",),
        ("label_conflict", "duplicate"),
        (),
        ("duplicate",),
    ]
    assert {"label_conflict", "duplicate"} == LEFT_OUT


def test_a_recording_can_have_several_flags() -> None:
    assert flags({"duration_s": 0.1, "peak": 0.0}) == [("too_short", "silent")]
