"""The rejection benchmark on a model of tones: how it counts, not how well the model does."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from slu import workflows
from slu.audio.wav import write_wav
from slu.bench.rejection import RejectionScore
from slu.config import load_config
from slu.config.bench import RejectionSuiteConfig
from slu.data.everyday import SENTENCES
from slu.data.sounds import SoundKind
from slu.errors import ConfigError, DataError
from slu.settings import Settings
from tests.tones import SAMPLE_RATE, lone_beep

CONFIGS = Path(__file__).parents[2] / "configs"
CORPUS = {
    "utterances": 20,
    "templates": ["{quantity} {product}"],
    "slots": {"product": {"kopi": ["kopi"]}, "quantity": {"1": ["satu"], "2": ["dua"]}},
    "negatives": {"share": 1.0},
}
SUITE = {
    "corpus": "corpus.yaml",
    "sentences": {"id": ["selamat malam"], "en": ["good night", "so long"]},
    "readings": 2,
    "sounds": 2,
}


def write_suite(folder: Path, **changes: object) -> Path:
    for name, content in (("corpus", CORPUS), ("suite", SUITE | changes)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return folder / "suite.yaml"


def write_recordings(folder: Path) -> Path:
    for index in range(5):
        clip = lone_beep(np.random.default_rng(index))
        write_wav(folder / f"{index}.wav", clip, SAMPLE_RATE)
    rows = pd.DataFrame({"file": [f"{index}.wav" for index in range(5)], "who": "me"})
    rows.to_csv(folder / "people.csv", index=False)
    return folder / "people.csv"


def run(root: Path, folder: Path, recordings: Path | None) -> list[RejectionScore]:
    settings, suite = Settings(project_root=root), write_suite(folder)
    return workflows.bench_rejection(
        settings, suite, None, recordings, folder / "out", lambda _: None
    )


@pytest.mark.slow
def test_every_set_is_played_and_counted(wary_root: Path, tmp_path: Path) -> None:
    scores = run(wary_root, tmp_path, write_recordings(tmp_path))

    rows = {score.name: score for score in scores}
    assert list(rows) == [
        "recordings of people", "other sentences", "broken orders, everyday sentences",
        *SoundKind, "babble", "all that is no order", "orders", "orders, noise at 10 dB",
    ]  # fmt: skip
    assert rows["recordings of people"].clips == 5
    assert rows["other sentences"].clips == 6
    assert rows["noise"].clips == rows["babble"].clips == 2
    answers = pd.read_csv(tmp_path / "out/answers.csv", keep_default_na=False)
    others = answers[~answers["order"]]
    total = rows["all that is no order"]
    assert total.clips == len(others)
    assert total.wrong.value == pytest.approx(others["accepted"].mean())
    noisy = answers[answers["set"] == "orders, noise at 10 dB"]
    assert rows["orders, noise at 10 dB"].wrong.value == pytest.approx(1 - noisy["accepted"].mean())
    written = json.loads((tmp_path / "out/scores.json").read_text("utf-8"))
    assert [score["name"] for score in written["scores"]] == list(rows)
    assert written["model"] == "wary"


@pytest.mark.slow
def test_it_gives_the_same_again_and_needs_no_recordings(wary_root: Path, tmp_path: Path) -> None:
    first = run(wary_root, tmp_path, None)

    assert run(wary_root, tmp_path, None) == first
    assert first[0].name == "other sentences"


@pytest.mark.slow
def test_a_table_without_paths_is_refused(wary_root: Path, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("who\nme\n", "utf-8")

    with pytest.raises(DataError, match="no column path"):
        run(wary_root, tmp_path, tmp_path / "people.csv")


def test_a_suite_without_sentences_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sentences"):
        load_config(RejectionSuiteConfig, write_suite(tmp_path, sentences={}))


def test_the_sentences_of_the_shipped_suite_are_in_no_corpus() -> None:
    suite = load_config(RejectionSuiteConfig, CONFIGS / "bench/rejection.yaml")

    for language, sentences in suite.sentences.items():
        known = {text.casefold() for text in SENTENCES[language]}
        assert not known & {text.casefold() for text in sentences}
