"""Predictions on labelled recordings, through the path that users get."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from slu.audio.decode import DecodeLimits
from slu.errors import AudioError, DataError
from slu.inference import Prediction, Predictor

# Labelled recordings may be longer than what people may upload.
_LIMITS = DecodeLimits(max_bytes=200_000_000, max_duration_s=600.0)


def predicted_column(slot: str) -> str:
    """Column of a predictions table that holds what was understood for a slot."""
    return f"{slot}_predicted"


def confidence_column(slot: str) -> str:
    """Column of a predictions table that holds how sure the model was of a slot."""
    return f"{slot}_confidence"


def predict_table(
    predictor: Predictor,
    table: pd.DataFrame,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Predict every recording of a table.

    Args:
        predictor: the model.
        table: columns path (that can be opened as it stands) and one for each slot.
        progress: told after each recording.

    Returns:
        columns path, then for each slot its label, `<slot>_predicted`, `<slot>_confidence`, then
        joint_confidence, accepted, and problem (why a recording has no prediction).

    Raises:
        DataError: the table is empty or lacks a slot of the model.
    """
    missing = [slot for slot in predictor.slots if slot not in table]
    if missing:
        raise DataError(f"the table has no column {missing[0]}, which the model predicts")
    if table.empty:
        raise DataError("there is no recording to evaluate; choose another split or table")
    rows = []
    for index, row in enumerate(table.to_dict("records"), start=1):
        rows.append(_predict_row(predictor, row))
        progress(index, len(table))
    return pd.DataFrame(rows)


def _predict_row(predictor: Predictor, row: dict[str, str]) -> dict[str, object]:
    result: dict[str, object] = {"path": row["path"]}
    prediction, problem = _predict(predictor, Path(row["path"]))
    for slot in predictor.slots:
        answer = prediction.slots.get(slot) if prediction else None
        result[slot] = row[slot]
        result[predicted_column(slot)] = answer.label if answer else ""
        result[confidence_column(slot)] = round(answer.confidence, 5) if answer else 0.0
    result["joint_confidence"] = round(prediction.joint_confidence, 5) if prediction else 0.0
    result["accepted"] = not problem
    result["problem"] = problem
    return result


def _predict(predictor: Predictor, path: Path) -> tuple[Prediction | None, str]:
    """The prediction, if there is one, and why it is no answer, if it is none."""
    try:
        prediction = predictor.predict(predictor.decode(path, _LIMITS))
    except AudioError as error:
        return None, str(error)
    return prediction, prediction.rejected or ""
