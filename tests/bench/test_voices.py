"""The voices benchmark on a small catalogue and a few clips: how it scores, not how well."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slu.bench.voices import _join, _score, run_suite
from slu.config import CorpusConfig, load_config
from slu.config.bench import VoicesSuiteConfig
from slu.errors import ConfigError
from slu.samples import draw_samples

CORPUS = {
    "language": "id",
    "utterances": 60,
    "templates": ["{quantity} {size} {product}", "{quantity} {product}"],
    "slots": {
        "product": {"beras": ["beras"], "gula": ["gula"]},
        "size": {"besar": ["besar"]},
        "quantity": {"1": ["satu"], "2": ["dua"]},
    },
}
TRAIN = {"epochs": 1, "batch_size": 16, "workers": 0, "augment": {"enable": False}}
SUITE = {
    "corpus": "corpus.yaml",
    "preprocess": "preprocess.yaml",
    "model": "model.yaml",
    "train": "train.yaml",
    "slots": ["product", "size", "quantity"],
    "joined": {"thing": ["size", "product"]},
    "scores": {"thing": ["thing"], "both": ["quantity", "thing"]},
    "seeds": [3, 4],
}


def write_suite(folder: Path, **changes: object) -> Path:
    files = {
        "corpus": CORPUS,
        "preprocess": {},
        "model": {"name": "m2", "d_model": 16, "n_layers": 1, "n_heads": 2, "feed_forward": 16},
        "train": TRAIN,
        "suite": SUITE | changes,
    }
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return folder / "suite.yaml"


def write_recordings(folder: Path, count: int) -> Path:
    """Clips of the catalogue with the size and the product in one column."""
    samples = draw_samples(load_config(CorpusConfig, folder / "corpus.yaml"), count, 1)
    path = folder / "metadata.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("path", "quantity", "thing"))
        for index, sample in enumerate(samples):
            (folder / f"{index}.wav").write_bytes(sample.speak())
            size = sample.labels["size"]
            thing = (
                sample.labels["product"] if size == "none" else f"{size} {sample.labels['product']}"
            )
            table.writerow((f"{index}.wav", sample.labels["quantity"], thing))
    return path


@pytest.mark.slow
def test_each_seed_speaks_trains_and_is_scored(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, babble_db=[-20], noise_db=[-10])
    recordings = write_recordings(tmp_path, 6)

    thing, both, *others = run_suite(suite, recordings, tmp_path / "out", lambda text: None)

    predictions = pd.read_csv(tmp_path / "out/predictions-4.csv", dtype=str)
    right = predictions["thing"] == predictions["thing_predicted"]
    assert thing.seeds[1] == pytest.approx(right.mean())
    assert both.mean.value <= thing.mean.value
    assert thing.recordings == 6
    written = json.loads((tmp_path / "out/scores.json").read_text("utf-8"))
    names = ["thing", "both", "thing, babble -20 dB", "both, babble -20 dB"]
    names += ["thing, noise -10 dB", "both, noise -10 dB"]
    assert [score["name"] for score in written["scores"]] == names
    assert [score.recordings for score in others] == [6] * 4
    for suffix in ("babble-20", "noise-10"):
        drowned = pd.read_csv(tmp_path / f"out/predictions-4-{suffix}.csv", dtype=str)
        assert not drowned["joint_confidence"].equals(predictions["joint_confidence"])
    configs = [
        json.loads((tmp_path / f"out/seed-{seed}/artifacts/bench/config.json").read_text("utf-8"))
        for seed in (3, 4)
    ]
    assert [config["seed"] for config in configs] == [3, 4]


@pytest.mark.parametrize(
    ("labels", "joined"),
    [
        (["a bit of", "milk"], "a bit of milk"),
        (["none", "milk"], "milk"),
        (["a bit of", "none"], "none"),
    ],
)
def test_labels_are_joined(labels: list[str], joined: str) -> None:
    assert _join(pd.Series(labels)) == joined


@given(arrays(np.bool_, st.tuples(st.integers(1, 3), st.integers(1, 40))))
def test_the_interval_holds_the_mean(right: np.ndarray) -> None:
    score = _score("any", right)

    assert score.mean.value == pytest.approx(np.mean(score.seeds))
    assert score.mean.low <= score.mean.value + 1e-9
    assert score.mean.high >= score.mean.value - 1e-9


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"joined": {"thing": ["colour", "product"]}}, "joined.thing names colour"),
        ({"scores": {"all": ["colour"]}}, "scores.all names colour"),
    ],
)
def test_a_suite_that_names_no_slot_is_refused(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_config(VoicesSuiteConfig, write_suite(tmp_path, **changes))
