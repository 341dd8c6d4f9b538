"""A model as one file, for use elsewhere."""

import json
import shutil
import tempfile
import zipfile
from enum import StrEnum
from pathlib import Path

from slu.audio.front_end import make_front_end
from slu.config import PreprocessConfig
from slu.errors import RegistryError
from slu.files import replacing
from slu.registry import Registry, RegistryEntry

_README = """This folder holds the spoken-order model {version}.

model.onnx   inputs: features (batch, frames, {n_features}) float32 and lengths (batch,) int64;
             outputs: logits and attention of each slot, and an embedding.
config.json  labels of each slot, feature parameters, rejection threshold.

SLU Studio's `slu.audio.front_end` computes the features from a waveform.
"""


class ExportFormat(StrEnum):
    """Forms in which a model leaves the project."""

    ONNX = "onnx"
    INT8 = "int8"
    ZIP = "zip"


_SUFFIXES = {
    ExportFormat.ONNX: ".onnx",
    ExportFormat.INT8: "-int8.onnx",
    ExportFormat.ZIP: ".zip",
}


def export_version(
    registry: Registry,
    entry: RegistryEntry,
    export_format: ExportFormat,
    folder: Path,
    out: Path | None = None,
) -> Path:
    """Write a version as one file.

    Args:
        registry: for the version's files.
        entry: the version.
        export_format: what to write.
        folder: gets `<version>.onnx`, `<version>-int8.onnx` or `<version>.zip`.
        out: another file, in its place.

    Returns:
        the path of the file.

    Raises:
        RegistryError: the version is incomplete or was altered.
    """
    registry.verify(entry)
    path = out or folder / f"{entry.version}{_SUFFIXES[export_format]}"
    write = {
        ExportFormat.ONNX: export_graph,
        ExportFormat.INT8: export_int8,
        ExportFormat.ZIP: export_zip,
    }[export_format]
    write(registry, entry, path)
    return path


def export_graph(registry: Registry, entry: RegistryEntry, path: Path) -> None:
    """Copy the ONNX graph."""
    with replacing(path) as temporary:
        shutil.copyfile(registry.resolve(entry.onnx_path), temporary)


def export_int8(registry: Registry, entry: RegistryEntry, path: Path) -> None:
    """Write the ONNX graph with the weights of its matrix products in 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, replacing(path) as temporary:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(registry.resolve(entry.onnx_path), prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            temporary,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm"],
        )


def export_zip(registry: Registry, entry: RegistryEntry, path: Path) -> None:
    """Pack graph, configuration, model card and a note on how to use them."""
    config = registry.resolve(entry.config_path)
    preprocess = PreprocessConfig.model_validate(
        json.loads(config.read_text("utf-8"))["preprocess"]
    )
    n_features = make_front_end(preprocess).n_features
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as bundle,
    ):
        bundle.write(registry.resolve(entry.onnx_path), "model.onnx")
        bundle.write(config, "config.json")
        bundle.write(_find_card(registry, entry), "MODEL_CARD.md")
        bundle.writestr("README.txt", _README.format(version=entry.version, n_features=n_features))


def _find_card(registry: Registry, entry: RegistryEntry) -> Path:
    path = registry.resolve(entry.artifacts.get("model_card", "MODEL_CARD.md"))
    if not path.is_file():
        raise RegistryError(f"version {entry.version} lacks its model card; restore {path.name}")
    return path
