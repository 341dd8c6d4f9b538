"""The few-shot benchmark: what some recordings of a person bring for the rest of that person."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu import workflows
from slu.bench.voices import speak_and_train
from slu.config import AdaptConfig, DataConfig, TrainConfig, load_config, load_configs
from slu.config.bench import VoicesSuiteConfig
from slu.config.few_shot import FewShotSuiteConfig
from slu.data.metadata import read_utterances
from slu.errors import DataError
from slu.evaluation.predictions import all_right, predict_table
from slu.evaluation.scores import Interval
from slu.files import write_csv, write_json
from slu.inference import Predictor
from slu.models.factory import Model
from slu.settings import Settings
from slu.teaching import load_model
from slu.training.adapt import adapt
from slu.training.export import export_onnx
from slu.training.lesson import prepare_lesson
from slu.training.trainer import validate
from slu.training.utterances import UtteranceDataset, load_corpus

_RESAMPLES = 2000


@dataclass(frozen=True)
class Trial:
    """Some recordings of a person to learn from, and the rest to be judged by."""

    speaker: str
    count: int
    """Recordings of each label that are learnt from."""
    draw: int
    taught: pd.DataFrame
    rest: pd.DataFrame

    @property
    def name(self) -> str:
        """For folders and progress."""
        return f"{self.speaker}-{self.count}-{self.draw}"


@dataclass(frozen=True)
class FewShotScore:
    """One point of the curve."""

    count: int
    """Recordings of each label that were learnt from."""
    mean: Interval
    """Over the speakers; the interval is over their recordings."""
    speakers: dict[str, float]
    """The score of each, mean over the draws."""
    remembered: float
    """Share of the synthetic validation clips that are still right, mean over all."""


def run_few_shot(
    suite_path: Path,
    recordings: Path,
    out_dir: Path,
    tell: Callable[[str], None],
    *,
    keep_base: bool = False,
) -> list[FewShotScore]:
    """Train the base once, teach it each speaker in turn, and score on what was not taught.

    Args:
        suite_path: a `FewShotSuiteConfig`.
        recordings: labelled table of people's recordings, with speakers.
        out_dir: gets the base's project, `predictions.csv` and `scores.json`.
        tell: told what is being done.
        keep_base: take the base that an earlier run left in `out_dir`.

    Raises:
        SLUError: a configuration, the table or a step of the way cannot be used.
    """
    suite = load_config(FewShotSuiteConfig, suite_path)
    voices_path = suite_path.parent / suite.voices
    voices, config = load_configs(
        [(VoicesSuiteConfig, voices_path, {}), (AdaptConfig, suite_path.parent / suite.adapt, {})]
    )
    table = _read_people(recordings, voices.slots, max(suite.counts))
    root = out_dir / "base"
    if not keep_base:
        speak_and_train(voices, voices_path.parent, root, suite.seed, tell)
    student = _Student(root, config)
    results = []
    for trial in plan_trials(table, voices.slots, suite):
        results.append(student.judge(trial, out_dir / "trials" / trial.name))
        shares = results[-1].groupby("speaker")["right"].mean()
        tell(f"{trial.name}: {shares.iloc[0]:.4f}")
    predictions = pd.concat(results, ignore_index=True)
    write_csv(out_dir / "predictions.csv", predictions)
    scores = [score_count(part) for _, part in predictions.groupby("count")]
    facts = {"suite": suite.model_dump(mode="json"), "adapt": config.model_dump(mode="json")}
    write_json(out_dir / "scores.json", facts | {"scores": [asdict(score) for score in scores]})
    return scores


def plan_trials(
    table: pd.DataFrame, slots: Sequence[str], suite: FewShotSuiteConfig
) -> Iterator[Trial]:
    """Each speaker, each count, each draw; without teaching, one draw tells all.

    Args:
        table: recordings with columns speaker and the slots.
        slots: what is said.
        suite: counts, draws and seed.
    """
    for speaker, own in table.groupby("speaker"):
        for count in suite.counts:
            for draw in range(suite.draws if count else 1):
                rng = np.random.default_rng([suite.seed, draw])
                shuffled = own.iloc[rng.permutation(len(own))]
                taught = (shuffled.groupby(list(slots)).cumcount() < count).to_numpy(bool)
                yield Trial(str(speaker), count, draw, shuffled[taught], shuffled[~taught])


def score_count(predictions: pd.DataFrame) -> FewShotScore:
    """Score the trials of one count.

    Args:
        predictions: columns speaker, count, draw, path, right and remembered.
    """
    # What a recording scores over the draws that it was not taught in.
    by_recording = predictions.groupby(["speaker", "path"])["right"].mean()
    parts = [part.to_numpy(float) for _, part in by_recording.groupby("speaker")]
    rng = np.random.default_rng(0)
    resampled = np.mean([_resampled_means(part, rng) for part in parts], axis=0)
    by_speaker = predictions.groupby("speaker")["right"].mean()
    value = float(by_speaker.mean())
    low, high = np.percentile(resampled, [2.5, 97.5])
    return FewShotScore(
        count=int(predictions["count"].iloc[0]),
        mean=Interval(value, min(value, float(low)), max(value, float(high))),
        speakers={str(speaker): float(share) for speaker, share in by_speaker.items()},
        remembered=float(predictions["remembered"].mean()),
    )


class _Student:
    """The base model, taught anew for each trial.

    Args:
        root: project of the base.
        config: how it is taught.
    """

    def __init__(self, root: Path, config: AdaptConfig) -> None:
        settings = Settings(project_root=root)
        self._registry = workflows.open_registry(settings)
        self._entry = self._registry.get()
        self._described = self._registry.config(self._entry)
        self._train_config = TrainConfig.model_validate(self._entry.train_cfg)
        self._corpus = load_corpus(settings.data_dir / "processed" / "metadata_features.csv")
        self._features_root = settings.data_dir / "features"
        self._config = config

    def judge(self, trial: Trial, folder: Path) -> pd.DataFrame:
        """Predictions on the rest of a speaker, through the path that users get.

        Args:
            trial: what is taught and what is the rest.
            folder: for the table of what is taught, and the graph.
        """
        model = load_model(self._registry, self._entry, self._corpus)
        if trial.count:
            self._teach(model, trial, folder)
        val = UtteranceDataset(self._corpus, self._corpus.split("val"), None, 0)
        slots = tuple(self._corpus.labels)
        remembered = validate(model, val, slots, self._train_config.batch_size)
        n_features = val[0, 0].features.shape[1]
        export_onnx(model, slots, n_features, folder / "model.onnx")
        predictions = predict_table(Predictor(folder / "model.onnx", self._described), trial.rest)
        return predictions.assign(
            speaker=trial.speaker,
            count=trial.count,
            draw=trial.draw,
            right=all_right(predictions, slots),
            remembered=remembered["val_joint_accuracy"],
        )

    def _teach(self, model: Model, trial: Trial, folder: Path) -> None:
        write_csv(folder / "metadata.csv", trial.taught)
        # All that is not taught is judged by: nothing needs to be held back.
        config = self._config.model_copy(
            update={"held_back": 0.0, "min_per_label": 1, "seed": trial.draw}
        )
        lesson = prepare_lesson(self._corpus, folder, config, (), self._features_root)
        adapt(model, lesson, config, self._train_config)


def _read_people(path: Path, slots: Sequence[str], needed: int) -> pd.DataFrame:
    """Recordings of people who all said every label more often than may be learnt from."""
    table = read_utterances(path, DataConfig(slots=tuple(slots)))
    table["path"] = [str(Path(name).resolve()) for name in table["path"]]
    if (table["speaker"] == "").any():
        raise DataError(f"{path} has rows without a speaker; say who spoke each recording")
    counts = table.groupby(["speaker", *slots]).size().unstack(list(slots), fill_value=0)
    if (counts <= needed).any(axis=None):
        raise DataError(f"{path}: everybody must have said each label more than {needed} times")
    return table


def _resampled_means(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Means of samples drawn with replacement, shape = (_RESAMPLES,)."""
    drawn = rng.integers(values.size, size=(_RESAMPLES, values.size))
    means: NDArray[np.float64] = values[drawn].mean(axis=1)
    return means
