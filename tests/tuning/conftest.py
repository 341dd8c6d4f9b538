"""Tones that a tiny model learns in seconds: the pitch is the product, the length the quantity."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from slu.config import (
    DataConfig,
    LogMelConfig,
    M1Config,
    PreprocessConfig,
    TrainConfig,
    save_config,
)
from slu.config.tune import TuneConfig
from slu.data.labels import write_label_map
from slu.data.preprocess import preprocess
from slu.training.utterances import Corpus, load_corpus
from slu.tuning.space import SearchSpace

SAMPLE_RATE = 8000
PITCHES_HZ = {"beras": 400, "teh": 1500}
LENGTHS_S = {"1": 0.3, "2": 0.6}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """24 training and 8 validation clips with their features."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = [
        (split, product, quantity, take)
        for split, n_takes in (("train", 6), ("val", 2))
        for product in PITCHES_HZ
        for quantity in LENGTHS_S
        for take in range(n_takes)
    ]
    table = pd.DataFrame(rows, columns=["split", "product", "quantity", "take"])
    table["source"] = "synthetic"
    table["id"] = [f"clip{index:02}" for index in table.index]
    table["path"] = table["id"] + ".wav"
    table["duration_s"] = table["quantity"].map(LENGTHS_S)
    rng = np.random.default_rng(0)
    for row in table.itertuples():
        times = np.arange(round(row.duration_s * SAMPLE_RATE)) / SAMPLE_RATE
        tone = 0.3 * np.sin(2 * np.pi * PITCHES_HZ[row.product] * rng.uniform(0.9, 1.1) * times)
        soundfile.write(folder / row.path, tone + rng.normal(0, 0.01, len(times)), SAMPLE_RATE)
    table.to_csv(folder / "metadata.csv", index=False)
    save_config(DataConfig(), folder / "data.yaml")
    for slot in ("product", "quantity"):
        write_label_map(folder, slot, table[slot])
    front_end = LogMelConfig(n_fft=256, win_length=200, hop_length=160, n_mels=16, f_max_hz=4000)
    config = PreprocessConfig(sample_rate=SAMPLE_RATE, front_end=front_end)
    return load_corpus(
        preprocess(folder / "metadata.csv", config, folder / "features").features_path
    )


@pytest.fixture(scope="session")
def space() -> SearchSpace:
    """A tiny model, trained for three epochs."""
    tune = TuneConfig.model_validate(
        {
            "space": {
                "train.learning_rate": {"kind": "float", "low": 1e-4, "high": 1e-2, "log": True},
                "model.channels": {"kind": "categorical", "choices": [[4, 4], [8, 8]]},
            }
        }
    )
    model = M1Config(d_model=16, n_heads=2, n_layers=1, feed_forward=16, channels=(4, 4))
    train = TrainConfig.model_validate(
        {"epochs": 3, "batch_size": 8, "workers": 0, "augment": {"enable": False}}
    )
    return SearchSpace(model, train, tune.space)


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/optuna.db"
