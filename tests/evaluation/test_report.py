"""The files of an evaluation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from slu.evaluation.report import (
    NO_ANSWER,
    ReportPaths,
    confusion,
    format_report,
    write_report,
)
from slu.evaluation.scores import score

PREDICTIONS = pd.DataFrame(
    {
        "path": ["a.wav", "b.wav", "c.wav", "d.wav"],
        "product": ["teh", "teh", "air mineral", "kopi"],
        "product_predicted": ["teh", "kopi", "", "kopi"],
        "product_confidence": [0.9, 0.6, 0.0, 0.8],
        "quantity": ["10", "2", "2", "10"],
        "quantity_predicted": ["10", "2", "", "2"],
        "quantity_confidence": [0.9, 0.7, 0.0, 0.5],
        "joint_confidence": [0.81, 0.42, 0.0, 0.4],
        "accepted": [True, True, False, True],
        "problem": ["", "", "silence", ""],
    }
)
SLOTS = ("product", "quantity")


def test_a_confusion_counts_what_was_said_and_understood() -> None:
    labels, counts = confusion(PREDICTIONS, "product")

    assert labels == [NO_ANSWER, "air mineral", "kopi", "teh"]
    assert counts.tolist() == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]


def test_numbers_come_in_their_order() -> None:
    labels, counts = confusion(PREDICTIONS, "quantity")

    assert labels == ["2", "10", NO_ANSWER]
    assert counts.sum() == len(PREDICTIONS)


def test_the_files_stand_where_they_should(tmp_path: Path) -> None:
    paths = ReportPaths.in_folder(tmp_path / "out", SLOTS)
    scores = score(PREDICTIONS, SLOTS)

    metrics = write_report(scores, PREDICTIONS, {"version": "m1", "split": "test"}, paths)

    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "metrics.json",
        "classification_report.txt",
        "predictions.csv",
        "confusion_product.png",
        "confusion_qty.png",
    }
    assert json.loads(paths.metrics.read_text()) == metrics
    assert metrics["version"] == "m1"
    assert metrics["joint_accuracy"]["value"] == 0.25
    assert metrics["slots"]["product"]["classes"]["teh"]["recall"] == 0.5
    assert paths.report.read_text() == format_report(scores)
    written = pd.read_csv(paths.predictions, dtype=str, keep_default_na=False)
    assert list(written) == list(PREDICTIONS)
    assert written["product_predicted"].tolist() == ["teh", "kopi", "", "kopi"]


def test_every_figure_is_a_picture(tmp_path: Path) -> None:
    paths = ReportPaths.in_folder(tmp_path, SLOTS)
    write_report(score(PREDICTIONS, SLOTS), PREDICTIONS, {}, paths)

    for path in paths.confusions.values():
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("L"))
        assert min(pixels.shape) > 300
        assert pixels.std() > 5


def test_figures_of_many_labels_stay_within_bounds(tmp_path: Path) -> None:
    n_labels = 60
    names = [f"article {index}" for index in range(n_labels)]
    table = pd.DataFrame({"product": names, "product_predicted": names})
    table["product_confidence"], table["accepted"] = 0.9, True
    paths = ReportPaths.in_folder(tmp_path, ("product",))

    write_report(score(table, ("product",)), table, {}, paths)

    with Image.open(paths.confusions["product"]) as picture:
        assert max(picture.size) <= 3000


@pytest.mark.parametrize(
    "text",
    ["utterances             4", "air mineral", "10", "precision  recall      f1  clips"],
)
def test_the_report_reads_well(text: str) -> None:
    assert text in format_report(score(PREDICTIONS, SLOTS))
