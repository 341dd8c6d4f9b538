"""One training run: from a corpus to a folder that holds a finished model."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from slu.audio.front_end import make_front_end
from slu.config import AugmentConfig, ModelConfig, TrainConfig
from slu.data.labels import write_label_map
from slu.errors import ModelError
from slu.files import replacing, write_json
from slu.meaning import OrderRule
from slu.models.factory import Model, build_model
from slu.training.calibration import calibrate
from slu.training.checkpoint import save_weights
from slu.training.export import export_onnx
from slu.training.reference import measure_corpus
from slu.training.tracking import start_tracker
from slu.training.trainer import BEST_NAME, CHECKPOINT_NAME, Record, Trainer
from slu.training.utterances import Corpus, UtteranceDataset
from slu.training.weighting import weigh_up

CONFIG_NAME = "config.json"
HISTORY_NAME = "history.jsonl"
ONNX_NAME = "model.onnx"
REFERENCE_NAME = "reference.json"
# Features of altered clips until the run has finished; hidden, so that no store gets a copy.
_KEPT_NAME = ".kept_features"

# What must be the same for a run to be continued …
_IDENTITY = ("preprocess", "model", "train", "labels", "data_fingerprint")
# … except for what changes no number on the same kind of device.
_MAY_CHANGE = frozenset(("train.run_name", "train.workers", "train.device", "train.wandb"))


@dataclass(frozen=True)
class Run:
    """A run's folder and what is in it.

    Args:
        folder: `artifacts/<version>`.
        corpus: what is trained on.
        model_config: which model.
        train_config: how.
    """

    folder: Path
    corpus: Corpus
    model_config: ModelConfig
    train_config: TrainConfig

    @property
    def version(self) -> str:
        """Name of the run and of the model version it makes."""
        return self.folder.name

    def train(
        self,
        *,
        resume: bool = False,
        on_epoch: Callable[[Record], None] = lambda record: None,
        on_step: Callable[[int, int], None] = lambda done, total: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Train, calibrate, export.

        Args:
            resume: go on with the run that was begun in this folder.
            on_epoch: called with the record of each finished epoch.
            on_step: called with the steps done and the steps of all epochs.
            should_stop: asked after each step.

        Returns:
            the content of `config.json`.

        Raises:
            ModelError: the run was begun before, cannot be continued, or its loss is not finite.
            Interrupted: `should_stop` said so; the run can be continued.
        """
        if resume:
            self._check_begun()
        else:
            self._begin()
        # The graph is written last.
        if not (self.folder / ONNX_NAME).exists():
            self.finish(self._fit(on_epoch, on_step, should_stop))
        (self.folder / CHECKPOINT_NAME).unlink(missing_ok=True)
        shutil.rmtree(self.folder / _KEPT_NAME, ignore_errors=True)
        return self._read_config()

    def _fit(
        self,
        on_epoch: Callable[[Record], None],
        on_step: Callable[[int, int], None],
        should_stop: Callable[[], bool],
    ) -> Model:
        """The model with the weights of its best epoch."""
        torch.set_num_threads(self.train_config.threads or torch.get_num_threads())
        torch.manual_seed(self.train_config.seed)
        trainer = self.trainer()
        if (self.folder / CHECKPOINT_NAME).exists():
            trainer.resume()
        self._write_history(trainer.progress.history)
        tracker = start_tracker(
            self.train_config.wandb, self.version, self._description(), self.folder
        )

        def close_epoch(record: Record) -> None:
            self._append_history(record)
            tracker.log(record)
            on_epoch(record)

        try:
            trainer.fit(close_epoch, on_step, should_stop)
        finally:
            tracker.finish()
        return trainer.model

    def _begin(self) -> None:
        # A full disk may have left an empty folder.
        if self.folder.exists() and any(self.folder.iterdir()):
            raise ModelError(
                f"run {self.version} was begun before; continue it with --resume, or choose "
                "another train.run_name"
            )
        write_json(self.folder / CONFIG_NAME, self._description())

    def _check_begun(self) -> None:
        begun, current = self._read_config(), self._description()
        changed = [
            key
            for section in _IDENTITY
            for key in _differences(section, begun.get(section), current[section])
            if key not in _MAY_CHANGE
        ]
        if changed:
            raise ModelError(
                f"run {self.version} was begun with other settings ({', '.join(changed)}); "
                "restore them, or start a new run with another train.run_name"
            )

    def _read_config(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / CONFIG_NAME).read_text("utf-8")))
        except FileNotFoundError:
            raise ModelError(
                f"run {self.version} was not begun yet; start it without --resume"
            ) from None
        except (ValueError, TypeError) as error:
            raise ModelError(
                f"{self.folder / CONFIG_NAME} is damaged; start a new run with another "
                "train.run_name"
            ) from error

    def trainer(self) -> Trainer:
        """The trainer of this run, at its beginning."""
        train = self._utterances("train", self.train_config.augment)
        val = self._utterances("val", None)
        return Trainer(
            self._build(), self.train_config, train, val, tuple(self.corpus.labels), self.folder
        )

    def _build(self) -> Model:
        n_labels = {slot: len(labels) for slot, labels in self.corpus.labels.items()}
        n_features = make_front_end(self.corpus.preprocess).n_features
        return build_model(self.model_config, n_features, n_labels)

    def _utterances(self, split: str, augmentation: AugmentConfig | None) -> UtteranceDataset:
        rows = self.corpus.split(split)
        if split == "train":
            rows = weigh_up(rows, self.train_config.people)
        kept = self.folder / _KEPT_NAME if split == "train" else None
        return UtteranceDataset(self.corpus, rows, augmentation, self.train_config.seed, kept)

    def finish(self, model: Model, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Calibrate, describe and export the trained model.

        Args:
            model: its temperatures are set.
            facts: further content of `config.json`.

        Returns:
            the content of `config.json`.
        """
        model.cpu()
        train_config = self.train_config
        augmented_val = self._utterances("val", train_config.augment)
        rule = OrderRule(self.corpus.labels, self.corpus.required)
        calibration = calibrate(model, augmented_val, rule, train_config)
        save_weights(self.folder / BEST_NAME, model.state_dict())
        for slot, labels in self.corpus.labels.items():
            write_label_map(self.folder, slot, labels)
        reference = measure_corpus(self.corpus, calibration.joint_confidence, train_config.seed)
        write_json(self.folder / REFERENCE_NAME, reference)
        fitted = {
            "rejection_threshold": calibration.rejection_threshold,
            "temperatures": calibration.temperatures,
        }
        content = self._description() | fitted | dict(facts or {})
        write_json(self.folder / CONFIG_NAME, content)
        n_features = make_front_end(self.corpus.preprocess).n_features
        export_onnx(model, tuple(self.corpus.labels), n_features, self.folder / ONNX_NAME)
        return content

    def _description(self) -> dict[str, Any]:
        """Everything that a model depends on, as `config.json` keeps it."""
        return {
            "version": self.version,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "git_commit": git_commit(),
            "seed": self.train_config.seed,
            "data": self.corpus.data.model_dump(mode="json"),
            "preprocess": self.corpus.preprocess.model_dump(mode="json"),
            "model": self.model_config.model_dump(mode="json"),
            "train": self.train_config.model_dump(mode="json"),
            "labels": self.corpus.labels,
            "required": self.corpus.required,
            "time_reduction": self.model_config.time_reduction,
            "data_fingerprint": self.corpus.fingerprint,
            "heard": self.corpus.heard,
        }

    def _write_history(self, records: list[Record]) -> None:
        with replacing(self.folder / HISTORY_NAME) as temporary:
            temporary.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")

    def _append_history(self, record: Record) -> None:
        with (self.folder / HISTORY_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def _differences(section: str, begun: Any, current: Any) -> list[str]:
    """Dotted keys, one level deep, under which two configurations differ."""
    if not (isinstance(begun, dict) and isinstance(current, dict)):
        return [] if begun == current else [section]
    keys = sorted(begun.keys() | current.keys())
    return [f"{section}.{key}" for key in keys if begun.get(key) != current.get(key)]


def git_commit() -> str | None:
    """The commit of the code at work; none outside a checkout."""
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()
