"""Understand recordings, as in: python predict.py order.wav.

Needs numpy, onnxruntime and soundfile. Files that this reads lie beside it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile

HERE = Path(__file__).parent
MODEL = json.loads((HERE / "model.json").read_text("utf-8"))
with np.load(HERE / "front_end.npz") as arrays:
    FRONT_END = dict(arrays)
RATE, FRAMING, SPECTROGRAM = MODEL["sample_rate"], MODEL["framing"], MODEL["spectrogram"]
GRAPH = onnxruntime.InferenceSession(HERE / "model.onnx")
NETWORK = onnxruntime.InferenceSession(HERE / MODEL["network"]) if MODEL["network"] else None


def read(path: str) -> np.ndarray:
    """A sound file as mono samples at the model's rate."""
    channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
    n = round(len(channels) * RATE / rate)
    spectrum = np.fft.rfft(channels.mean(axis=1))[: n // 2 + 1]
    return (np.fft.irfft(spectrum, n) * n / len(channels)).astype(np.float32)


def frame(waveform: np.ndarray) -> np.ndarray:
    """Keep the speech, level it, and put faint noise under and around it."""
    window, hop, keep = int(0.025 * RATE), int(0.010 * RATE), int(FRAMING["keep_s"] * RATE)
    power = np.square(np.lib.stride_tricks.sliding_window_view(waveform, window)[::hop]).mean(1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-FRAMING["trim_db"] / 10))
    level_db = 10 * np.log10(np.maximum(power[loud[0] : loud[-1] + 1], 1e-20))
    first, last = loud[0] + steady(level_db), loud[-1] - steady(level_db[::-1])
    speech = waveform[max(0, first * hop - keep) : last * hop + window + keep]
    pad = int(FRAMING["pad_s"] * RATE)
    framed = FRONT_END["noise"][: len(speech) + 2 * pad] * 10 ** (FRAMING["noise_db"] / 20)
    framed[pad : pad + len(speech)] += speech * FRAMING["peak"] / max(np.abs(speech).max(), 1e-5)
    return framed


def steady(level_db: np.ndarray) -> int:
    """How many frames of 10 ms at the beginning are steady noise, such as a fan's."""
    if len(level_db) < 40 or level_db[:40].std() > 2.5:
        return 0
    is_above = level_db > level_db[:40].mean() + 4
    return int((is_above[:-2] & is_above[1:-1] & is_above[2:]).argmax())


def features(waveform: np.ndarray) -> np.ndarray:
    """What the network reads, shape = (frames, n_features)."""
    window, padded = FRONT_END["window"], np.pad(frame(waveform), SPECTROGRAM["pad"])
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window))
    spectrum = np.fft.rfft(frames[:: SPECTROGRAM["hop_length"]] * window)
    power = np.abs(spectrum) ** 2 @ FRONT_END["filter_bank"].T
    level_db = 10 * np.log10(np.maximum(power, SPECTROGRAM["power_floor"]))
    level_db = np.maximum(level_db, level_db.max() - SPECTROGRAM["range_db"]).astype(np.float32)
    if NETWORK:
        return NETWORK.run(None, {"level_db": level_db})[0]
    centred = level_db - level_db.mean(axis=0)
    return centred / max(centred.std(), 1e-3) if SPECTROGRAM["normalise"] else level_db


def predict(waveform: np.ndarray) -> tuple[dict[str, str], float]:
    """The label of each slot, and how probable it is that all are right."""
    x, required = features(waveform), MODEL["required"]
    answers, spoken = {}, {}
    outputs = GRAPH.run(None, {"features": x[None], "lengths": np.array([len(x)], np.int64)})
    for (slot, names), logits in zip(MODEL["labels"].items(), outputs, strict=False):
        probabilities = np.exp(logits[0] - logits[0].max())
        ranked = sorted(zip(probabilities / probabilities.sum(), names, strict=True))[::-1]
        spoken[slot] = next(answer for answer in ranked if answer[1] != "none")
        answers[slot] = spoken[slot] if slot in (required or ()) else ranked[0]
    if required == [] and all(label == "none" for _, label in answers.values()):
        slot = max(answers, key=lambda name: spoken[name][0] / answers[name][0])
        answers[slot] = spoken[slot]  # `none` in every slot is no order
    confidence = float(np.prod([probability for probability, _ in answers.values()]))
    return {slot: label for slot, (_, label) in answers.items()}, confidence


for file in sys.argv[1:]:
    order, sure = predict(read(file))
    is_order = sure >= MODEL["rejection_threshold"]
    print(f"{file}: {order if is_order else 'not understood'}, {sure:.0%}")
