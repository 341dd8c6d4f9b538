"""The network behind the speech embedding, in TensorFlow Lite's format.

The package `pyopen-wakeword` carries it as it was published. What was trained on here is the same
network with other weights, which lie beside this file.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slu.config.preprocess import EmbeddingNetwork

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema

Weights = Sequence[NDArray[np.floating]]
"""Kernel (n_out, height, width, n_in) and bias (n_out,) of each convolution, in their order."""


@lru_cache(maxsize=4)
def embedding_network(name: EmbeddingNetwork = "original") -> bytes:
    """The embedding network up to its last pooling.

    Args:
        name: which weights it has.
    """
    from ai_edge_litert import schema_py_generated as schema

    network = schema.ModelT.InitFromObj(
        schema.Model.GetRootAs(packaged_model("embedding_model"), 0)
    )
    graph = network.subgraphs[0]
    kinds = [network.operatorCodes[operator.opcodeIndex] for operator in graph.operators]
    poolings = [
        index
        for index, kind in enumerate(kinds)
        if kind.builtinCode == schema.BuiltinOperator.MAX_POOL_2D
    ]
    graph.outputs = graph.operators[poolings[-1]].inputs
    graph.operators = graph.operators[: poolings[-1]]
    network.signatureDefs = None
    if name != "original":
        _replace_weights(network, read_weights(weights_path(name)))
    return _packed(network)


def weights_path(name: EmbeddingNetwork) -> Path:
    """Where the weights of a network lie that was trained on.

    Stored features and versions know a network by its name: other weights need another name.
    """
    return Path(__file__).parent / "static" / f"embedding_{name}.npz"


def packaged_model(name: str) -> bytes:
    """A network of the package `pyopen-wakeword`."""
    import pyopen_wakeword

    return (Path(pyopen_wakeword.__file__).parent / "models" / f"{name}.tflite").read_bytes()


def weights_of(network: bytes) -> Weights:
    """The weights of an embedding network."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network, 0))
    return [
        np.frombuffer(model.buffers[tensor.buffer].data.tobytes(), np.float32).reshape(tensor.shape)
        for tensor in _weight_tensors(model)
    ]


def read_weights(path: Path) -> Weights:
    """What `write_weights` wrote."""
    with np.load(path) as arrays:
        return [arrays[name].astype(np.float32) for name in sorted(arrays.files)]


def write_weights(weights: Weights, path: Path) -> None:
    """Keep weights to three digits, which changes embeddings by less than noise does."""
    named = {f"{index:02}": array.astype(np.float16) for index, array in enumerate(weights)}
    # As a file: NumPy would add an ending to a name.
    with path.open("wb") as file:
        np.savez_compressed(file, **named)  # type: ignore[arg-type]


def _replace_weights(network: "schema.ModelT", weights: Weights) -> None:
    for tensor, array in zip(_weight_tensors(network), weights, strict=True):
        content = np.ascontiguousarray(array.reshape(tensor.shape), np.float32)
        network.buffers[tensor.buffer].data = np.frombuffer(content.tobytes(), np.uint8)


def _weight_tensors(network: "schema.ModelT") -> Iterator["schema.TensorT"]:
    """Kernel and bias of one convolution after another."""
    from ai_edge_litert import schema_py_generated as schema

    graph = network.subgraphs[0]
    for operator in graph.operators:
        kind = network.operatorCodes[operator.opcodeIndex].builtinCode
        if kind == schema.BuiltinOperator.CONV_2D:
            yield from (graph.tensors[int(index)] for index in operator.inputs[1:])


def _packed(network: "schema.ModelT") -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.Finish(network.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())
