"""What a study improves: the validation score of a model trained with a trial's settings."""

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import optuna
import torch

from slu.errors import ModelError
from slu.training.run import Run
from slu.training.trainer import Interrupted, Record
from slu.training.utterances import Corpus
from slu.tuning.space import SearchSpace


@dataclass(frozen=True)
class TrainingObjective:
    """Trains a model for each trial, in a folder that goes afterwards; nothing is exported."""

    corpus: Corpus
    space: SearchSpace
    metric: Literal["joint_accuracy", "loss"]

    def __call__(self, trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        """Train with the settings that the trial draws.

        Args:
            trial: is told the validation score of each epoch (1, 2, …), and may end the training.
            should_stop: asked after each step.

        Returns:
            the score of the best epoch: the one whose weights a training run keeps.

        Raises:
            TrialPruned: the trial is not promising, or its loss is not finite.
            Interrupted: `should_stop` said so.
        """
        model_config, train_config = self.space.suggest(trial)
        torch.set_num_threads(train_config.threads or torch.get_num_threads())
        torch.manual_seed(train_config.seed)
        with tempfile.TemporaryDirectory(prefix="slu-trial-") as folder:
            trainer = Run(Path(folder), self.corpus, model_config, train_config).trainer()
            try:
                trainer.fit(lambda record: self._report(trial, record), should_stop=should_stop)
            except Interrupted:
                raise
            except ModelError as error:
                raise optuna.TrialPruned(str(error)) from error
        scores = [self._score(record) for record in trainer.progress.history]
        return max(scores) if self.metric == "joint_accuracy" else min(scores)

    def _report(self, trial: optuna.Trial, record: Record) -> None:
        score, epoch = self._score(record), int(record["epoch"])
        if not math.isfinite(score):
            raise optuna.TrialPruned(f"the {self.metric} is {score} in epoch {epoch}")
        trial.report(score, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned(f"not promising after epoch {epoch}")

    def _score(self, record: Record) -> float:
        return record[f"val_{self.metric}"]
