"""What pruning saves in a study, and what a trial costs beside its epochs.

Run with `python -m benchmarks.tuning`: the same study of M2 on a small corpus twice, without
pruning and with it, in one process and one after the other. Both draw the same settings at random:
two searches that learn from different trials draw different ones, and chance would decide which is
better. Times on a busy machine are long; the CPU time of the process tells what the work cost.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest import mock

import numpy as np

from slu.config import (
    MODEL_CONFIG,
    CorpusConfig,
    DataConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
)
from slu.config.tune import TuneConfig
from slu.settings import Settings
from slu.training import trainer
from slu.tuning import worker
from slu.tuning.sampler import TrialSeededSampler
from slu.tuning.search import StudyReport
from slu.workflows import ingest, preprocess, synthesise, tune
from tests.ui.harness import ROOT

N_CLIPS = 400
N_TRIALS = 20
N_EPOCHS = 16

T = TypeVar("T")


@dataclass
class Epochs:
    """Time spent in epochs, by the trial that they belong to."""

    seconds: list[float] = field(default_factory=list)

    def timed(self, work: Callable[..., T]) -> Callable[..., T]:
        """The same work; its time counts for the last trial."""

        def run(*arguments: Any) -> T:
            started = time.perf_counter()
            try:
                return work(*arguments)
            finally:
                self.seconds[-1] += time.perf_counter() - started

        return run

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Time training and validation of every trainer that is made in the block."""
        made = trainer.Trainer.__init__

        def make(*arguments: Any) -> None:
            self.seconds.append(0.0)
            made(*arguments)

        with (
            mock.patch.object(trainer.Trainer, "__init__", make),
            mock.patch.object(
                trainer.Trainer, "_train_epoch", self.timed(trainer.Trainer._train_epoch)
            ),
            mock.patch.object(trainer, "validate", self.timed(trainer.validate)),
        ):
            yield


def make_corpus(settings: Settings) -> Path:
    """Speak, check in and prepare a small corpus; returns the table of its features."""
    configs = ROOT / "configs"
    corpus = load_config(CorpusConfig, configs / "corpus.yaml", {"utterances": N_CLIPS})
    synthesise(corpus, settings.data_dir / "raw/warung", settings)
    data = load_config(
        DataConfig, configs / "data.yaml", {"splits": {"train": 0.45, "val": 0.5, "test": 0.05}}
    )
    metadata_path = ingest(data, settings).metadata_path
    config = load_config(PreprocessConfig, configs / "preprocess.yaml")
    return preprocess(metadata_path, config, settings).features_path


def draw_at_random(seed: int, _startup_trials: int) -> TrialSeededSampler:
    """A sampler that never learns."""
    return TrialSeededSampler(seed, n_startup_trials=N_TRIALS)


def run_study(features_path: Path, settings: Settings, pruner: str) -> tuple[StudyReport, Epochs]:
    """Run the study to its end."""
    configs = ROOT / "configs"
    epochs = Epochs()
    # Sounds are altered by other processes in earnest; here that would take most of the time.
    train = {"epochs": N_EPOCHS, "workers": 0, "augment.waveforms": 0.0}
    with epochs.watched(), mock.patch.object(worker, "TrialSeededSampler", draw_at_random):
        report = tune(
            features_path,
            load_config(MODEL_CONFIG, configs / "model_m2.yaml"),
            load_config(TrainConfig, configs / "train_m2.yaml", train),
            load_config(TuneConfig, configs / "tune_m2.yaml", {"pruner": pruner}),
            settings,
            study_name=pruner,
            storage_url=f"sqlite:///{settings.project_root}/optuna.db",
            n_trials=N_TRIALS,
        )
    return report, epochs


def tell_overhead(report: StudyReport, epochs: Epochs) -> None:
    """From the start of each trial to that of the next, without the epochs."""
    begun = [trial.datetime_start for trial in report.study.trials]
    from_to = [
        (later - earlier).total_seconds() for earlier, later in pairwise(begun) if earlier and later
    ]
    overheads = [whole - own for whole, own in zip(from_to, epochs.seconds, strict=False)]
    tell(
        f"beside the epochs: first trial {overheads[0]:.2f} s, others median "
        f"{np.median(overheads[1:]):.2f} s, slowest {max(overheads[1:]):.2f} s"
    )


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run both studies and compare."""
    costs: dict[str, tuple[float, float]] = {}
    with TemporaryDirectory() as folder:
        settings = Settings(project_root=Path(folder))
        features_path = make_corpus(settings)
        for pruner in ("none", "median"):
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            report, epochs = run_study(features_path, settings, pruner)
            costs[pruner] = time.perf_counter() - wall_s, time.process_time() - cpu_s
            n_pruned = sum(trial.state == "pruned" for trial in report.trials)
            n_epochs = sum(trial.n_epochs for trial in report.trials)
            assert report.best is not None
            tell(
                f"{pruner}: {costs[pruner][0]:.0f} s ({costs[pruner][1]:.0f} s of CPU), "
                f"{n_epochs} epochs, {n_pruned} of {len(report.trials)} trials pruned, "
                f"best {report.best.value:.4f}"
            )
            tell_overhead(report, epochs)
    ratios = [pruned / whole for pruned, whole in zip(costs["median"], costs["none"], strict=True)]
    tell(f"pruned / not pruned: {ratios[0]:.2f} of the wall time, {ratios[1]:.2f} of the CPU time")


if __name__ == "__main__":
    main()
