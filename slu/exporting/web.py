"""The parts of an exported web page that are made at export: the model, and what runs it.

They are scripts rather than data, since pages that are opened as files may load nothing else.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PACKAGE = Path("node_modules/onnxruntime-web")
_MODULE = "dist/ort.wasm.bundle.min.mjs"
_WEBASSEMBLY = "dist/ort-wasm-simd-threaded.wasm"


@dataclass(frozen=True)
class WebRuntime:
    """ONNX Runtime for browsers, as npm installed it."""

    version: str
    module: str
    webassembly: bytes

    def script(self) -> str:
        """A script that holds it all."""
        parts = {
            "version": self.version,
            "module": self.module,
            "webassembly": base64.b64encode(self.webassembly).decode(),
        }
        return f"const RUNTIME = {_as_script(parts)};\n"


def find_web_runtime(project_root: Path) -> WebRuntime | None:
    """The package `onnxruntime-web` of a project; none where it is not installed."""
    package = project_root / _PACKAGE
    try:
        return WebRuntime(
            json.loads((package / "package.json").read_text("utf-8"))["version"],
            (package / _MODULE).read_text("utf-8"),
            (package / _WEBASSEMBLY).read_bytes(),
        )
    except FileNotFoundError:
        return None


def model_script(
    description: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    graphs: Mapping[str, bytes],
) -> str:
    """A script that holds a model.

    Args:
        description: content of `model.json`.
        arrays: of the front end.
        graphs: name of an ONNX graph -> its content.
    """
    parts = {
        "description": description,
        "arrays": {name: _packed(array) for name, array in arrays.items()},
        "graphs": {name: base64.b64encode(graph).decode() for name, graph in graphs.items()},
    }
    return f"const MODEL = {_as_script(parts)};\n"


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    little_endian = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "type": array.dtype.name,
        "shape": array.shape,
        "base64": base64.b64encode(little_endian.tobytes()).decode(),
    }


def _as_script(value: object) -> str:
    """JSON that no HTML parser takes for the end of a script, whatever a label may hold."""
    return json.dumps(value).replace("<", "\\u003c")
