"""A few recordings are learnt by a model that is trained already, at a gentle rate.

Fine-tuning on a handful of clips makes a model forget all others. Each batch is therefore part
recordings, part replay of what the model learnt from (Robins 1995, "Catastrophic forgetting,
rehearsal and pseudorehearsal"); replayed clips come from stored features and cost nothing. It is
work of a few seconds and runs on the CPU.
"""

import math
import time
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils import clip_grad_norm_

from slu.config import AdaptConfig, TrainConfig
from slu.config.adapt import Layers
from slu.errors import ModelError
from slu.models.factory import Model
from slu.training.lesson import Lesson
from slu.training.objective import class_weights, learning_rate, slot_loss
from slu.training.trainer import Interrupted, Record
from slu.training.utterances import Batch, Utterance, UtteranceDataset, collate


class MixedBatches:
    """Batches of which a share are recordings, in one variant or another, and the rest replay.

    Every recording is drawn once before any is drawn again.

    Args:
        recordings: what is learnt, variant after variant of each recording.
        replay: what is remembered; without any, batches are recordings alone.
        config: size of the batches, share of the recordings, seed.
    """

    def __init__(
        self, recordings: list[list[Utterance]], replay: UtteranceDataset, config: AdaptConfig
    ) -> None:
        self._recordings = recordings
        self._replay = replay
        self.n_recordings = max(1, round(config.batch_size * config.recordings_share))
        self.n_replay = config.batch_size - self.n_recordings if len(replay) else 0
        self._rng = np.random.default_rng([config.seed, 1])

    def __iter__(self) -> Iterator[Batch]:
        """Batches without end."""
        drawn = self._draw_recordings()
        for step in iter(int, 1):
            recordings = [next(drawn) for _ in range(self.n_recordings)]
            replayed = self._rng.integers(len(self._replay), size=self.n_replay)
            yield collate([*recordings, *(self._replay[step, int(index)] for index in replayed)])

    def _draw_recordings(self) -> Iterator[Utterance]:
        while True:
            for index in self._rng.permutation(len(self._recordings)):
                variants = self._recordings[index]
                yield variants[self._rng.integers(len(variants))]


def adapt(
    model: Model,
    lesson: Lesson,
    config: AdaptConfig,
    train_config: TrainConfig,
    *,
    on_listen: Callable[[int, int], None] = lambda done, total: None,
    on_step: Callable[[int, int], None] = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Record:
    """Teach a model the recordings of a lesson.

    Args:
        model: trained; it is changed, and its temperatures must be fitted anew.
        lesson: recordings, and the corpus that the model learnt from.
        config: how gently.
        train_config: how the model was trained: augmentation, smoothing, weights of the labels.
        on_listen: told the recordings that were prepared, and how many there are.
        on_step: told the steps done and the steps of all.
        should_stop: asked after each step.

    Returns:
        learning rate, mean loss and duration of the training.

    Raises:
        Interrupted: `should_stop` said so.
        ModelError: the loss is not finite.
    """
    started = time.monotonic()
    torch.set_num_threads(train_config.threads or torch.get_num_threads())
    torch.manual_seed(config.seed)
    replay = _replay(lesson, config, train_config)
    recordings = _variants(lesson, config, train_config, on_listen, should_stop)
    learner = _Learner(model, config, train_config, _said(recordings, replay))
    loss_sum = 0.0
    for step, batch in enumerate(islice(MixedBatches(recordings, replay, config), config.steps)):
        loss_sum += learner.learn(batch, step)
        on_step(step + 1, config.steps)
        _heed(should_stop)
    return {
        "learning_rate": config.learning_rate,
        "train_loss": loss_sum / config.steps,
        "seconds": round(time.monotonic() - started, 3),
    }


class _Learner:
    """A model that learns batch after batch.

    Args:
        model: trained; its temperatures become 1, as they were in training.
        config: rate, steps, layers.
        train_config: what else there is to know of training.
        targets: of everything that may be drawn, shape = (n, n_slots).
    """

    def __init__(
        self,
        model: Model,
        config: AdaptConfig,
        train_config: TrainConfig,
        targets: NDArray[np.int64],
    ) -> None:
        self._model = model
        self._steps, self._config = config.steps, train_config
        self._schedule = train_config.model_copy(update={"learning_rate": config.learning_rate})
        model.heads.get_buffer("temperatures").fill_(1.0)
        self._weights = None
        if train_config.class_weights:
            self._weights = class_weights(targets, model.heads.n_labels)
        self._parameters = _choose_layers(model, config.layers)
        self._optimiser = torch.optim.AdamW(
            self._parameters, lr=config.learning_rate, weight_decay=train_config.weight_decay
        )

    def learn(self, batch: Batch, step: int) -> float:
        """Take one step; returns the loss before it."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(step, self._steps, self._schedule)
        outputs = self._model(batch.features, batch.lengths)
        loss = slot_loss(outputs, batch.targets, self._weights, self._config.label_smoothing)
        if not math.isfinite(loss.item()):
            raise ModelError(
                "the loss is not finite; try a lower learning_rate in configs/adapt.yaml"
            )
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self._parameters, self._config.gradient_clip)
        self._optimiser.step()
        return float(loss.item())


def _said(recordings: list[list[Utterance]], replay: UtteranceDataset) -> NDArray[np.int64]:
    """Label ids of everything that may be drawn, shape = (n, n_slots)."""
    return np.concatenate([replay.targets, [variants[0].targets for variants in recordings]])


def _replay(lesson: Lesson, config: AdaptConfig, train_config: TrainConfig) -> UtteranceDataset:
    """Clips of the corpus, from their stored features."""
    stored = train_config.augment.model_copy(update={"waveforms": 0.0})
    return UtteranceDataset(lesson.corpus, lesson.replay, stored, config.seed)


def _variants(
    lesson: Lesson,
    config: AdaptConfig,
    train_config: TrainConfig,
    on_listen: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> list[list[Utterance]]:
    """Each recording as it is, then altered in some ways, as in training."""
    altering = train_config.augment.model_copy(update={"waveforms": 1.0, "variants": 0})
    plain, altered = (
        UtteranceDataset(lesson.corpus, lesson.recordings, augmentation, config.seed)
        for augmentation in (None, altering)
    )
    variants = []
    for index in range(len(plain)):
        ways = [altered[way, index] for way in range(1, config.variants)]
        variants.append([plain[0, index], *ways])
        on_listen(index + 1, len(plain))
        _heed(should_stop)
    return variants


def _choose_layers(model: Model, layers: Layers) -> list[nn.Parameter]:
    """Put the model into training, but for what stays as it is; the parameters that learn."""
    model.train()
    for module in model.modules():
        # Its averages are those of thousands of clips; a few recordings must not replace them.
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    if layers == "all":
        return list(model.parameters())
    learning: list[nn.Module] = [model.heads]
    if layers == "last":
        learning += [model.encoder.blocks[-1], model.encoder.norm]
    return [parameter for module in learning for parameter in module.parameters()]


def _heed(should_stop: Callable[[], bool]) -> None:
    if should_stop():
        raise Interrupted("it was stopped; nothing was changed")
