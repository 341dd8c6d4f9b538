"""In what the settings of runs differ."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]

# Of each run its own, and no setting.
_NAME = "train.run_name"


def differing_settings(runs: Mapping[str, Settings]) -> dict[str, dict[str, Any]]:
    """Settings that are not the same in all runs.

    Args:
        runs: name of the run -> its settings, in sections.

    Returns:
        dotted key -> name of the run -> value; a run that lacks the setting is left out there.
    """
    flat = {name: flatten(settings) for name, settings in runs.items()}
    keys = dict.fromkeys(key for settings in flat.values() for key in settings if key != _NAME)
    found = {
        key: {name: settings[key] for name, settings in flat.items() if key in settings}
        for key in keys
    }
    return {key: values for key, values in found.items() if _differ(values, len(runs))}


def flatten(settings: Settings, prefix: str = "") -> dict[str, Any]:
    """Dotted key -> value, as `--set` names them; lists are values."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _differ(values: Mapping[str, Any], n_runs: int) -> bool:
    first = next(iter(values.values()))
    return len(values) < n_runs or any(value != first for value in values.values())
