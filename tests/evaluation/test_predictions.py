"""Predictions on labelled recordings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.types import Waveform
from slu.audio.wav import write_wav
from slu.errors import DataError
from slu.evaluation.predictions import (
    all_right,
    confidence_column,
    predict_table,
    predicted_column,
    read_predictions,
    worst_errors,
)
from slu.files import write_csv
from slu.inference import Predictor
from slu.registry import Registry
from tests.tones import SAMPLE_RATE, tone

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def predictor(trained_root: Path) -> Predictor:
    return Predictor.load(Registry(trained_root, trained_root / "artifacts" / "registry"))


@pytest.fixture
def recordings(tmp_path: Path) -> pd.DataFrame:
    """An order, silence, no sound at all, a missing file; the path as a person's table has it."""
    order = tone("kopi", "2", np.random.default_rng(5))
    write_wav(tmp_path / "order.wav", order, SAMPLE_RATE)
    write_wav(tmp_path / "silence.wav", np.zeros(8000, np.float32), SAMPLE_RATE)
    (tmp_path / "text.wav").write_text("not a recording")
    names = ["order", "silence", "text", "missing"]
    return pd.DataFrame(
        {
            "path": [str(tmp_path / f"{name}.wav") for name in names],
            "product": "kopi",
            "quantity": "2",
        }
    )


def test_every_recording_has_a_row(predictor: Predictor, recordings: pd.DataFrame) -> None:
    told: list[tuple[int, int]] = []

    table = predict_table(predictor, recordings, lambda *done: told.append(done))

    assert list(table) == [
        "path",
        "product",
        "product_predicted",
        "product_confidence",
        "quantity",
        "quantity_predicted",
        "quantity_confidence",
        "joint_confidence",
        "accepted",
        "problem",
    ]
    assert table["path"].tolist() == recordings["path"].tolist()
    assert table["accepted"].tolist() == [True, False, False, False]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_answer_has_labels_and_confidence(
    predictor: Predictor, recordings: pd.DataFrame
) -> None:
    order = predict_table(predictor, recordings).iloc[0]

    assert [order[predicted_column(s)] for s in ("product", "quantity")] == ["kopi", "2"]
    confidences = [order[confidence_column(s)] for s in ("product", "quantity")]
    assert order["joint_confidence"] == pytest.approx(np.prod(confidences), abs=1e-4)
    assert order["problem"] == ""


def test_what_has_no_answer_says_why(predictor: Predictor, recordings: pd.DataFrame) -> None:
    problems = predict_table(predictor, recordings)["problem"].tolist()

    assert problems[1].startswith("silence")
    assert all(problems[1:])


def test_a_missing_slot_is_named(predictor: Predictor, recordings: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no column quantity"):
        predict_table(predictor, recordings.drop(columns="quantity"))


def test_an_empty_table_is_refused(predictor: Predictor, recordings: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no recording to evaluate; choose another"):
        predict_table(predictor, recordings.iloc[:0])


def test_what_the_table_tells_beside_is_kept(
    predictor: Predictor, recordings: pd.DataFrame
) -> None:
    told = recordings.assign(text="catat dua kopi", speaker="ibu", source="recorded", row=2)

    table = predict_table(predictor, told)

    assert list(table)[-3:] == ["text", "speaker", "source"]
    assert set(table["source"]) == {"recorded"}


def test_recordings_can_be_altered_first(predictor: Predictor, recordings: pd.DataFrame) -> None:
    problems = predict_table(predictor, recordings.head(1), alter=np.zeros_like)["problem"]

    assert problems[0].startswith("silence")


def test_a_stop_leaves_the_rest_undone(predictor: Predictor, recordings: pd.DataFrame) -> None:
    many = pd.concat([recordings.iloc[:1]] * 500, ignore_index=True)
    heard = []

    def listen(waveform: Waveform) -> Waveform:
        heard.append(waveform)
        return waveform

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_table(predictor, many, stop, listen)
    assert len(heard) < 500


def test_predictions_are_read_back(
    predictor: Predictor, recordings: pd.DataFrame, tmp_path: Path
) -> None:
    table = predict_table(predictor, recordings)
    write_csv(tmp_path / "predictions.csv", table)

    read = read_predictions(tmp_path / "predictions.csv", predictor.slots)

    assert (read[["text", "speaker", "source"]] == "").all(axis=None)
    pd.testing.assert_frame_equal(read[list(table)], table, check_dtype=False)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "cannot be read"),
        ("path,product\n", "holds no predictions; evaluate again"),
        ("path,product\na.wav,teh\n", "is damaged .*; evaluate again"),
        (
            "path,product,product_predicted,product_confidence,joint_confidence,accepted,problem\n"
            "a.wav,teh,teh,very,0.9,True,\n",
            "is damaged .*; evaluate again",
        ),
    ],
)
def test_damaged_predictions_are_told(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "predictions.csv").write_text(content)

    with pytest.raises(DataError, match=reason):
        read_predictions(tmp_path / "predictions.csv", ("product",))


ANSWERS = pd.DataFrame(
    {
        "path": ["right", "doubtful", "sure", "nothing"],
        "product": "teh",
        "product_predicted": ["teh", "kopi", "teh", ""],
        "product_confidence": [0.99, 0.4, 0.9, 0.0],
        "quantity": "2",
        "quantity_predicted": ["2", "2", "3", ""],
        "quantity_confidence": [0.99, 0.95, 0.8, 0.0],
    }
)


def test_the_surest_error_comes_first() -> None:
    """How sure the model was of what it got wrong counts, not of what it got right."""
    errors = worst_errors(ANSWERS, ("product", "quantity"))

    assert errors["path"].tolist() == ["sure", "doubtful", "nothing"]
    assert list(errors) == list(ANSWERS)


def test_right_means_every_slot() -> None:
    assert all_right(ANSWERS, ("product",)).tolist() == [True, False, True, False]
    assert all_right(ANSWERS, ("product", "quantity")).tolist() == [True, False, False, False]
