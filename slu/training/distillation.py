"""The speech embedding is trained on, to give under talk and noise what it gives without.

A copy of the network hears phrases among others' talk and noise, and is to give what the original
gives for the same phrase alone: the original teaches, nothing need be labelled (Hinton et al. 2015,
arXiv 1503.02531). What comes out lies beside the front end, and all models share it:

    python -m slu.training.distillation data/metadata_features.csv …
"""

import argparse
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, Dataset

from slu.audio.augment import AUGMENTATIONS, augment
from slu.audio.decibels import amplitude_ratio
from slu.audio.embedding_network import (
    embedding_network,
    weights_of,
    weights_path,
    write_weights,
)
from slu.audio.framing import framing_noise
from slu.audio.speech_embedding import HOP_FRAMES, SAMPLE_RATE, WINDOW_FRAMES, embedding_mel
from slu.audio.types import Features, Waveform
from slu.config import AugmentConfig, FramingConfig
from slu.data.feature_store import read_waveform
from slu.errors import DataError
from slu.files import replacing
from slu.training.embedding_model import EmbeddingModel
from slu.training.trainer import select_device
from slu.training.utterances import load_corpus

DURATION_S = 2.6
"""Of what is heard at a time."""

_NEVER = {name: {"probability": 0.0} for name in AUGMENTATIONS}
ALONE = AugmentConfig.model_validate(
    {name: {} for name in AUGMENTATIONS}
    | {name: _NEVER[name] for name in ("cut", "noise", "babble", "codec", "level")}
    | {"surroundings": {"probability": 0.7, "before_s": (0.0, 1.2), "after_s": (0.0, 1.2)}}
)
"""How a phrase is spoken: what the original hears."""
TALK_AND_NOISE: Mapping[str, object] = {
    "babble": {"probability": 0.65, "snr_db": (0.0, 25.0)},
    "noise": {"probability": 0.5, "snr_db": (0.0, 30.0)},
}
"""What comes to it: what the copy hears."""

# Mel frames this far below the loudest one (in 10 dB) are silence, where there is little to learn.
_SILENCE = 2.5
_WEIGHT_OF_SILENCE = 0.3
_WARMUP_STEPS = 50
_WEIGHT_DECAY = 1e-4
_GRADIENT_CLIP = 1.0
_CHECKED = 48

_TOLD_EVERY = 200

_LOGGER = logging.getLogger(__name__)

Pair = tuple[Features, Features]
"""Mel frames of a phrase among others' talk and noise, and alone; shapes = (n_frames, 32)."""


class Phrases(Dataset[Pair]):
    """Phrases of a split, drawn at random, among talk and noise and alone.

    Args:
        tables: corpora with features for `speech_embedding`.
        split: whose phrases are drawn.
        count: how many pairs there are.
        seed: of all that is drawn.
        around: sections of `AugmentConfig`: what comes to a phrase.

    Raises:
        DataError: a table cannot be used.
    """

    def __init__(
        self,
        tables: Sequence[Path],
        split: str,
        count: int,
        seed: int,
        around: Mapping[str, object] = TALK_AND_NOISE,
    ) -> None:
        self._count, self._seed = count, seed
        self._around = AugmentConfig.model_validate(_NEVER | dict(around))
        self._framing = FramingConfig()
        self._places = [place for table in tables for place in _waveforms(table, split)]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Pair:
        rng = np.random.default_rng([self._seed, index])
        alone = _part(augment(self._draw(rng), SAMPLE_RATE, ALONE, rng), rng)
        among = augment(alone, SAMPLE_RATE, self._around, rng, self._draw)
        # As loud as framing makes what is heard.
        louder = np.float32(self._framing.peak / max(float(np.abs(among).max()), 1e-5))
        faint = framing_noise(alone.size) * np.float32(amplitude_ratio(self._framing.noise_db))
        return embedding_mel(among * louder + faint), embedding_mel(alone * louder + faint)

    def _draw(self, rng: np.random.Generator) -> Waveform:
        return read_waveform(*self._places[rng.integers(len(self._places))])


def _waveforms(table: Path, split: str) -> list[tuple[Path, int, int]]:
    """File, offset and length of each waveform of a split."""
    corpus = load_corpus(table)
    if corpus.preprocess.sample_rate != SAMPLE_RATE:
        raise DataError(
            f"{table} is of sound at {corpus.preprocess.sample_rate} Hz; run `slu preprocess "
            "--config configs/preprocess_m3.yaml` first"
        )
    rows = corpus.split(split)[["waveform_path", "waveform_offset", "samples"]]
    return [(table.parent / path, int(start), int(n)) for path, start, n in rows.to_numpy()]


