"""The trained network as an ONNX graph."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from slu.errors import ModelError
from slu.files import replacing
from slu.models.factory import Model

_TOLERANCE = 1e-3
_TRACED_FRAMES = 160


class _Flat(nn.Module):
    """The model with its outputs as a plain tuple, in the order of `output_names`."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        outputs = self.model(features, lengths)
        return (*outputs.logits.values(), *outputs.attention.values(), outputs.embedding)


def output_names(slots: Sequence[str]) -> list[str]:
    """Outputs of the graph: logits and attention of each slot, then the embedding."""
    return [f"logits_{s}" for s in slots] + [f"attention_{s}" for s in slots] + ["embedding"]


def export_onnx(model: Model, slots: Sequence[str], n_features: int, path: Path) -> None:
    """Write the graph and check it against the network.

    Inputs: `features` (B, n_frames, n_features) float32 and `lengths` (B,) int64; both B and
    n_frames are free.

    Raises:
        ModelError: the graph gives other numbers than the network.
    """
    flat = _Flat(model.cpu()).eval()
    with replacing(path) as temporary:
        _run_exporter(flat, _example(2, _TRACED_FRAMES, n_features), slots, temporary)
        _compare(flat, _example(3, _TRACED_FRAMES + 37, n_features), temporary)


def _example(batch: int, n_frames: int, n_features: int) -> tuple[Tensor, Tensor]:
    """Features and lengths of a batch in which only the first utterance is full."""
    rng = torch.Generator().manual_seed(n_frames)
    lengths = torch.tensor([max(8, n_frames >> index) for index in range(batch)])
    return torch.randn(batch, n_frames, n_features, generator=rng), lengths


def _run_exporter(
    flat: _Flat, example: tuple[Tensor, Tensor], slots: Sequence[str], path: Path
) -> None:
    free = torch.export.Dim.DYNAMIC
    # The exporter reports missing torchvision operators, which no model here uses.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            flat,
            example,
            path,
            input_names=["features", "lengths"],
            output_names=output_names(slots),
            dynamic_shapes={"features": {0: free, 1: free}, "lengths": {0: free}},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    _forget_origin(path)


def _forget_origin(path: Path) -> None:
    """Remove the exporter's notes on where in which source file each node came from.

    They hold paths of the computer at work, and are up to a third of the file.
    """
    model = onnx.load(path)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for initializer in graph.initializer:
        initializer.ClearField("metadata_props")
    onnx.save(model, path)


def _compare(flat: _Flat, example: tuple[Tensor, Tensor], path: Path) -> None:
    features, lengths = example
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.run(None, {"features": features.numpy(), "lengths": lengths.numpy()})
    with torch.inference_mode():
        expected = flat(features, lengths)
    worst = max(np.abs(e.numpy() - g).max() for e, g in zip(expected, given, strict=True))
    if not worst <= _TOLERANCE:
        raise ModelError(f"the exported graph differs from the network by {worst:.2g}")
