"""What `slu bench` measures, one function each."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slu.audio.features import log_mel
from slu.audio.types import Waveform
from slu.audio.wav import wav_bytes, write_wav
from slu.config import LogMelConfig, ModelConfig, TrainConfig
from slu.errors import ModelError
from slu.inference import Predictor
from slu.settings import Settings

SAMPLE_RATE = 16000
_DURATION_S = 2.0
_REPEATS = 200

# What a new process does until its first answer, as `slu predict` does it. Its own clock starts
# when the interpreter does; the parent's measures the rest.
_COLD_START = """
import resource, sys
from pathlib import Path
from slu.service import PredictionService
from slu.settings import Settings
service = PredictionService(Settings(project_root=Path(sys.argv[1])))
service.predictor.predict(service.predictor.decode(Path(sys.argv[2])))
heavy = [name for name in ("torch", "librosa", "numba") if name in sys.modules]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, ",".join(heavy) or "none")
"""


@dataclass(frozen=True)
class Measurement:
    """One figure, with what it should reach where something is asked of it."""

    name: str
    value: float
    unit: str
    target: str = ""


def bench_features() -> list[Measurement]:
    """Log-mel against librosa, alternating, medians: 64 mels, n_fft 512, hop 160, one thread."""
    import librosa

    config = LogMelConfig()
    waveform = speechlike()

    def by_librosa() -> object:
        mel = librosa.feature.melspectrogram(
            y=waveform, sr=SAMPLE_RATE, n_fft=config.n_fft, win_length=config.win_length,
            hop_length=config.hop_length, n_mels=config.n_mels, fmin=config.f_min_hz,
            fmax=config.f_max_hz,
        )  # fmt: skip
        return librosa.power_to_db(mel, amin=config.power_floor, top_db=None)

    ours_ms, librosa_ms = _alternate(
        lambda: log_mel(waveform, SAMPLE_RATE, config), by_librosa, _REPEATS
    )
    return [
        Measurement("features of 2 s, p50", float(np.median(ours_ms)), "ms"),
        Measurement("the same by librosa, p50", float(np.median(librosa_ms)), "ms"),
        Measurement(
            "librosa / ours", float(np.median(librosa_ms) / np.median(ours_ms)), "times", ">= 3"
        ),
    ]


def bench_prediction(
    predictor: Predictor, duration_s: float = _DURATION_S, most_ms: float = 5.0
) -> list[Measurement]:
    """Decode and predict a wav in this process, one thread.

    Args:
        predictor: the model.
        duration_s: of the wav.
        most_ms: what half of the predictions should keep within.
    """
    content = wav_bytes(speechlike(duration_s), SAMPLE_RATE)
    times_ms = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        predictor.predict(predictor.decode(content))
        times_ms.append((time.perf_counter() - started) * 1e3)
    p50, p95 = np.percentile(times_ms[_REPEATS // 10 :], [50, 95])
    name = f"prediction of {duration_s:g} s ({predictor.version})"
    return [
        Measurement(f"{name}, p50", float(p50), "ms", f"<= {most_ms:g}"),
        Measurement(f"{name}, p95", float(p95), "ms"),
    ]


def bench_cold_start(settings: Settings, repeats: int = 5) -> list[Measurement]:
    """From starting Python to the first prediction, median; and what that process needs."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.wav"
        write_wav(clip, speechlike(), SAMPLE_RATE)
        command = [sys.executable, "-c", _COLD_START, str(settings.project_root), str(clip)]
        times_s, results = [], []
        for _ in range(repeats):
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            times_s.append(time.perf_counter() - started)
            if done.returncode:
                reason = done.stderr.strip().rpartition("\n")[2]
                raise ModelError(f"a new process cannot predict ({reason})")
            results.append(done.stdout.split())
    peak_mb = float(np.median([int(peak_kb) for peak_kb, _ in results])) / 1024
    return [
        Measurement(
            "cold start to first prediction, p50", float(np.median(times_s)), "s", target="<= 2.5"
        ),
        Measurement("peak memory of that process", peak_mb, "MB"),
        Measurement(
            "torch, librosa or numba in it", float(results[0][1] != "none"), "modules", "0"
        ),
    ]


def bench_epoch(
    features_path: Path, model_config: ModelConfig, train_config: TrainConfig
) -> list[Measurement]:
    """One epoch of training with augmentation, and its validation."""
    import torch

    from slu.training.run import Run
    from slu.training.utterances import load_corpus

    torch.set_num_threads(train_config.threads or torch.get_num_threads())
    corpus = load_corpus(features_path)
    with tempfile.TemporaryDirectory() as folder:
        one_epoch = train_config.model_copy(update={"epochs": 1})
        run = Run(Path(folder), corpus, model_config, one_epoch)
        trainer = run.trainer()
        started = time.perf_counter()
        trainer.fit(lambda record: None)
        epoch_s = time.perf_counter() - started
    n_clips = len(corpus.split("train"))
    return [
        Measurement(f"training epoch of {model_config.name} ({n_clips} clips)", epoch_s, "s"),
        Measurement("peak memory of this process", _peak_mb(), "MB"),
    ]


def _alternate(
    first: Callable[[], object], second: Callable[[], object], repeats: int
) -> tuple[list[float], list[float]]:
    """Times of two functions in ms, taken in turns, so that a busy machine slows both."""
    times: tuple[list[float], list[float]] = ([], [])
    for index in range(2 * (repeats + 5)):
        started = time.perf_counter()
        (first, second)[index % 2]()
        times[index % 2].append((time.perf_counter() - started) * 1e3)
    return times[0][5:], times[1][5:]


def speechlike(duration_s: float = _DURATION_S) -> Waveform:
    """A buzzing tone that comes and goes, with noise."""
    seconds = np.arange(int(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * seconds) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * seconds), 0, 1)
    noise = np.random.default_rng(0).standard_normal(seconds.size)
    waveform: Waveform = (0.2 * buzz * syllables + 0.002 * noise).astype(np.float32)
    return waveform


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
