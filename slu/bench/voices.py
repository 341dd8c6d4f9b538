"""The voices benchmark: from a typed catalogue to people who were never heard."""

import shutil
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu import workflows
from slu.audio.room import mix
from slu.audio.types import Waveform
from slu.config import (
    MODEL_CONFIG,
    CorpusConfig,
    DataConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
    load_configs,
)
from slu.config.augment import NoiseKind
from slu.config.bench import VoicesSuiteConfig
from slu.data.labels import NONE
from slu.data.metadata import read_utterances
from slu.evaluation.noise_sweep import noise_adder
from slu.evaluation.predictions import (
    LABELLED_LIMITS,
    all_right,
    predict_table,
    predicted_column,
)
from slu.evaluation.scores import Interval
from slu.files import write_csv, write_json
from slu.inference import Predictor
from slu.settings import Settings

_RESAMPLES = 2000
_TALKERS = 4
_NOISE_SEED = 0


@dataclass(frozen=True)
class VoicesScore:
    """One row of the benchmark's table."""

    name: str
    mean: Interval
    """Over the seeds; the interval is over the recordings, which all seeds share."""
    seeds: tuple[float, ...]
    """The score of each seed."""
    recordings: int


def run_suite(
    suite_path: Path, recordings: Path, out_dir: Path, tell: Callable[[str], None]
) -> list[VoicesScore]:
    """Speak, train and score once for each seed, and write scores and predictions.

    Nothing of the recordings is trained on or used to choose anything.

    Args:
        suite_path: a `VoicesSuiteConfig`.
        recordings: labelled table of people's recordings.
        out_dir: gets a project folder for each seed (which is made anew), `predictions-<seed>.csv`
            (and one more for each level of babble and noise) and `scores.json`.
        tell: told what is being done.

    Raises:
        SLUError: a configuration, the table or a step of the way cannot be used.
    """
    suite = load_config(VoicesSuiteConfig, suite_path)
    table = read_utterances(recordings, DataConfig(slots=suite.columns))
    right: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    for seed in suite.seeds:
        predictor = speak_and_train(suite, suite_path.parent, out_dir / f"seed-{seed}", seed, tell)
        for condition, alter in _conditions(suite, predictor, table).items():
            among = f", {condition} dB" if condition else ""
            tell(f"seed {seed}: listening to {len(table)} recordings{among}")
            predictions = _predict(predictor, table, suite.joined, alter)
            suffix = f"-{condition.replace(' ', '')}" if condition else ""
            write_csv(out_dir / f"predictions-{seed}{suffix}.csv", predictions)
            for name, columns in suite.scores.items():
                right[name + among].append(all_right(predictions, columns))
    scores = [_score(name, np.stack(hits)) for name, hits in right.items()]
    facts = {"suite": suite.model_dump(mode="json"), "scores": [asdict(score) for score in scores]}
    write_json(out_dir / "scores.json", facts)
    return scores


def speak_and_train(
    suite: VoicesSuiteConfig, configs: Path, root: Path, seed: int, tell: Callable[[str], None]
) -> Predictor:
    """What a person does in the studio: speak the catalogue, check it in, prepare it, train.

    Args:
        suite: what is spoken and trained.
        configs: folder that the suite's paths start from.
        root: project folder, made anew.
        seed: of corpus and model.
        tell: told what is being done.

    Returns:
        the trained model, which is promoted in the project.
    """
    shutil.rmtree(root, ignore_errors=True)
    settings = Settings(project_root=root)
    corpus, preprocess, model, train = load_configs(
        [
            (CorpusConfig, configs / suite.corpus, {"seed": seed}),
            (PreprocessConfig, configs / suite.preprocess, {}),
            (MODEL_CONFIG, configs / suite.model, {}),
            (TrainConfig, configs / suite.train, {"seed": seed, "run_name": "bench"}),
        ]
    )
    tell(f"seed {seed}: speaking {corpus.utterances} phrases")
    workflows.synthesise(corpus, settings.data_dir / "raw" / "bench", settings)
    ingested = workflows.ingest(DataConfig(slots=suite.slots), settings)
    features = workflows.preprocess(ingested.metadata_path, preprocess, settings).features_path

    def on_epoch(record: Mapping[str, float]) -> None:
        tell(f"seed {seed}: epoch {record['epoch']:.0f}, {record['val_joint_accuracy']:.3f}")

    listener = workflows.TrainListener(on_epoch=on_epoch)
    workflows.train(features, model, train, settings, listener=listener)
    return Predictor.load(workflows.open_registry(settings))


def _conditions(
    suite: VoicesSuiteConfig, predictor: Predictor, table: pd.DataFrame
) -> dict[str, Callable[[Waveform], Waveform]]:
    """What recordings are heard among (nothing at first) -> what mixes it in."""
    quiet = {"": noise_adder(predictor, None, NoiseKind.PINK, _NOISE_SEED)}
    babble = {f"babble {db:g}": _babbler(predictor, table, db) for db in suite.babble_db}
    noise = {
        f"noise {db:g}": noise_adder(predictor, db, NoiseKind.PINK, _NOISE_SEED)
        for db in suite.noise_db
    }
    return quiet | babble | noise


def _babbler(
    predictor: Predictor, table: pd.DataFrame, level_db: float
) -> Callable[[Waveform], Waveform]:
    """Adds what other people of the table say, so that the speech stands `level_db` above it."""
    paths = table["path"].map(Path).tolist()

    def add(waveform: Waveform) -> Waveform:
        # By content, so that each recording hears the same people for every model.
        rng = np.random.default_rng(zlib.crc32(waveform.tobytes()))
        talk = np.zeros_like(waveform)
        for path in rng.choice(len(paths), size=_TALKERS, replace=False):
            voice = predictor.decode(paths[path], LABELLED_LIMITS)
            talk += np.resize(voice / max(float(np.std(voice)), 1e-6), waveform.size)
        return mix(waveform, talk, predictor.preprocess.sample_rate, level_db)

    return add


def _predict(
    predictor: Predictor,
    table: pd.DataFrame,
    joined: Mapping[str, Sequence[str]],
    alter: Callable[[Waveform], Waveform],
) -> pd.DataFrame:
    """Predictions with the joined columns beside the slots that they are made of."""
    # Slots that the people's table does not have are predicted all the same.
    unlabelled = [slot for slot in predictor.slots if slot not in table]
    predictions = predict_table(
        predictor, table.assign(**dict.fromkeys(unlabelled, "")), alter=alter
    )
    found = {
        column: predictions[[predicted_column(part) for part in parts]].apply(_join, axis=1)
        for column, parts in joined.items()
    }
    for column, labels in found.items():
        predictions[column] = table[column].to_numpy()
        predictions[predicted_column(column)] = labels
    return predictions


def _join(labels: "pd.Series[str]") -> str:
    """`a bit of`, `milk` -> `a bit of milk`; without milk there is no bit of it."""
    if labels.iloc[-1] == NONE:
        return NONE
    return " ".join(label for label in labels if label != NONE)


def _score(name: str, right: NDArray[np.bool_]) -> VoicesScore:
    """Mean and interval of a score; `right` has the shape (n_seeds, n_recordings)."""
    by_recording = right.mean(axis=0)
    rng = np.random.default_rng(0)
    drawn = rng.integers(by_recording.size, size=(_RESAMPLES, by_recording.size))
    low, high = np.percentile(by_recording[drawn].mean(axis=1), [2.5, 97.5])
    mean = Interval(float(by_recording.mean()), float(low), float(high))
    return VoicesScore(name, mean, tuple(right.mean(axis=1).tolist()), by_recording.size)
