"""Predictions on labelled recordings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.wav import write_wav
from slu.errors import DataError
from slu.evaluation.predictions import confidence_column, predict_table, predicted_column
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
