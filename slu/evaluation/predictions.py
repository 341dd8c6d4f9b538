"""Predictions on labelled recordings, through the path that users get."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.audio.decode import DecodeLimits
from slu.audio.types import Waveform
from slu.data.metadata import is_order, read_table
from slu.data.parallel import cores, tell
from slu.errors import AudioError, DataError
from slu.inference import Prediction, Predictor

# Labelled recordings may be longer than what people may upload.
LABELLED_LIMITS = DecodeLimits(max_bytes=200_000_000, max_duration_s=600.0)

# What the table tells about a recording beside its labels, for whoever looks at errors.
_CARRIED = ("text", "speaker", "source")


def predicted_column(slot: str) -> str:
    """Column of a predictions table that holds what was understood for a slot."""
    return f"{slot}_predicted"


def confidence_column(slot: str) -> str:
    """Column of a predictions table that holds how sure the model was of a slot."""
    return f"{slot}_confidence"


def orders_of(table: pd.DataFrame, slots: Sequence[str]) -> pd.DataFrame:
    """The rows of a table that are orders.

    Raises:
        DataError: there is none.
    """
    orders = table[is_order(table, slots)].reset_index(drop=True)
    if orders.empty:
        raise DataError("none of these recordings is an order; add some, or choose others")
    return orders


def all_right(predictions: pd.DataFrame, slots: Sequence[str]) -> NDArray[np.bool_]:
    """Whether all these slots were understood, shape = (n,)."""
    right = np.ones(len(predictions), bool)
    for slot in slots:
        right &= (predictions[slot] == predictions[predicted_column(slot)]).to_numpy(bool)
    return right


def worst_errors(predictions: pd.DataFrame, slots: Sequence[str]) -> pd.DataFrame:
    """Recordings that were misunderstood, the surest error first."""
    sureness = np.zeros(len(predictions))
    for slot in slots:
        confidence = predictions[confidence_column(slot)].to_numpy(float)
        wrong = ~all_right(predictions, [slot])
        sureness = np.maximum(sureness, np.where(wrong, confidence, 0.0))
    errors = predictions.assign(sureness=sureness)[~all_right(predictions, slots)]
    ranked = errors.sort_values("sureness", ascending=False, kind="stable")
    return ranked.drop(columns="sureness").reset_index(drop=True)


def predict_table(
    predictor: Predictor,
    table: pd.DataFrame,
    progress: Callable[[int, int], None] = lambda done, total: None,
    alter: Callable[[Waveform], Waveform] = lambda waveform: waveform,
    root: Path = Path(),
) -> pd.DataFrame:
    """Predict every recording of a table.

    Args:
        predictor: the model.
        table: columns path (seen from `root`) and one for each slot.
        progress: told after each recording.
        alter: what happens to a decoded recording, at the model's rate, before it is predicted;
            called by several threads at a time.
        root: the folder that the paths start from.

    Returns:
        columns path, then for each slot its label, `<slot>_predicted`, `<slot>_confidence`, then
        joint_confidence, accepted, problem (why a recording has no prediction), and text, speaker
        and source where the table has them.

    Raises:
        DataError: the table is empty or lacks a slot of the model.
    """
    check_slots(table, predictor.slots)
    if table.empty:
        raise DataError("there is no recording to evaluate; choose another split or table")
    predict_row = partial(_predict_row, predictor, alter=alter, root=root)
    # Threads are enough: what takes long is done by libraries that let others compute meanwhile.
    pool = ThreadPoolExecutor(cores())
    try:
        results = pool.map(predict_row, table.to_dict("records"))
        return pd.DataFrame(tell(results, len(table), progress))
    finally:
        pool.shutdown(cancel_futures=True)


def check_slots(table: pd.DataFrame, slots: Sequence[str]) -> None:
    """Check that a table has a column for each slot.

    Raises:
        DataError: naming one that it lacks.
    """
    missing = [slot for slot in slots if slot not in table]
    if missing:
        raise DataError(f"the table has no column {missing[0]}, which the model predicts")


def read_predictions(path: Path, slots: Sequence[str]) -> pd.DataFrame:
    """Read a predictions table back.

    Args:
        path: a `predictions.csv`.
        slots: of the model that predicted.

    Returns:
        As `predict_table` gives it; text, speaker and source are empty where the file has none.

    Raises:
        DataError: it is missing or damaged.
    """
    table = read_table(path).reset_index(drop=True)
    if table.empty:
        raise DataError(f"{path} holds no predictions; evaluate again")
    numbers = ["joint_confidence", *map(confidence_column, slots)]
    needed = ["path", *slots, *map(predicted_column, slots), *numbers, "accepted", "problem"]
    try:
        table = table.astype(dict.fromkeys(numbers, float))
        table["accepted"] = table["accepted"] == "True"
        table = table.assign(**{name: "" for name in _CARRIED if name not in table})
        return table[[*needed, *_CARRIED]]
    except (KeyError, ValueError) as error:
        raise DataError(f"{path} is damaged ({error}); evaluate again") from error


def _predict_row(
    predictor: Predictor, row: dict[str, str], alter: Callable[[Waveform], Waveform], root: Path
) -> dict[str, object]:
    result: dict[str, object] = {"path": row["path"]}
    prediction, problem = _predict(predictor, root / row["path"], alter)
    for slot in predictor.slots:
        answer = prediction.slots.get(slot) if prediction else None
        result[slot] = row[slot]
        result[predicted_column(slot)] = answer.label if answer else ""
        result[confidence_column(slot)] = round(answer.confidence, 5) if answer else 0.0
    result["joint_confidence"] = round(prediction.joint_confidence, 5) if prediction else 0.0
    result["accepted"] = not problem
    result["problem"] = problem
    return result | {name: row[name] for name in _CARRIED if name in row}


def _predict(
    predictor: Predictor, path: Path, alter: Callable[[Waveform], Waveform]
) -> tuple[Prediction | None, str]:
    """The prediction, if there is one, and why it is no answer, if it is none."""
    try:
        prediction = predictor.predict(alter(predictor.decode(path, LABELLED_LIMITS)))
    except AudioError as error:
        return None, str(error)
    return prediction, prediction.rejected or ""
