"""Levels in decibels."""


def amplitude_ratio(level_db: float) -> float:
    """Decibels as a ratio of amplitudes: -20 dB is 0.1."""
    return float(10.0 ** (level_db / 20.0))
