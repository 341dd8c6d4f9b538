"""What is wrong with a recording, as far as a machine can tell."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from slu.config import QualityConfig

# A clip with one of these is left out; with any other flag it is kept.
LEFT_OUT = frozenset({"duplicate", "label_conflict"})


def find_flags(
    table: pd.DataFrame, slots: Sequence[str], config: QualityConfig
) -> list[tuple[str, ...]]:
    """Flags of each recording.

    Args:
        table: columns sha256, duration_s, peak, clipped_share and one for each slot.
        slots: label columns.
        config: limits.

    Returns:
        for each row some of `too_short`, `too_long`, `silent`, `clipped`, `duplicate` (the same
        audio as an earlier row) and `label_conflict` (the same audio as a row with other labels).
    """
    conflicts = _conflicting(table, slots)
    seen: Counter[str] = Counter()
    flags = []
    for row in table.itertuples():
        checks = {
            "too_short": row.duration_s < config.min_duration_s,
            "too_long": row.duration_s > config.max_duration_s,
            "silent": row.peak < config.silence_peak,
            "clipped": row.clipped_share >= config.clipping_share,
            "label_conflict": row.sha256 in conflicts,
            "duplicate": seen[row.sha256] > 0,
        }
        seen[row.sha256] += 1
        flags.append(tuple(name for name, holds in checks.items() if holds))
    return flags


def _conflicting(table: pd.DataFrame, slots: Sequence[str]) -> set[str]:
    """Audio that appears with more than one set of labels."""
    meanings = table.drop_duplicates(["sha256", *slots]).groupby("sha256").size()
    return set(meanings[meanings > 1].index)
