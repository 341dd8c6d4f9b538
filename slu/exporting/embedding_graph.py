"""The speech embedding's network, translated from TensorFlow Lite to ONNX.

ONNX Runtime then computes everything that an exported model needs, also in browsers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from slu.audio.speech_embedding import (
    FIRST_HEARD,
    HOP_FRAMES,
    LOUDNESS_SCALE,
    LOUDNESS_SHIFT,
    N_MELS,
    SMALLEST_DEVIATION,
)
from slu.errors import ModelError

if TYPE_CHECKING:
    from ai_edge_litert import schema_py_generated as schema

_OPSET = 18
_IR_VERSION = 10


def embedding_graph(network: bytes, loudness: bool) -> onnx.ModelProto:
    """Translate a network whose operators are those of the speech embedding.

    Args:
        network: from `slu.audio.embedding_network.embedding_network`.
        loudness: whether the features also tell how loud the sound is.

    Returns:
        input `level_db` (n_frames, 32), the mel powers in dB; output `features`
        (n_embeddings, 192), or 224 with the loudness, as the front end gives them.

    Raises:
        ModelError: the network has an operator that is not known here.
    """
    translation = _Translation(network)
    translation.translate(loudness)
    graph = helper.make_graph(
        translation.nodes,
        "speech_embedding",
        [helper.make_tensor_value_info("level_db", TensorProto.FLOAT, ["frames", N_MELS])],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["embeddings", None])],
        translation.constants,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
    )
    onnx.checker.check_model(model)
    return model


class _Translation:
    """Nodes and constants of the graph, as they come up."""

    def __init__(self, network: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self._model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network, 0))
        self._network = self._model.subgraphs[0]
        kinds = schema.BuiltinOperator
        self._translators: dict[int, Callable[[schema.OperatorT, list[str], str], None]] = {
            kinds.PAD: self._pad,
            kinds.CONV_2D: self._convolution,
            kinds.LEAKY_RELU: self._leaky_relu,
            kinds.MAXIMUM: self._maximum,
            kinds.MAX_POOL_2D: self._pooling,
        }
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def translate(self, loudness: bool) -> None:
        """From levels in dB to features."""
        first, last = (str(int(ends[0])) for ends in (self._network.inputs, self._network.outputs))
        # TensorFlow Lite has channels last, ONNX has them second.
        self._add("Mul", ["level_db", self._constant(np.float32(0.1))], "tenth")
        self._add("Add", ["tenth", self._constant(np.float32(2.0))], "mel")
        self._add("Unsqueeze", ["mel", self._constant(np.array([0, 1]))], first)
        for operator in self._network.operators:
            self._translate(operator)
        self._add("Transpose", [last], "channels_last", perm=[0, 2, 3, 1])
        width = int(np.prod(self._network.tensors[int(last)].shape[2:]))
        self._add("Reshape", ["channels_last", self._constant(np.array([-1, width]))], "embedded")
        if not loudness:
            self._normalise("embedded", "features")
            return
        self._normalise("embedded", "normalised")
        self._loudness("mel", "loudness")
        self._add("Concat", ["normalised", "loudness"], "features", axis=1)

    def _translate(self, operator: "schema.OperatorT") -> None:
        kind = self._model.operatorCodes[operator.opcodeIndex].builtinCode
        if kind not in self._translators:
            raise ModelError(
                f"the speech embedding has an operator ({kind}) that cannot be exported; install "
                "the pinned pyopen-wakeword"
            )
        inputs = [str(int(index)) for index in operator.inputs]
        self._translators[kind](operator, inputs, str(int(operator.outputs[0])))

    def _pad(self, operator: "schema.OperatorT", inputs: list[str], output: str) -> None:
        before, after = self._values(inputs[1])[[0, 3, 1, 2]].T
        pads = self._constant(np.concatenate([before, after]).astype(np.int64))
        self._add("Pad", [inputs[0], pads], output)

    def _convolution(self, operator: "schema.OperatorT", inputs: list[str], output: str) -> None:
        options = operator.builtinOptions
        kernel = np.ascontiguousarray(self._values(inputs[1]).transpose(0, 3, 1, 2))
        weights = [self._constant(kernel), self._constant(self._values(inputs[2]))]
        self._add(
            "Conv",
            [inputs[0], *weights],
            output,
            strides=[options.strideH, options.strideW],
            auto_pad=_padding(options),
        )

    def _leaky_relu(self, operator: "schema.OperatorT", inputs: list[str], output: str) -> None:
        self._add("LeakyRelu", inputs, output, alpha=operator.builtinOptions.alpha)

    def _maximum(self, operator: "schema.OperatorT", inputs: list[str], output: str) -> None:
        self._add("Max", [inputs[0], self._constant(self._values(inputs[1]))], output)

    def _pooling(self, operator: "schema.OperatorT", inputs: list[str], output: str) -> None:
        options = operator.builtinOptions
        self._add(
            "MaxPool",
            inputs,
            output,
            kernel_shape=[options.filterHeight, options.filterWidth],
            strides=[options.strideH, options.strideW],
            auto_pad=_padding(options),
        )

    def _normalise(self, given: str, output: str) -> None:
        """Mean 0 and deviation 1 for each row."""
        axis = self._constant(np.array([1]))
        self._add("ReduceMean", [given, axis], "mean")
        self._add("Sub", [given, "mean"], "centred")
        self._add("Mul", ["centred", "centred"], "squared")
        self._add("ReduceMean", ["squared", axis], "variance")
        self._add("Sqrt", ["variance"], "deviation")
        smallest = self._constant(np.float32(SMALLEST_DEVIATION))
        self._add("Max", ["deviation", smallest], "scale")
        self._add("Div", ["centred", "scale"], output)

    def _loudness(self, mel: str, output: str) -> None:
        """Means of the middles of all windows, against the loudest of the clip."""
        ends = [np.array([FIRST_HEARD]), np.array([-FIRST_HEARD]), np.array([0])]
        self._add("Slice", [mel, *map(self._constant, ends)], "middles")
        self._add("Transpose", ["middles"], "bands_first", perm=[1, 0])
        self._add("Unsqueeze", ["bands_first", self._constant(np.array([0]))], "one_clip")
        steps = {"kernel_shape": [HOP_FRAMES], "strides": [HOP_FRAMES]}
        self._add("AveragePool", ["one_clip"], "pooled", **steps)
        self._add("Squeeze", ["pooled", self._constant(np.array([0]))], "bands_of_windows")
        self._add("Transpose", ["bands_of_windows"], "heard", perm=[1, 0])
        self._add("ReduceMax", [mel], "loudest", keepdims=0)
        self._add("Sub", ["heard", "loudest"], "below")
        self._add("Mul", ["below", self._constant(np.float32(LOUDNESS_SCALE))], "scaled")
        self._add("Add", ["scaled", self._constant(np.float32(LOUDNESS_SHIFT))], output)

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def _constant(self, value: NDArray[Any] | np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _values(self, index: str) -> NDArray[Any]:
        """Content of a constant tensor."""
        from ai_edge_litert import schema_py_generated as schema

        tensor = self._network.tensors[int(index)]
        kind = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32}
        content = self._model.buffers[tensor.buffer].data.tobytes()
        return np.frombuffer(content, kind[tensor.type]).reshape(tensor.shape)


def _padding(options: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    return "SAME_UPPER" if options.padding == schema.Padding.SAME else "VALID"
