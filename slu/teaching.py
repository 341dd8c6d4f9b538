"""A version is taught the voices of a few recordings: a new version, beside the old one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from slu.audio.front_end import make_front_end
from slu.config import MODEL_CONFIG, AdaptConfig, TrainConfig
from slu.data.metadata import is_order
from slu.errors import ModelError
from slu.evaluation.predictions import predict_table
from slu.evaluation.teaching import BeforeAfter, TeachingReport, before_after, write_report
from slu.inference import Predictor
from slu.models.factory import Model, build_model
from slu.publishing import publish_run
from slu.registry import Registry, RegistryEntry
from slu.training.adapt import adapt
from slu.training.checkpoint import load_weights
from slu.training.lesson import Lesson
from slu.training.run import HISTORY_NAME, ONNX_NAME, Run
from slu.training.trainer import Interrupted, Record, validate
from slu.training.utterances import Corpus, UtteranceDataset
from slu.workflows.listening import TrainListener

# Of the corpus, when it is looked whether something was forgotten.
_MOST_CLIPS = 300


def teach(
    base: RegistryEntry,
    lesson: Lesson,
    config: AdaptConfig,
    registry: Registry,
    folder: Path,
    listener: TrainListener,
) -> TeachingReport:
    """Train on a lesson, register the new version, and compare it with the old one.

    After an error or an interruption everything is as it was.

    Args:
        base: the version that is taught; it stays as it is.
        lesson: recordings, and the corpus that they are mixed with.
        config: how.
        registry: gets the new version.
        folder: of the new version's run; its name is that of the version.
        listener: told how it goes, and asked whether to stop.

    Raises:
        ModelError: the folder exists, the loss is not finite, or the listener said stop.
        RegistryError: the old version was altered or the new one exists.
    """
    registry.verify(base)
    registry.check_new(folder.name)
    if folder.exists():
        raise ModelError(f"{folder} exists already; choose another adapt.run_name")
    listener.on_start(folder.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".teaching.", suffix=".tmp") as workplace:
        run = _run(base, lesson, config, Path(workplace) / folder.name)
        content = _learn(run, base, lesson, config, registry, listener)
        report = _compare(run, content, base, lesson, config, registry, listener)
        write_report(run.folder, report)
        run.folder.rename(folder)
    try:
        publish_run(folder, content, lesson.corpus, registry, _evaluated(listener))
    except BaseException:
        if not registry.path_of(folder.name).exists():
            shutil.rmtree(folder)
        raise
    return report


def load_model(registry: Registry, entry: RegistryEntry, corpus: Corpus) -> Model:
    """The network of a version, as it can be trained on.

    Args:
        registry: where the version is.
        entry: the version.
        corpus: whose labels and features it knows.

    Raises:
        ModelError: its weights are missing or damaged.
    """
    n_labels = {slot: len(labels) for slot, labels in corpus.labels.items()}
    n_features = make_front_end(corpus.preprocess).n_features
    model = build_model(MODEL_CONFIG.validate_python(entry.model_cfg), n_features, n_labels)
    model.load_state_dict(load_weights(registry.resolve(entry.model_path)))
    return model


def _run(base: RegistryEntry, lesson: Lesson, config: AdaptConfig, folder: Path) -> Run:
    """The new version's run, trained as the old one was but for the seed."""
    folder.mkdir()
    changes = {"run_name": folder.name, "seed": config.seed}
    train_config = TrainConfig.model_validate(base.train_cfg | changes)
    return Run(folder, lesson.corpus, MODEL_CONFIG.validate_python(base.model_cfg), train_config)


def _learn(
    run: Run,
    base: RegistryEntry,
    lesson: Lesson,
    config: AdaptConfig,
    registry: Registry,
    listener: TrainListener,
) -> dict[str, Any]:
    """Train and finish the run; returns the content of its `config.json`."""
    model = load_model(registry, base, lesson.corpus)
    record = adapt(
        model,
        lesson,
        config,
        run.train_config,
        on_listen=listener.on_listen,
        on_step=listener.on_step,
        should_stop=listener.should_stop,
    )
    _write_history(run, model, record)
    heard = {*registry.config(base).get("heard", ()), *lesson.corpus.heard}
    return run.finish(
        model,
        {
            "heard": sorted(heard),
            "adaptation": {
                "base": base.version,
                "recordings": len(lesson.recordings),
                "held_back": sorted(lesson.held_back["id"]),
                "settings": config.model_dump(mode="json"),
            },
        },
    )


def _write_history(run: Run, model: Model, record: Record) -> None:
    """One line, as if it was one epoch."""
    corpus, train_config = run.corpus, run.train_config
    val = UtteranceDataset(corpus, corpus.split("val"), None, train_config.seed)
    scores = validate(model, val, tuple(corpus.labels), train_config.batch_size)
    line = json.dumps({"epoch": 1, **record, **scores})
    (run.folder / HISTORY_NAME).write_text(line + "\n", "utf-8")


def _compare(
    run: Run,
    content: dict[str, Any],
    base: RegistryEntry,
    lesson: Lesson,
    config: AdaptConfig,
    registry: Registry,
    listener: TrainListener,
) -> TeachingReport:
    before = Predictor.from_entry(registry, base)
    after = Predictor(run.folder / ONNX_NAME, content)
    others = pd.concat([lesson.corpus.split(split) for split in ("val", "test")])
    others = others[is_order(others, before.slots)]
    if len(others) > _MOST_CLIPS:
        others = others.sample(_MOST_CLIPS, random_state=config.seed)
    held_back, progress = lesson.held_back, _evaluated(listener)

    def on_both(rows: pd.DataFrame) -> BeforeAfter:
        located = rows.assign(path=[str(lesson.corpus.folder / path) for path in rows["path"]])
        old, new = (predict_table(predictor, located, progress) for predictor in (before, after))
        return before_after(old, new, before.slots)

    return TeachingReport(
        version=run.version,
        base=base.version,
        recordings=len(lesson.recordings),
        speakers=int(lesson.recordings["speaker"].nunique()),
        held_back=None if held_back.empty else on_both(held_back),
        corpus=on_both(others),
        failures=lesson.failures,
    )


def _evaluated(listener: TrainListener) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if listener.should_stop():
            raise Interrupted("it was stopped; nothing was changed")
        listener.on_evaluate(done, total)

    return tell
