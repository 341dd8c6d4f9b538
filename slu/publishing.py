"""A trained run becomes a version: judged, described and entered in the registry."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slu.data.labels import file_stem, label_map_path
from slu.evaluation.card import CARD_NAME, format_card
from slu.evaluation.evaluation import evaluate
from slu.evaluation.report import ReportPaths
from slu.files import replacing
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry, sha256_of
from slu.training.lesson import HELD_BACK
from slu.training.run import CONFIG_NAME, HISTORY_NAME, ONNX_NAME, REFERENCE_NAME
from slu.training.trainer import BEST_NAME
from slu.training.utterances import Corpus


def publish_run(
    folder: Path,
    config: dict[str, Any],
    corpus: Corpus,
    registry: Registry,
    progress: Callable[[int, int], None],
) -> RegistryEntry:
    """Score a trained run on validation and test clips, write its card and register it.

    The first version of a project is promoted, so that there is something to talk to. Done again
    after an interruption, it starts anew.

    Args:
        folder: of the run.
        config: content of its `config.json`.
        corpus: what it was trained on.
        registry: gets the version.
        progress: told after each recording.

    Raises:
        SLUError: a recording's table or the registry cannot be used.
    """
    metrics = _evaluate(folder, config, corpus, registry.project_root, progress)
    entry = _entry(folder, config, metrics, registry)
    judged = corpus.split(list(metrics)[-1])
    card = format_card(entry, folder, synthetic=bool((judged["source"] == "synthetic").all()))
    with replacing(folder / CARD_NAME) as temporary:
        temporary.write_text(card, "utf-8")
    registry.add(entry)
    if registry.latest_version() is None:
        registry.promote(entry.version)
    return entry


def _evaluate(
    folder: Path,
    config: dict[str, Any],
    corpus: Corpus,
    root: Path,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Metrics by split; the files are about the test clips where there are any."""
    predictor = Predictor(folder / ONNX_NAME, config)
    paths = ReportPaths.in_folder(folder, predictor.slots)
    metrics: dict[str, Any] = {}
    # A version travels: what it says about its clips names no folder of this computer.
    clips = Path(os.path.relpath(corpus.folder, root))
    for split in (HELD_BACK, "val", "test"):
        rows = corpus.split(split)
        if not rows.empty:
            located = rows.assign(path=[(clips / path).as_posix() for path in rows["path"]])
            facts = {"version": predictor.version, "split": split}
            metrics[split] = evaluate(predictor, located, paths, facts, progress, root).metrics
    return metrics


def _entry(
    folder: Path, config: dict[str, Any], metrics: dict[str, Any], registry: Registry
) -> RegistryEntry:
    slots = tuple(config["labels"])
    paths = ReportPaths.in_folder(folder, slots)
    name = registry.relative
    hashed = [name(folder / file) for file in (BEST_NAME, ONNX_NAME, CONFIG_NAME)]
    label_maps = {
        f"label_map_{slot}": name(label_map_path(folder, slot))
        for slot in ("product", "quantity")
        if slot in slots
    }
    return RegistryEntry(
        version=config["version"],
        model_path=hashed[0],
        onnx_path=hashed[1],
        config_path=hashed[2],
        sha256={file: sha256_of(registry.resolve(file)) for file in hashed},
        data_cfg=config["data"],
        preprocess_cfg=config["preprocess"],
        model_cfg=config["model"],
        train_cfg=config["train"],
        **label_maps,
        metrics=metrics,
        artifacts={
            "history": name(folder / HISTORY_NAME),
            "metrics": name(paths.metrics),
            "report": name(paths.report),
            "predictions": name(paths.predictions),
            "reference": name(folder / REFERENCE_NAME),
            "model_card": name(folder / CARD_NAME),
            **{f"confusion_{file_stem(slot)}": name(paths.confusions[slot]) for slot in slots},
        },
        created_at=config["created_at"],
        git_commit=config["git_commit"],
        data_fingerprint=config["data_fingerprint"],
        parent=config.get("adaptation", {}).get("base") or registry.latest_version(),
    )
