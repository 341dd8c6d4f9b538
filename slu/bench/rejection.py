"""The rejection benchmark: no orders that are answered, and orders that are turned away.

A model is played sounds and sentences that it never heard, and orders in noise, in voices that
its training clips did not have.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from slu.audio.types import Waveform
from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig, DataConfig, load_config
from slu.config.augment import NoiseKind
from slu.config.bench import RejectionSuiteConfig
from slu.data.metadata import locate, match_columns, read_table
from slu.data.negatives import Clip, plan_negatives, plan_sentences
from slu.data.rendering import render_clip
from slu.data.sounds import SAMPLE_RATE, SoundKind, make_sound, mix_babble
from slu.data.utterances import Utterance, plan_utterances
from slu.errors import DataError
from slu.evaluation.noise_sweep import noise_adder
from slu.evaluation.predictions import LABELLED_LIMITS
from slu.evaluation.scores import Interval, share_interval
from slu.files import write_csv, write_json
from slu.inference import Predictor

_SPLIT = "test"
_SOUND_S = (0.5, 4.0)
_SPEAKERS = 5

Sounds = Iterator[tuple[str, Waveform]]
"""What a clip is, and its samples at the model's rate."""


@dataclass(frozen=True)
class RejectionScore:
    """One row of the benchmark's table."""

    name: str
    wrong: Interval
    """Share of clips that were answered though they are no orders, or of orders that were not."""
    clips: int
    target: str = ""


def run_rejection(
    suite_path: Path,
    predictor: Predictor,
    recordings: Path | None,
    out_dir: Path,
    tell: Callable[[str], None],
) -> list[RejectionScore]:
    """Play everything to a model, and write `scores.json` and `answers.csv`.

    Args:
        suite_path: a `RejectionSuiteConfig`.
        predictor: a model that was trained on the suite's catalogue.
        recordings: table of recordings of people who do not order; its labels are not read.
        out_dir: for the files.
        tell: told what is being played.

    Raises:
        SLUError: a configuration, a voice or the table cannot be used.
    """
    suite = load_config(RejectionSuiteConfig, suite_path)
    corpus = load_config(CorpusConfig, suite_path.parent / suite.corpus)
    stage = _Stage(suite, corpus, predictor, recordings)
    parts = []
    for name, sounds in stage.not_orders():
        tell(f"playing {name}")
        parts.append(_play(predictor, name, sounds, is_order=False))
    for name, sounds in stage.orders():
        tell(f"playing {name}")
        parts.append(_play(predictor, name, sounds, is_order=True))
    answers = pd.concat(parts, ignore_index=True)
    scores = _score(answers)
    write_csv(out_dir / "answers.csv", answers)
    facts = {"model": predictor.version, "suite": suite.model_dump(mode="json")}
    write_json(out_dir / "scores.json", facts | {"scores": [asdict(score) for score in scores]})
    return scores


