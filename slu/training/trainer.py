"""The training loop."""

import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from slu.config import TrainConfig
from slu.errors import ModelError
from slu.models.factory import Model
from slu.training.batches import EpochLoader, in_order
from slu.training.checkpoint import (
    Progress,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from slu.training.mixup import MixedBatch, mix_up
from slu.training.objective import class_weights, learning_rate, mixed_loss, slot_loss
from slu.training.utterances import Batch, UtteranceDataset

# oneDNN keeps what it compiled for each shape that it met, with its buffers, 1024 times by default:
# gigabytes, as batches differ in length. Read when the first convolution runs.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")

Record = dict[str, float]
BEST_NAME = "best_model.pt"
CHECKPOINT_NAME = "checkpoint.pt"


class Interrupted(ModelError):
    """Training was asked to stop; the checkpoint holds everything."""


class Trainer:
    """Trains one model in one folder, and can go on where it was stopped.

    Args:
        model: newly initialised.
        config: how to train.
        train: training utterances (augmented or not).
        val: validation utterances, as they are in use.
        slots: names of the slots, in the order of the targets.
        folder: for `checkpoint.pt` and `best_model.pt`.
    """

    def __init__(
        self,
        model: Model,
        config: TrainConfig,
        train: UtteranceDataset,
        val: UtteranceDataset,
        slots: Sequence[str],
        folder: Path,
    ) -> None:
        self.config, self.train, self.val, self.slots = config, train, val, tuple(slots)
        self.folder = folder
        self.device = select_device(config.device)
        self.model = model.to(self.device)
        self.progress = Progress()
        self._loader = EpochLoader(train, config.batch_size, config.seed, config.workers)
        self._optimiser = torch.optim.AdamW(
            model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self._mixed_precision = self.device.type == "cuda"
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=self._mixed_precision)
        self._weights = self._class_weights()

    def resume(self) -> None:
        """Go on from the checkpoint in the folder."""
        self.progress, states = load_checkpoint(self.folder / CHECKPOINT_NAME)
        self.model.load_state_dict(states["model"])
        self._optimiser.load_state_dict(states["optimiser"])
        self._scaler.load_state_dict(states["scaler"])

    def fit(
        self,
        on_epoch: Callable[[Record], None],
        on_step: Callable[[int, int], None] = lambda done, total: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train until the last epoch or until validation no longer improves; called once.

        The model ends with the weights of its best epoch.

        Args:
            on_epoch: called with the record of each finished epoch.
            on_step: called with the steps done and the steps of all epochs.
            should_stop: asked after each step.

        Raises:
            Interrupted: `should_stop` said so; the checkpoint is written.
            ModelError: the loss is not finite.
        """
        with self._loader:
            while not self._is_finished():
                self._train_epoch(on_step, should_stop)
                on_epoch(self._close_epoch())
        self.model.load_state_dict(load_weights(self.folder / BEST_NAME))

    def _is_finished(self) -> bool:
        waited = self.progress.epoch - 1 - self.progress.best_epoch
        return self.progress.epoch >= self.config.epochs or (
            self.progress.epoch > 0 and waited >= self.config.patience
        )

    def _train_epoch(
        self, on_step: Callable[[int, int], None], should_stop: Callable[[], bool]
    ) -> None:
        self.model.train()
        progress = self.progress
        before, started = progress.seconds, time.monotonic()
        for batch in self._loader.batches(progress.epoch, progress.step):
            progress.loss_sum += self._train_step(batch)
            progress.step += 1
            progress.seconds = before + time.monotonic() - started
            on_step(self._steps_done(), self._n_steps())
            if should_stop():
                self._save_checkpoint()
                raise Interrupted("training was stopped; continue it with --resume")

    def _train_step(self, batch: Batch) -> float:
        rate = learning_rate(self._steps_done(), self._n_steps(), self.config)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        with self._precision():
            loss = self._loss(self._mixed(batch))
        self._check_finite("loss", loss.item())
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimiser)
        clip_grad_norm_(self.model.parameters(), self.config.gradient_clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        return float(loss.item())

    def _close_epoch(self) -> Record:
        """Validate, keep the best weights, write the checkpoint."""
        progress = self.progress
        record: Record = {
            "epoch": progress.epoch + 1,
            "learning_rate": self._optimiser.param_groups[0]["lr"],
            "train_loss": progress.loss_sum / len(self._loader),
            **validate(self.model, self.val, self.slots, self.config.batch_size),
            "seconds": round(progress.seconds, 3),
        }
        self._check_finite("validation loss", record["val_loss"])
        score = [record["val_joint_accuracy"], -record["val_loss"]]
        if score > progress.best_score:
            progress.best_score, progress.best_epoch = score, progress.epoch
            save_weights(self.folder / BEST_NAME, self.model.state_dict())
        progress.history.append(record)
        progress.epoch += 1
        progress.step, progress.loss_sum, progress.seconds = 0, 0.0, 0.0
        self._save_checkpoint()
        return record

    def _mixed(self, batch: Batch) -> MixedBatch:
        # Of the step alone, so that a run that is gone on with mixes as it would have.
        rng = np.random.default_rng([self.config.seed, self.progress.epoch, self.progress.step, 1])
        return mix_up(batch, self.config.mixup, rng)

    def _loss(self, mixed: MixedBatch) -> Tensor:
        batch, device = mixed.batch, self.device
        outputs = self.model(batch.features.to(device), batch.lengths.to(device))
        return mixed_loss(
            outputs,
            batch.targets.to(device),
            mixed.others.to(device),
            mixed.share,
            self._weights,
            self.config.label_smoothing,
        )

    def _class_weights(self) -> list[Tensor] | None:
        if not self.config.class_weights:
            return None
        n_labels = self.model.heads.n_labels
        return [w.to(self.device) for w in class_weights(self.train.targets, n_labels)]

    def _precision(self) -> torch.autocast | nullcontext[None]:
        return torch.autocast("cuda") if self._mixed_precision else nullcontext()

    def _steps_done(self) -> int:
        return self.progress.epoch * len(self._loader) + self.progress.step

    def _n_steps(self) -> int:
        return self.config.epochs * len(self._loader)

    def _check_finite(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            raise ModelError(
                f"the {what} is {value} in epoch {self.progress.epoch + 1}; try a lower learning "
                "rate (--set train.learning_rate=…) or look for broken recordings"
            )

    def _save_checkpoint(self) -> None:
        states = {
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
        }
        save_checkpoint(self.folder / CHECKPOINT_NAME, self.progress, states)


@torch.inference_mode()
def validate(
    model: Model, dataset: UtteranceDataset, slots: Sequence[str], batch_size: int
) -> Record:
    """Loss and accuracies on validation utterances.

    Args:
        model: left in evaluation mode.
        dataset: utterances, as they are in use.
        slots: names of the slots, in the order of the targets.
        batch_size: utterances at a time.
    """
    model.eval()
    device = next(model.parameters()).device
    loss_sum, right = 0.0, []
    for _, batch in in_order(dataset, batch_size):
        outputs = model(batch.features.to(device), batch.lengths.to(device))
        targets = batch.targets.to(device)
        loss_sum += float(slot_loss(outputs, targets, None)) * len(targets)
        predicted = torch.stack([x.argmax(dim=1) for x in outputs.logits.values()], dim=1)
        right.append((predicted == targets).cpu())
    hits = torch.cat(right).double()
    accuracies = hits.mean(dim=0).tolist()
    return {
        "val_loss": loss_sum / len(hits),
        **{f"val_{slot}_accuracy": a for slot, a in zip(slots, accuracies, strict=True)},
        "val_joint_accuracy": float(hits.prod(dim=1).mean()),
    }


def select_device(name: str) -> torch.device:
    """`auto` takes a GPU where there is one.

    Raises:
        ModelError: CUDA is asked for but not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("this computer has no usable CUDA GPU; set train.device=auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
