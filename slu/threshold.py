"""Another point of rejection for a version: a new version with the same graph."""

import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from slu.data.labels import file_stem
from slu.errors import RegistryError
from slu.evaluation.card import CARD_NAME, format_card
from slu.evaluation.predictions import predicted_column, read_predictions
from slu.evaluation.report import ReportPaths, write_report
from slu.evaluation.scores import score
from slu.files import replacing, write_json
from slu.registry import Registry, RegistryEntry, sha256_of

_NAMED_AFTER_THRESHOLD = re.compile(r"-t\d\.\d+$")
_LONGEST_NAME = 56


def threshold_version(version: str, threshold: float) -> str:
    """What the version with another threshold is called: `m1_best-t0.420`."""
    base = _NAMED_AFTER_THRESHOLD.sub("", version)
    return f"{base[:_LONGEST_NAME]}-t{threshold:.3f}"


def set_threshold(
    registry: Registry, artifacts_dir: Path, version: str, threshold: float
) -> RegistryEntry:
    """Make a version that differs from another in its rejection threshold alone.

    It shares the graph and the weights; its folder gets `config.json` and what follows from the
    threshold: scores, predictions and card, from the predictions of the version it comes from.

    Args:
        registry: gets the new version.
        artifacts_dir: gets its folder.
        version: that it comes from.
        threshold: joint confidence below which an answer is rejected, 0 to 1.

    Raises:
        RegistryError: the threshold is out of range, the version unusable, or the new one exists.
        DataError: the predictions of the version are missing or damaged.
    """
    if not 0.0 <= threshold <= 1.0:
        raise RegistryError(f"a threshold lies between 0 and 1, not at {threshold:g}")
    source = registry.get(version)
    registry.verify(source)
    name = threshold_version(version, threshold)
    registry.check_new(name)
    config = registry.config(source)
    config |= {
        "version": name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rejection_threshold": threshold,
        "made_from": config.get("made_from", version),
    }
    folder = artifacts_dir / name
    predictions = _decide_again(registry, source, tuple(config["labels"]), threshold)
    entry = _write_version(registry, source, config, predictions, folder)
    is_synthetic = bool((predictions["source"] == "synthetic").all())
    with replacing(folder / CARD_NAME) as temporary:
        temporary.write_text(format_card(entry, folder, synthetic=is_synthetic), "utf-8")
    registry.add(entry)
    return entry


def _decide_again(
    registry: Registry, source: RegistryEntry, slots: tuple[str, ...], threshold: float
) -> pd.DataFrame:
    """The predictions of a version as they would be with another threshold."""
    name = source.artifacts.get("predictions")
    if name is None:
        raise RegistryError(f"version {source.version} has no predictions; train again")
    table = read_predictions(registry.resolve(name), slots)
    is_usable = table[predicted_column(slots[0])] != ""
    table["accepted"] = is_usable & (table["joint_confidence"] >= threshold)
    doubt = table["problem"].where(table["problem"] != "", "not understood")
    table["problem"] = doubt.where(~table["accepted"], "")
    return table


def _write_version(
    registry: Registry,
    source: RegistryEntry,
    config: Mapping[str, Any],
    predictions: pd.DataFrame,
    folder: Path,
) -> RegistryEntry:
    """Write the folder of the new version but for its card, and describe it."""
    slots = tuple(config["labels"])
    config_file = folder / Path(source.config_path).name
    write_json(config_file, dict(config))
    paths = ReportPaths.in_folder(folder, slots)
    split = list(source.metrics)[-1]
    facts = {"version": config["version"], "split": split}
    metrics = write_report(score(predictions, slots), predictions, facts, paths)
    history = registry.resolve(source.artifacts["history"])
    shutil.copyfile(history, folder / history.name)
    config_path = registry.relative(config_file)
    shared = {path: source.sha256[path] for path in source.sha256 if path != source.config_path}
    own = {
        "metrics": paths.metrics,
        "report": paths.report,
        "predictions": paths.predictions,
        "history": folder / history.name,
        "model_card": folder / CARD_NAME,
        **{f"confusion_{file_stem(slot)}": path for slot, path in paths.confusions.items()},
    }
    return source.model_copy(
        update={
            "version": config["version"],
            "created_at": config["created_at"],
            "config_path": config_path,
            "sha256": shared | {config_path: sha256_of(config_file)},
            "metrics": {split: metrics},
            "artifacts": source.artifacts | {key: registry.relative(p) for key, p in own.items()},
            "parent": source.version,
        }
    )
