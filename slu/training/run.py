"""One training run: from a corpus to a folder that holds a finished model."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from slu.audio.front_end import make_front_end
from slu.audio.statistics import measure
from slu.config import M1Config, M2Config, TrainConfig
from slu.data.feature_store import read_waveform
from slu.data.labels import write_label_map
from slu.errors import ModelError
from slu.files import replacing, write_json
from slu.models.factory import Model, build_model
from slu.monitoring.reference import build_reference
from slu.training.calibration import calibrate
from slu.training.checkpoint import save_weights
from slu.training.export import export_onnx
from slu.training.tracking import start_tracker
from slu.training.trainer import BEST_NAME, CHECKPOINT_NAME, Record, Trainer
from slu.training.utterances import Corpus, UtteranceDataset

CONFIG_NAME = "config.json"
HISTORY_NAME = "history.jsonl"
ONNX_NAME = "model.onnx"
REFERENCE_NAME = "reference.json"

# Enough for the histograms that drift is judged against.
_REFERENCE_CLIPS = 2000
# What must be the same for a run to be continued.
_IDENTITY = ("preprocess", "model", "train", "data_fingerprint")


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
    model_config: M1Config | M2Config
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
            resume: go on from the folder's checkpoint.
            on_epoch: called with the record of each finished epoch.
            on_step: called with the steps done and the steps of all epochs.
            should_stop: asked after each step.

        Returns:
            the content of `config.json`.

        Raises:
            ModelError: the run exists already, cannot be continued, or its loss is not finite.
            Interrupted: `should_stop` said so; the run can be continued.
        """
        self._claim_folder(resume)
        torch.set_num_threads(self.train_config.threads or torch.get_num_threads())
        torch.manual_seed(self.train_config.seed)
        trainer = self.trainer()
        if resume and (self.folder / CHECKPOINT_NAME).exists():
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
        return self._finish(trainer.model)

    def _claim_folder(self, resume: bool) -> None:
        if not self.folder.exists():
            write_json(self.folder / CONFIG_NAME, self._description())
            return
        if (self.folder / ONNX_NAME).exists():
            raise ModelError(f"run {self.version} is finished; choose another train.run_name")
        if not resume:
            raise ModelError(
                f"run {self.version} was begun before; continue it with --resume, or choose "
                "another train.run_name"
            )
        self._check_identity()

    def _check_identity(self) -> None:
        begun = json.loads((self.folder / CONFIG_NAME).read_text("utf-8"))
        current = json.loads(json.dumps(self._description()))
        changed = [key for key in _IDENTITY if begun.get(key) != current[key]]
        if changed:
            raise ModelError(
                f"run {self.version} was begun with other settings ({', '.join(changed)}); "
                "restore them, or start a new run with another train.run_name"
            )

    def trainer(self) -> Trainer:
        """The trainer of this run, at its beginning."""
        augmentation = self.train_config.augment
        seed = self.train_config.seed
        train = UtteranceDataset(
            self.corpus,
            self.corpus.split("train"),
            augmentation if augmentation.enable else None,
            seed,
        )
        val = UtteranceDataset(self.corpus, self.corpus.split("val"), None, seed)
        return Trainer(
            self._build(), self.train_config, train, val, tuple(self.corpus.labels), self.folder
        )

    def _build(self) -> Model:
        n_labels = {slot: len(labels) for slot, labels in self.corpus.labels.items()}
        n_features = make_front_end(self.corpus.preprocess).n_features
        return build_model(self.model_config, n_features, n_labels)

    def _finish(self, model: Model) -> dict[str, Any]:
        """Calibrate, export and describe the trained model; the checkpoint is no longer needed."""
        augmented_val = UtteranceDataset(
            self.corpus, self.corpus.split("val"), self.train_config.augment, self.train_config.seed
        )
        model.cpu()
        threshold = calibrate(
            model, augmented_val, self.train_config.batch_size, self.train_config.reject_quantile
        )
        save_weights(self.folder / BEST_NAME, model.state_dict())
        for slot, labels in self.corpus.labels.items():
            write_label_map(self.folder, slot, labels)
        write_json(self.folder / REFERENCE_NAME, self._reference())
        config = self._description() | {
            "rejection_threshold": threshold,
            "temperatures": model.heads.get_buffer("temperatures").tolist(),
        }
        write_json(self.folder / CONFIG_NAME, config)
        n_features = make_front_end(self.corpus.preprocess).n_features
        export_onnx(model, tuple(self.corpus.labels), n_features, self.folder / ONNX_NAME)
        (self.folder / CHECKPOINT_NAME).unlink(missing_ok=True)
        return config

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
            "time_reduction": self.model_config.time_reduction,
            "data_fingerprint": self.corpus.fingerprint,
        }

    def _reference(self) -> dict[str, Any]:
        """Statistics of the training clips, measured as the inference log measures."""
        rows = self.corpus.split("train")
        rng = np.random.default_rng(self.train_config.seed)
        chosen = rows.iloc[rng.permutation(len(rows))[:_REFERENCE_CLIPS]]
        sample_rate = self.corpus.preprocess.sample_rate
        statistics = [
            measure(read_waveform(self.corpus.folder / path, offset, samples), sample_rate)
            for path, offset, samples in zip(
                chosen["waveform_path"],
                chosen["waveform_offset"].astype(int),
                chosen["samples"].astype(int),
                strict=True,
            )
        ]
        table = pd.DataFrame([vars(s) for s in statistics])
        table = table.rename(columns={"duration_s": "audio_duration"})
        for slot in self.corpus.labels:
            table[slot] = chosen[slot].to_numpy()
        return build_reference(table, slots=tuple(self.corpus.labels))

    def _write_history(self, records: list[Record]) -> None:
        with replacing(self.folder / HISTORY_NAME) as temporary:
            temporary.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")

    def _append_history(self, record: Record) -> None:
        with (self.folder / HISTORY_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def git_commit() -> str | None:
    """The commit of the code at work; none outside a checkout."""
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()
