"""The few-shot benchmark: who is taught what, and how it is scored."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from slu.bench.few_shot import plan_trials, run_few_shot, score_count
from slu.config.few_shot import FewShotSuiteConfig
from slu.errors import DataError
from tests.bench.test_voices import CORPUS, TRAIN

SUITE = FewShotSuiteConfig(voices="voices.yaml", adapt="adapt.yaml", counts=(0, 1, 2), draws=2)


def people(takes: int = 4) -> pd.DataFrame:
    rows = [
        (f"{speaker}{label}{take}.wav", label, speaker)
        for speaker in ("ani", "budi")
        for label in ("1", "2")
        for take in range(takes)
    ]
    return pd.DataFrame(rows, columns=["path", "quantity", "speaker"])


def test_what_is_taught_is_not_judged() -> None:
    trials = list(plan_trials(people(), ["quantity"], SUITE))

    assert len(trials) == 2 * (1 + 2 + 2)
    for trial in trials:
        assert set(trial.taught["speaker"]) | set(trial.rest["speaker"]) == {trial.speaker}
        assert not set(trial.taught["path"]) & set(trial.rest["path"])
        assert len(trial.taught) + len(trial.rest) == 8
        assert (trial.taught["quantity"].value_counts() == trial.count).all()
        assert len(trial.taught) == 2 * trial.count


def test_draws_differ_and_counts_grow_from_each_other() -> None:
    taught = {
        (trial.speaker, trial.count, trial.draw): set(trial.taught["path"])
        for trial in plan_trials(people(20), ["quantity"], SUITE)
    }

    assert taught["ani", 2, 0] != taught["ani", 2, 1]
    assert taught["ani", 1, 0] < taught["ani", 2, 0]


def test_every_speaker_counts_the_same() -> None:
    right = {"ani": [True], "budi": [False, False, True, False]}
    predictions = pd.DataFrame(
        [
            {"speaker": speaker, "path": str(n), "count": 5, "right": hit, "remembered": 0.5}
            for speaker, hits in right.items()
            for n, hit in enumerate(hits)
        ]
    )

    found = score_count(predictions)

    assert found.speakers == {"ani": 1.0, "budi": 0.25}
    assert found.mean.value == 0.625
    assert found.mean.low <= 0.625 <= found.mean.high
    assert (found.count, found.remembered) == (5, 0.5)


def write_suite(folder: Path) -> Path:
    slots = {"quantity": CORPUS["slots"]["quantity"]}  # type: ignore[index]
    tiny = {"name": "m2", "d_model": 16, "n_layers": 1, "n_heads": 2, "feed_forward": 16}
    names = {"corpus": "corpus.yaml", "preprocess": "preprocess.yaml", "model": "model.yaml"}
    files = {
        "corpus": CORPUS | {"utterances": 40, "slots": slots, "templates": ["{quantity}"]},
        "preprocess": {},
        "model": tiny,
        "train": TRAIN,
        "voices": names
        | {"train": "train.yaml", "slots": ["quantity"], "scores": {"all": ["quantity"]}},
        "adapt": {"steps": 2, "variants": 1, "batch_size": 4},
        "suite": {"voices": "voices.yaml", "adapt": "adapt.yaml", "counts": [0, 1], "draws": 1},
    }
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return folder / "suite.yaml"


@pytest.mark.slow
def test_the_base_is_trained_once_and_taught_each_person(tmp_path: Path) -> None:
    suite = write_suite(tmp_path)
    table = people(2)
    for index, row in enumerate(table.to_dict("records")):
        import numpy as np

        from slu.audio.wav import write_wav
        from tests.tones import SAMPLE_RATE, tone

        rng = np.random.default_rng(index)
        write_wav(tmp_path / row["path"], tone("teh", row["quantity"], rng), SAMPLE_RATE)
    table.to_csv(tmp_path / "people.csv", index=False)
    told: list[str] = []

    none, one = run_few_shot(suite, tmp_path / "people.csv", tmp_path / "out", told.append)
    again = run_few_shot(
        suite, tmp_path / "people.csv", tmp_path / "out", told.append, keep_base=True
    )

    assert (none.count, one.count) == (0, 1)
    assert set(one.speakers) == {"ani", "budi"}
    assert again == [none, one]
    assert sum("speaking" in text for text in told) == 1
    predictions = pd.read_csv(tmp_path / "out/predictions.csv")
    assert len(predictions) == 8 + 4


def test_people_who_said_too_little_are_refused(tmp_path: Path) -> None:
    suite = write_suite(tmp_path)
    people(1).to_csv(tmp_path / "people.csv", index=False)

    with pytest.raises(DataError, match="said each label more than 1 times"):
        run_few_shot(suite, tmp_path / "people.csv", tmp_path / "out", lambda text: None)
