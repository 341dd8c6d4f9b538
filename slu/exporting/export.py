"""A version as one file: its graph, a smaller graph, or all that is needed to run it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from slu.errors import ModelError
from slu.exporting.bundle import write_bundle
from slu.exporting.int8 import Int8Accuracy, measure_int8, write_int8
from slu.exporting.web import find_web_runtime
from slu.files import replacing
from slu.registry import Registry, RegistryEntry

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True)
class Export:
    """What was written."""

    path: Path
    notes: tuple[str, ...] = ()
    """What a person should know about it: figures, and what it lacks and why."""


@dataclass(frozen=True)
class Exporter:
    """Writes one version.

    Args:
        registry: for the version's files.
        entry: the version.
        recordings: labelled clips that 8-bit weights are measured on, columns path and one for
            each slot; none where there are none.
        progress: told after each prediction on them.
    """

    registry: Registry
    entry: RegistryEntry
    recordings: "pd.DataFrame | None"
    progress: Callable[[int, int], None]

    def write_graph(self, path: Path) -> tuple[str, ...]:
        """Copy the ONNX graph."""
        shutil.copyfile(self._graph_path, path)
        return ()

    def write_int8(self, path: Path) -> tuple[str, ...]:
        """Write the graph with weights of 8 bits, if it understands as well as before.

        Raises:
            ModelError: it does not, or nobody can tell.
        """
        accuracy = self._make_int8(path)
        if accuracy is None:
            raise ModelError(
                "8-bit weights are only written where their accuracy was measured, and there are "
                "no labelled test clips here; make some (slu prepare), or export onnx"
            )
        if not accuracy.holds:
            raise ModelError(f"8-bit weights lose too much: {accuracy}; export onnx instead")
        return (str(accuracy),)

    def write_zip(self, path: Path) -> tuple[str, ...]:
        """Pack graph, 8-bit graph where it holds, description, examples and a web page."""
        int8_path = path.with_suffix(".int8.tmp")
        try:
            accuracy = self._make_int8(int8_path)
            runtime = find_web_runtime(self.registry.project_root)
            write_bundle(path, self.registry, self.entry, int8_path, accuracy, runtime)
        finally:
            int8_path.unlink(missing_ok=True)
        page = () if runtime else ("without a web page, as onnxruntime-web is not installed here",)
        return (_int8_note(accuracy), *page)

    def _make_int8(self, path: Path) -> Int8Accuracy | None:
        if self.recordings is None:
            return None
        write_int8(self._graph_path, path)
        return measure_int8(self.registry, self.entry, path, self.recordings, self.progress)

    @property
    def _graph_path(self) -> Path:
        return self.registry.resolve(self.entry.onnx_path)


def export_version(
    registry: Registry,
    entry: RegistryEntry,
    export_format: ExportFormat,
    path: Path,
    recordings: "pd.DataFrame | None" = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Export:
    """Write a version as one file. See `Exporter`.

    Raises:
        RegistryError: the version is incomplete or was altered.
        ModelError: 8-bit weights would understand less, or were not measured.
    """
    registry.verify(entry)
    exporter = Exporter(registry, entry, recordings, progress)
    write = {
        ExportFormat.ONNX: exporter.write_graph,
        ExportFormat.INT8: exporter.write_int8,
        ExportFormat.ZIP: exporter.write_zip,
    }[export_format]
    with replacing(path) as temporary:
        notes = write(temporary)
    return Export(path, notes)


def export_path(folder: Path, version: str, export_format: ExportFormat) -> Path:
    """Where a version is written to: `<version>.onnx`, `<version>-int8.onnx`, `<version>.zip`."""
    return folder / f"{version}{_SUFFIXES[export_format]}"


def _int8_note(accuracy: Int8Accuracy | None) -> str:
    if accuracy is None:
        return "without 8-bit weights, as there are no labelled test clips to measure them on"
    if not accuracy.holds:
        return f"without 8-bit weights, which lose too much: {accuracy}"
    return f"with 8-bit weights: {accuracy}"
