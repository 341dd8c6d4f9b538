"""An evaluation from beginning to end: predictions, scores, report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from slu.evaluation.predictions import predict_table
from slu.evaluation.report import ReportPaths, write_report
from slu.evaluation.scores import Scores, score
from slu.inference import Predictor


@dataclass(frozen=True)
class Evaluation:
    """Scores, the predictions behind them, and where they were written."""

    scores: Scores
    predictions: pd.DataFrame
    metrics: dict[str, Any]
    """Content of the metrics file."""
    paths: ReportPaths


def evaluate(
    predictor: Predictor,
    table: pd.DataFrame,
    paths: ReportPaths,
    facts: Mapping[str, Any],
    progress: Callable[[int, int], None],
    root: Path = Path(),
) -> Evaluation:
    """Score a model on labelled recordings, through the path that users get, and write a report.

    Args:
        predictor: the model.
        table: columns path (seen from `root`) and one for each slot.
        paths: where the report goes.
        facts: what is evaluated, in front of the metrics.
        progress: told after each recording.
        root: the folder that the table's paths start from.

    Raises:
        DataError: the table is empty or lacks a slot of the model.
    """
    predictions = predict_table(predictor, table, progress, root=root)
    scores = score(predictions, predictor.slots)
    metrics = write_report(scores, predictions, facts, paths)
    return Evaluation(scores, predictions, metrics, paths)
