"""Files that tell how good a model is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from slu.data.labels import file_stem, sort_labels
from slu.evaluation.predictions import orders_of, predicted_column
from slu.evaluation.scores import Scores, SlotScores
from slu.files import replacing, write_csv, write_json

NO_ANSWER = "(no answer)"

# Beyond 40 labels the cells of a figure get smaller instead of the figure larger.
_LARGEST_INCHES = 24.0


@dataclass(frozen=True)
class ReportPaths:
    """Where the files of an evaluation go."""

    metrics: Path
    report: Path
    predictions: Path
    confusions: Mapping[str, Path]
    """slot -> PNG."""

    @classmethod
    def in_folder(cls, folder: Path, slots: Sequence[str]) -> "ReportPaths":
        """The usual names within one folder."""
        return cls(
            metrics=folder / "metrics.json",
            report=folder / "classification_report.txt",
            predictions=folder / "predictions.csv",
            confusions={slot: folder / f"confusion_{file_stem(slot)}.png" for slot in slots},
        )


def write_report(
    scores: Scores, predictions: pd.DataFrame, facts: Mapping[str, Any], paths: ReportPaths
) -> dict[str, Any]:
    """Write metrics, report, predictions and a confusion matrix of the orders for each slot.

    Args:
        scores: of the predictions.
        predictions: as `predict_table` gives them.
        facts: what was evaluated (model version, data), put in front of the metrics.
        paths: where to write.

    Returns:
        the metrics as written.
    """
    metrics = {**facts, **asdict(scores)}
    orders = orders_of(predictions, list(scores.slots))
    for slot, path in paths.confusions.items():
        labels, counts = confusion(orders, slot)
        _save_confusion(path, slot, labels, counts)
    write_csv(paths.predictions, predictions)
    with replacing(paths.report) as temporary:
        temporary.write_text(format_report(scores), "utf-8")
    write_json(paths.metrics, metrics)
    return metrics


def confusion(predictions: pd.DataFrame, slot: str) -> tuple[list[str], NDArray[np.int64]]:
    """Labels, and how often row label was understood as column label."""
    predicted = predictions[predicted_column(slot)].replace("", NO_ANSWER)
    labels = sort_labels([*predictions[slot], *predicted])
    ids = pd.Index(labels)
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (ids.get_indexer(predictions[slot]), ids.get_indexer(predicted)), 1)
    return labels, counts


def format_report(scores: Scores) -> str:
    """A table for reading."""
    lines = [
        f"utterances             {scores.utterances}",
        f"all slots right        {scores.joint_accuracy}",
        f"answered               {scores.accepted:.4f}",
        f"right, where answered  {scores.accepted_joint_accuracy:.4f}",
        f"wrongly rejected       {scores.false_reject}",
    ]
    if scores.false_accept is not None:
        lines += [
            f"not orders             {scores.not_orders}",
            f"wrongly answered       {scores.false_accept}",
        ]
    lines += ["", "calibration error of all slots together, by source"]
    lines += [
        f"  {source:<19}  {s.calibration_error:.4f}  ({s.utterances} utterances)"
        for source, s in scores.sources.items()
    ]
    for slot, slot_scores in scores.slots.items():
        lines += ["", *_format_slot(slot, slot_scores)]
    return "\n".join(lines) + "\n"


def _format_slot(slot: str, scores: SlotScores) -> list[str]:
    width = max(12, *(len(label) for label in scores.classes))
    return [
        slot,
        f"  accuracy           {scores.accuracy}",
        f"  macro F1           {scores.macro_f1}",
        f"  calibration error  {scores.calibration_error:.4f}",
        "",
        f"  {'label':<{width}}  precision  recall      f1  clips",
        *(
            f"  {label:<{width}}  {c.precision:9.3f}  {c.recall:6.3f}  {c.f1:6.3f}  {c.support:5d}"
            for label, c in scores.classes.items()
        ),
    ]


def _save_confusion(
    path: Path, slot: str, labels: Sequence[str], counts: NDArray[np.int64]
) -> None:
    side = min(max(4.0, 0.55 * len(labels) + 2.0), _LARGEST_INCHES)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(title=f"{slot}: said and understood", xlabel="understood", ylabel="said")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