class _Stage:
    """Makes what is played."""

    def __init__(
        self,
        suite: RejectionSuiteConfig,
        corpus: CorpusConfig,
        predictor: Predictor,
        recordings: Path | None,
    ) -> None:
        self._suite, self._corpus, self._predictor = suite, corpus, predictor
        self._recordings = [] if recordings is None else _recorded_paths(recordings)

    def not_orders(self) -> Iterator[tuple[str, Sounds]]:
        """Name and clips of each set without an order in it."""
        if self._recordings:
            yield "recordings of people", self._listen(self._recordings)
        yield "other sentences", self._render(self._sentences())
        others = [clip for clip in plan_negatives(self._corpus) if clip.split == _SPLIT]
        broken = [clip for clip in others if isinstance(clip, Utterance)]
        yield "broken orders, everyday sentences", self._render(broken)
        for kind in SoundKind:
            yield str(kind), self._sounds(kind)
        yield "babble", self._babble()

    def orders(self) -> Iterator[tuple[str, Sounds]]:
        """Name and clips of the orders, as they are and with noise."""
        planned = [clip for clip in plan_utterances(self._corpus) if clip.split == _SPLIT]
        yield "orders", self._render(planned)
        suite = self._suite
        add = noise_adder(self._predictor, suite.snr_db, NoiseKind.PINK, suite.seed)
        noisy = ((text, add(waveform)) for text, waveform in self._render(planned))
        yield f"orders, noise at {suite.snr_db:g} dB", noisy

    def _sentences(self) -> list[Utterance]:
        sentences = [
            (lang, text) for lang, texts in self._suite.sentences.items() for text in texts
        ]
        return plan_sentences(
            self._corpus, sentences * self._suite.readings, _SPLIT, self._suite.seed
        )

    def _render(self, clips: Sequence[Clip]) -> Sounds:
        for clip in clips:
            content = wav_bytes(*render_clip(clip))
            yield clip.text, self._predictor.decode(content)

    def _listen(self, paths: Sequence[Path]) -> Sounds:
        for path in paths:
            yield str(path), self._predictor.decode(path, LABELLED_LIMITS)

    def _sounds(self, kind: SoundKind) -> Sounds:
        for index in range(self._suite.sounds):
            rng = np.random.default_rng([self._suite.seed, list(SoundKind).index(kind), index])
            sound = make_sound(kind, rng.uniform(*_SOUND_S), rng)
            yield f"{kind} {index}", self._predictor.decode(wav_bytes(sound, SAMPLE_RATE))

    def _babble(self) -> Sounds:
        """Of the recordings where there are any: voices that no model heard."""
        rate = self._predictor.preprocess.sample_rate
        for index in range(self._suite.sounds):
            rng = np.random.default_rng([self._suite.seed, len(SoundKind), index])
            voices = [waveform for _, waveform in islice(self._voices(rng), _SPEAKERS)]
            n_samples = round(rng.uniform(*_SOUND_S) * rate)
            yield f"babble {index}", mix_babble(voices, n_samples, rng)

    def _voices(self, rng: np.random.Generator) -> Sounds:
        if self._recordings:
            chosen = rng.choice(len(self._recordings), size=_SPEAKERS)
            return self._listen([self._recordings[number] for number in chosen])
        sentences = self._sentences()
        return self._render([sentences[n] for n in rng.choice(len(sentences), size=_SPEAKERS)])


def _recorded_paths(table_path: Path) -> list[Path]:
    table = read_table(table_path)
    column = match_columns(table.columns, DataConfig()).get("path")
    if column is None:
        raise DataError(f"{table_path} has no column path; name its recordings there")
    return [Path(locate(cell, table_path.parent)) for cell in table[column]]


def _play(predictor: Predictor, name: str, sounds: Sounds, *, is_order: bool) -> pd.DataFrame:
    rows = []
    for clip, waveform in sounds:
        prediction = predictor.predict(waveform)
        rows.append(
            {
                "set": name,
                "order": is_order,
                "clip": clip,
                **prediction.labels,
                "joint_confidence": round(prediction.joint_confidence, 5),
                "accepted": prediction.rejected is None,
            }
        )
    return pd.DataFrame(rows)


def _score(answers: pd.DataFrame) -> list[RejectionScore]:
    wrong = answers["accepted"] != answers["order"]
    rows = [
        RejectionScore(str(name), share_interval(hits.to_numpy(bool)), len(hits))
        for name, hits in wrong.groupby(answers["set"], sort=False)
    ]
    others = wrong[~answers["order"]].to_numpy(bool)
    total = RejectionScore("all that is no order", share_interval(others), others.size, "<= 0.02")
    first_orders = next(i for i, row in enumerate(rows) if row.name == "orders")
    rows[-1] = RejectionScore(rows[-1].name, rows[-1].wrong, rows[-1].clips, "<= 0.05")
    return [*rows[:first_orders], total, *rows[first_orders:]]
