"""The graph with weights of 8 bits, and what that costs in accuracy."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slu.errors import ModelError
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry

if TYPE_CHECKING:
    import pandas as pd

MOST_LOST = 0.005
"""Share of the recordings by which the small graph may do worse, in each of the figures."""


@dataclass(frozen=True)
class Int8Accuracy:
    """Figures of a version's graph and of the same graph with weights of 8 bits."""

    recordings: int
    figures: dict[str, tuple[float, float]]
    """Name -> the figure of the graph, that of the small one; higher is better."""

    @property
    def holds(self) -> bool:
        """Whether the small graph is good enough to take the place of the other."""
        return all(small >= full - MOST_LOST for full, small in self.figures.values())

    def __str__(self) -> str:
        compared = [
            f"{name} {full:.1%} before, {small:.1%} in 8 bits"
            for name, (full, small) in self.figures.items()
        ]
        return f"{'; '.join(compared)} (on {self.recordings:,} clips)"


def write_int8(graph_path: Path, path: Path) -> None:
    """Write a graph with the weights of its matrix products in 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(graph_path, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            path,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm"],
        )


def measure_int8(
    registry: Registry,
    entry: RegistryEntry,
    int8_path: Path,
    recordings: "pd.DataFrame",
    progress: Callable[[int, int], None],
) -> Int8Accuracy:
    """Compare both graphs on labelled recordings, through the path that users get.

    Args:
        registry: for the version's files.
        entry: the version.
        int8_path: what `write_int8` made of its graph.
        recordings: columns path and one for each slot.
        progress: told after each prediction.

    Raises:
        ModelError: none of the recordings can be scored.
    """
    if recordings.empty:
        raise ModelError("there is no labelled clip to measure the 8-bit weights on")
    full = Predictor.from_entry(registry, entry)
    small = Predictor(int8_path, registry.config(entry))
    n = len(recordings)
    before = _score(full, recordings, lambda done, _: progress(done, 2 * n))
    after = _score(small, recordings, lambda done, _: progress(n + done, 2 * n))
    return Int8Accuracy(n, {name: (before[name], after[name]) for name in before})


def _score(
    predictor: Predictor, recordings: "pd.DataFrame", progress: Callable[[int, int], None]
) -> dict[str, float]:
    from slu.evaluation.predictions import predict_table
    from slu.evaluation.scores import score

    scores = score(predict_table(predictor, recordings, progress), predictor.slots)
    figures = {
        "all slots right": scores.joint_accuracy.value,
        "orders answered": scores.accepted,
    }
    if scores.false_accept is not None:
        figures["other sounds turned away"] = 1.0 - scores.false_accept.value
    return figures
