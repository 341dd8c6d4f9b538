"""A zip that holds a version and all that is needed to run it elsewhere."""

import io
import json
import zipfile
from collections.abc import Mapping
from importlib.metadata import files as package_files
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from slu.config import PreprocessConfig
from slu.errors import RegistryError
from slu.exporting.front_end import PortableFrontEnd, portable_front_end
from slu.exporting.int8 import Int8Accuracy
from slu.exporting.web import WebRuntime, model_script
from slu.registry import Registry, RegistryEntry

_NETWORK = "speech_embedding.onnx"
_EMBEDDING_PACKAGE = "pyopen-wakeword"


def write_bundle(
    path: Path,
    registry: Registry,
    entry: RegistryEntry,
    int8_path: Path,
    accuracy: Int8Accuracy | None,
    runtime: WebRuntime | None,
) -> None:
    """Write the zip.

    Args:
        path: of the zip.
        registry: for the version's files.
        entry: the version.
        int8_path: the graph with 8-bit weights; packed where it holds.
        accuracy: of that graph; none where there is none.
        runtime: for the web page; without it there is none.

    Raises:
        RegistryError: the model card is missing.
    """
    config = registry.config(entry)
    front_end = portable_front_end(PreprocessConfig.model_validate(config["preprocess"]))
    graph = registry.resolve(entry.onnx_path).read_bytes()
    description = _describe(config, front_end)
    content: dict[str, str | bytes] = {
        "README.txt": _read_me(entry.version, front_end, accuracy, runtime),
        "predict.py": _static("predict.py"),
        "model.onnx": graph,
        "model.json": json.dumps(description, indent=2, ensure_ascii=False),
        "front_end.npz": _as_npz(front_end.arrays),
        "config.json": registry.resolve(entry.config_path).read_bytes(),
        "MODEL_CARD.md": _find_card(registry, entry).read_bytes(),
    }
    if accuracy is not None and accuracy.holds:
        content["model-int8.onnx"] = int8_path.read_bytes()
    if front_end.network is not None:
        content[_NETWORK] = front_end.network
        content["LICENSE-speech_embedding.txt"] = _embedding_licence()
    if runtime is not None:
        content |= _web_page(description, front_end, graph, runtime)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, part in content.items():
            bundle.writestr(name, part)


def _describe(config: Mapping[str, Any], front_end: PortableFrontEnd) -> dict[str, Any]:
    """Content of `model.json`."""
    return {
        "version": config["version"],
        "labels": config["labels"],
        "required": config.get("required"),
        "rejection_threshold": config["rejection_threshold"],
        **front_end.settings,
        "network": None if front_end.network is None else _NETWORK,
    }


def _web_page(
    description: Mapping[str, Any], front_end: PortableFrontEnd, graph: bytes, runtime: WebRuntime
) -> dict[str, str | bytes]:
    graphs = {"model.onnx": graph}
    if front_end.network is not None:
        graphs[_NETWORK] = front_end.network
    return {
        "index.html": _static("index.html"),
        "web/recogniser.js": _static("recogniser.js"),
        "web/model.js": model_script(description, front_end.arrays, graphs),
        "web/runtime.js": runtime.script(),
    }


def _read_me(
    version: str,
    front_end: PortableFrontEnd,
    accuracy: Int8Accuracy | None,
    runtime: WebRuntime | None,
) -> str:
    holds = accuracy is not None and accuracy.holds
    parts = [
        _static("README.txt").format(version=version),
        _static("README-int8.txt").format(accuracy=accuracy) if holds else "",
        _static("README-embedding.txt") if front_end.network is not None else "",
        _static("README-page.txt").format(version=runtime.version)
        if runtime
        else _static("README-no-page.txt"),
    ]
    return "\n".join(filter(None, parts))


def _static(name: str) -> str:
    return files("slu.exporting").joinpath("static", name).read_text("utf-8")


def _as_npz(arrays: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _embedding_licence() -> str:
    """Of the package that carries the network; it goes wherever the network goes."""
    (licence,) = (
        path for path in package_files(_EMBEDDING_PACKAGE) or () if "LICENSE" in path.name
    )
    return licence.read_text()


def _find_card(registry: Registry, entry: RegistryEntry) -> Path:
    path = registry.resolve(entry.artifacts.get("model_card", "MODEL_CARD.md"))
    if not path.is_file():
        raise RegistryError(f"version {entry.version} lacks its model card; restore {path.name}")
    return path