def _part(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """As much as is heard at a time, from somewhere; silence around what is shorter."""
    n_samples = round(DURATION_S * SAMPLE_RATE)
    missing = n_samples - waveform.size
    if missing <= 0:
        start = rng.integers(1 - missing)
        return waveform[start : start + n_samples]
    before = rng.integers(missing + 1)
    return np.pad(waveform, (before, missing - before))


def difference(given: Tensor, expected: Tensor, mel: Tensor) -> Tensor:
    """Mean square of what embeddings differ by; where the phrase is silent it counts less.

    Args:
        given: shape = (B, n_embeddings, 192).
        expected: what they should be.
        mel: frames of the phrase alone, shape = (B, n_frames, 32).
    """
    loudest = mel.amax(dim=2)
    heard = functional.max_pool1d(loudest[:, None], WINDOW_FRAMES, HOP_FRAMES)[:, 0]
    silent = heard < loudest.amax(dim=1, keepdim=True) - _SILENCE
    weights = torch.where(silent, _WEIGHT_OF_SILENCE, 1.0)
    return ((given - expected).square().mean(dim=2) * weights).sum() / weights.sum()


class Distillation:
    """A copy of the original network, and how it learns from it.

    Args:
        learning_rate: highest one; it rises for some steps and falls to zero.
        steps: of the whole training.
        device: `auto`, `cpu` or `cuda`.
    """

    def __init__(self, learning_rate: float, steps: int, device: str = "auto") -> None:
        original = weights_of(embedding_network())
        self._device = select_device(device)
        self._teacher = EmbeddingModel(original).requires_grad_(False).to(self._device)
        self.student = EmbeddingModel(original).to(self._device)
        self._optimiser = torch.optim.AdamW(
            self.student.parameters(), lr=learning_rate, weight_decay=_WEIGHT_DECAY
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser,
            lambda step: (
                min(1.0, (step + 1) / _WARMUP_STEPS)
                * (1.0 + math.cos(math.pi * min(step / steps, 1.0)))
                / 2
            ),
        )

    def learn(self, among: Tensor, alone: Tensor) -> None:
        """Take one step; shapes = (B, n_frames, 32)."""
        loss = self._difference(among, alone)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self.student.parameters(), _GRADIENT_CLIP)
        self._optimiser.step()
        self._schedule.step()

    @torch.no_grad()
    def judge(self, pairs: Dataset[Pair]) -> float:
        """The difference on some phrases."""
        loader = DataLoader(pairs, batch_size=_CHECKED)
        return float(np.mean([self._difference(*pair).item() for pair in loader]))

    @torch.no_grad()
    def go_back(self, share: float) -> None:
        """Move the copy a share of the way back to the original.

        Halfway it keeps most of what it learnt, and gives for real speech, which it never heard,
        what it gave before (Wortsman et al. 2022, arXiv 2109.01903).
        """
        parts = zip(self.student.parameters(), self._teacher.parameters(), strict=True)
        for learnt, original in parts:
            learnt.lerp_(original, share)

    def _difference(self, among: Tensor, alone: Tensor) -> Tensor:
        among, alone = among.to(self._device), alone.to(self._device)
        # Half the time on processors that know this type, and enough for small steps.
        with torch.autocast(self._device.type, torch.bfloat16):
            return difference(self.student(among), self._teacher(alone), alone)


def main() -> None:
    """Train on the phrases of some corpora, and keep the weights."""
    args = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    distillation = Distillation(args.learning_rate, args.steps)
    checked = _checked(args.tables)
    phrases = Phrases(args.tables, "train", args.steps * args.batch_size, args.seed)
    loader = DataLoader(phrases, args.batch_size, num_workers=args.workers)
    for step, pair in enumerate(loader):
        if step % _TOLD_EVERY == 0:
            _tell(step, distillation, checked)
        distillation.learn(*pair)
    _tell(args.steps, distillation, checked)
    distillation.go_back(args.back)
    _tell(args.steps, distillation, checked)
    with replacing(args.out) as temporary:
        write_weights(distillation.student.weights(), temporary)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("tables", nargs="+", type=Path, help="metadata_features.csv")
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--back", type=float, default=0.5, help="share of the way back at the end")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=weights_path("in_talk"))
    return parser.parse_args()


def _checked(tables: Sequence[Path]) -> dict[str, Phrases]:
    """Phrases of other voices, as they may be heard."""
    conditions: dict[str, Mapping[str, object]] = {
        "alone": {},
        "talk": {"babble": {"probability": 1.0, "snr_db": (6.0, 6.0)}},
        "noise": {"noise": {"probability": 1.0, "snr_db": (10.0, 10.0)}},
    }
    return {name: Phrases(tables, "val", _CHECKED, 0, c) for name, c in conditions.items()}


def _tell(step: int, distillation: Distillation, checked: dict[str, Phrases]) -> None:
    found = (f"{name} {distillation.judge(phrases):.3f}" for name, phrases in checked.items())
    _LOGGER.info("step %d: difference %s", step, ", ".join(found))


if __name__ == "__main__":
    main()
