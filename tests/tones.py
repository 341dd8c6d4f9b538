"""A corpus of tones: a beep for the quantity, then one for the product."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from slu import workflows
from slu.audio.types import Waveform
from slu.audio.wav import write_wav
from slu.config import (
    DataConfig,
    LogMelConfig,
    M1Config,
    PreprocessConfig,
    TrainConfig,
    save_config,
)
from slu.data.labels import write_label_map
from slu.data.preprocess import preprocess
from slu.registry import RegistryEntry
from slu.settings import Settings

SAMPLE_RATE = 8000
PRODUCTS_HZ = {"beras": 300, "kopi": 800, "teh": 2000}
QUANTITIES_HZ = {"1": 500, "2": 1300}
N_TAKES = {"train": 8, "val": 2, "test": 2}
SLOTS = ("product", "quantity")

PREPROCESS = PreprocessConfig(
    sample_rate=SAMPLE_RATE,
    front_end=LogMelConfig(n_fft=256, win_length=200, hop_length=80, n_mels=16, f_max_hz=4000),
)
MODEL = M1Config(d_model=16, n_heads=2, n_layers=1, feed_forward=16, channels=(4, 6))
TRAIN = TrainConfig.model_validate(
    {
        "epochs": 8,
        "batch_size": 8,
        "learning_rate": 0.01,
        "workers": 0,
        # What changes the pitch of a tone, or plays it again beneath it, makes another word of it.
        "augment": {
            name: {"probability": 0} for name in ("speed", "pitch", "band_limit", "babble")
        },
    }
)


def tone(product: str, quantity: str, rng: np.random.Generator) -> Waveform:
    """Two beeps of 0.15 s with faint noise, shape = (T,)."""
    seconds = np.arange(int(0.15 * SAMPLE_RATE)) / SAMPLE_RATE
    pitches_hz = (QUANTITIES_HZ[quantity], PRODUCTS_HZ[product])
    beeps = [np.sin(2 * np.pi * hz * rng.uniform(0.95, 1.05) * seconds) for hz in pitches_hz]
    pause = np.zeros(int(rng.uniform(0.04, 0.1) * SAMPLE_RATE))
    waveform = 0.4 * np.concatenate([beeps[0], pause, beeps[1]])
    noisy: Waveform = (waveform + rng.normal(0, 0.003, waveform.size)).astype(np.float32)
    return noisy


def lone_beep(rng: np.random.Generator) -> Waveform:
    """One beep of any pitch, and noise: no order, shape = (T,)."""
    n = int(0.35 * SAMPLE_RATE)
    beep = np.sin(2 * np.pi * rng.uniform(250, 2500) * np.arange(n) / SAMPLE_RATE)
    beep *= np.arange(n) < n * rng.choice([0.0, 0.4])
    noisy: Waveform = (0.4 * beep + rng.normal(0, 0.02, n)).astype(np.float32)
    return noisy


def write_tone_corpus(root: Path, others_per_order: int = 0) -> Path:
    """Write recordings, metadata, label maps and features into a project folder.

    Args:
        root: of the project.
        others_per_order: lone beeps, which are no orders, for each order.

    Returns:
        `data/processed/metadata_features.csv`.
    """
    processed = root / "data" / "processed"
    processed.mkdir(parents=True)
    table = _tone_table(others_per_order)
    rng = np.random.default_rng(0)
    for row in table.itertuples():
        is_order = row.product != "none"
        sound = tone(row.product, row.quantity, rng) if is_order else lone_beep(rng)
        write_wav(processed / row.path, sound, SAMPLE_RATE)
    table.to_csv(processed / "metadata.csv", index=False)
    save_config(DataConfig(slots=SLOTS), processed / "data.yaml")
    for slot in SLOTS:
        write_label_map(processed, slot, table[slot])
    report = preprocess(processed / "metadata.csv", PREPROCESS, root / "data" / "features")
    return report.features_path


def train_tones(root: Path, run_name: str, config: TrainConfig = TRAIN) -> RegistryEntry:
    """Train, evaluate and register a version of a project with a tone corpus."""
    torch.set_num_threads(1)
    return workflows.train(
        root / "data" / "processed" / "metadata_features.csv",
        MODEL,
        config.model_copy(update={"run_name": run_name}),
        Settings(project_root=root),
    )


def _tone_table(others_per_order: int) -> pd.DataFrame:
    rows = [
        row
        for split, n_takes in N_TAKES.items()
        for _ in range(n_takes)
        for product in PRODUCTS_HZ
        for quantity in QUANTITIES_HZ
        for row in [(split, product, quantity), *[(split, "none", "none")] * others_per_order]
    ]
    table = pd.DataFrame(rows, columns=["split", "product", "quantity"])
    table["id"] = [f"tone{index:03}" for index in table.index]
    table["path"] = table["id"] + ".wav"
    table["speaker"] = table["split"]
    table["source"] = "synthetic"
    table["duration_s"] = 0.37
    return table
