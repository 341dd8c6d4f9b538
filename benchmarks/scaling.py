"""What a corpus and a study cost on one core, and what that makes for large ones.

Run with `python -m benchmarks.scaling` in a project; prints the table of docs/scaling.md. Processor
time is measured, in this process alone, so that others on the machine disturb little.
"""

import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch

from slu.config import (
    MODEL_CONFIG,
    CorpusConfig,
    DataConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
    load_configs,
)
from slu.data import parallel
from slu.data.ingest import ingest
from slu.data.preprocess import preprocess
from slu.data.synthesis import synthesise_corpus
from slu.training.run import Run
from slu.training.utterances import load_corpus

N_CLIPS = 400
N_TIMES = 3
N_LARGE = 1_000_000
N_TRIALS = 1000
EPOCHS_OF_TRIAL = 12
CORES = (1, 32, 256)
SECONDS_AN_HOUR = 3600


def cpu_s(work: Callable[[], object]) -> float:
    """Processor time of some work."""
    begun_s = time.process_time()
    work()
    return time.process_time() - begun_s


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(root: Path) -> dict[str, float]:
    """Processor seconds and bytes, each for one clip."""
    corpus, features, model, train = load_configs(
        [
            (CorpusConfig, Path("configs/corpus.yaml"), {"utterances": N_CLIPS}),
            (PreprocessConfig, Path("configs/preprocess.yaml"), {}),
            (MODEL_CONFIG, Path("configs/model_m1.yaml"), {}),
            (TrainConfig, Path("configs/train.yaml"), {"epochs": N_TIMES, "workers": 0}),
        ]
    )
    raw = root / "data" / "raw" / "warung"
    speaking_s = [cpu_s(lambda: synthesise_corpus(corpus, raw, replace=True)) for _ in range(2)]
    taken_in = ingest(load_config(DataConfig, Path("configs/data.yaml")), root)
    n = taken_in.n_utterances
    computing_s = [
        cpu_s(lambda take=take: preprocess(taken_in.metadata_path, features, root / str(take)))
        for take in range(N_TIMES)
    ]
    torch.set_num_threads(1)
    loaded = load_corpus(taken_in.metadata_path.with_name("metadata_features.csv"))
    trainer = Run(root / "run", loaded, model, train).trainer()
    marks = [time.process_time()]
    trainer.fit(lambda record: marks.append(time.process_time()))
    epochs_s = [after - before for before, after in pairwise(marks)]
    n_train = len(loaded.split("train"))
    return {
        "speaking_s": median(speaking_s) / n,
        "computing_s": median(computing_s) / n,
        "epoch_s": median(epochs_s) / n_train,
        "raw_bytes": size(raw) / n,
        "feature_bytes": size(root / "0") / n,
    }


def main() -> None:
    """Measure and print."""
    parallel.cores = lambda: 1
    with TemporaryDirectory() as folder:
        one = measure(Path(folder).resolve())
    tell = print
    tell(f"{os.cpu_count()} cores; for one clip on one core: " + str(one))
    hours = {
        f"speak {N_LARGE:,} clips": one["speaking_s"] * N_LARGE,
        "compute their features": one["computing_s"] * N_LARGE,
        f"{N_TRIALS:,} trials of {EPOCHS_OF_TRIAL} epochs on 2,100 clips": (
            one["epoch_s"] * 2100 * EPOCHS_OF_TRIAL * N_TRIALS
        ),
    }
    for work, core_s in hours.items():
        times = ", ".join(f"{core_s / SECONDS_AN_HOUR / n:.2f} h on {n}" for n in CORES)
        tell(f"{work}: {times}")
    tell(f"disk: {one['raw_bytes'] * N_LARGE / 1e9:.0f} GB of clips, ")
    tell(f"{one['feature_bytes'] * N_LARGE / 1e9:.0f} GB of features")


if __name__ == "__main__":
    main()
