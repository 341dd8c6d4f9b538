"""Recordings of somebody who beeps unlike the corpus of tones."""

from pathlib import Path

import numpy as np
import pandas as pd

from slu.audio.types import Waveform
from slu.audio.wav import write_wav
from slu.data.recordings import SOURCE
from tests.tones import PRODUCTS_HZ, QUANTITIES_HZ, SAMPLE_RATE, tone

_HIGHER = 1.6


def record_person(folder: Path, takes: int, seed: int = 1) -> Path:
    """Write each pair of labels some times, all beeps higher, as a set of recordings.

    Returns:
        the folder, with `metadata.csv`.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for take in range(takes):
        for product in PRODUCTS_HZ:
            for quantity in QUANTITIES_HZ:
                name = f"{product}{quantity}_{take}.wav"
                waveform = tone(product, quantity, rng)
                write_wav(folder / name, _raised(waveform), SAMPLE_RATE)
                rows.append((name, f"{quantity} {product}", product, quantity, "Siti", SOURCE))
    columns = ["path", "text", "product", "quantity", "speaker", "source"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "metadata.csv", index=False)
    return folder


def _raised(waveform: Waveform) -> Waveform:
    """Faster and higher by resampling."""
    at = np.arange(0, waveform.size - 1, _HIGHER)
    return np.interp(at, np.arange(waveform.size), waveform).astype(np.float32)
