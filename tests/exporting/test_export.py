"""A model as one file."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest

from slu.errors import ModelError, RegistryError
from slu.exporting import ExportFormat, export_path, export_version
from slu.exporting.int8 import Int8Accuracy
from slu.exporting.web import find_web_runtime
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from slu.workflows import labelled_recordings
from tests.tones import PRODUCTS_HZ, QUANTITIES_HZ, tone

pytestmark = pytest.mark.slow

ALWAYS = [
    "README.txt",
    "predict.py",
    "model.onnx",
    "model.json",
    "front_end.npz",
    "config.json",
    "MODEL_CARD.md",
]
PAGE = ["index.html", "web/recogniser.js", "web/model.js", "web/runtime.js"]

Make = Callable[..., tuple[zipfile.ZipFile, tuple[str, ...]]]


@pytest.fixture
def registry(trained_project: Path) -> Registry:
    return Registry(trained_project, trained_project / "artifacts" / "registry")


@pytest.fixture
def entry(registry: Registry) -> RegistryEntry:
    return registry.get()


@pytest.fixture
def recordings(registry: Registry, entry: RegistryEntry) -> pd.DataFrame:
    """The labelled test clips of the project."""
    table = registry.project_root / "data" / "processed" / "metadata.csv"
    return labelled_recordings(table, entry, "test")


@pytest.fixture
def make_zip(registry: Registry, entry: RegistryEntry, tmp_path: Path) -> Make:
    """Exports the zip; gives it and its notes."""

    def make(clips: pd.DataFrame | None = None) -> tuple[zipfile.ZipFile, tuple[str, ...]]:
        path = tmp_path / "exports" / "tones.zip"
        export = export_version(registry, entry, ExportFormat.ZIP, path, clips)
        assert [file.name for file in path.parent.iterdir()] == ["tones.zip"]
        return zipfile.ZipFile(export.path), export.notes

    return make


def install_web_runtime(root: Path) -> None:
    """As npm does, with scripts that are good for nothing."""
    dist = root / "node_modules" / "onnxruntime-web" / "dist"
    dist.mkdir(parents=True)
    (dist.parent / "package.json").write_text('{"version": "9.8.7"}')
    (dist / "ort.wasm.bundle.min.mjs").write_text("export const module = '</script>';")
    (dist / "ort-wasm-simd-threaded.wasm").write_bytes(b"wasm")


def test_files_are_named_after_the_version(tmp_path: Path) -> None:
    names = {export_path(tmp_path, "tones", kind).name for kind in ExportFormat}

    assert names == {"tones.onnx", "tones-int8.onnx", "tones.zip"}


def test_the_graph_is_the_one_that_answers(
    registry: Registry, entry: RegistryEntry, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "model.onnx"

    assert export_version(registry, entry, ExportFormat.ONNX, out).path == out
    assert out.read_bytes() == registry.resolve(entry.onnx_path).read_bytes()


def test_eight_bits_are_smaller_and_understand_the_same(
    registry: Registry, entry: RegistryEntry, recordings: pd.DataFrame, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "small.onnx"
    export = export_version(
        registry, entry, ExportFormat.INT8, path, recordings, lambda *step: told.append(step)
    )

    small = Predictor(path, registry.config(entry))
    rng = np.random.default_rng(0)
    for product in PRODUCTS_HZ:
        for quantity in QUANTITIES_HZ:
            expected = {"product": product, "quantity": quantity}
            assert small.predict(tone(product, quantity, rng)).labels == expected
    # The weights, not the files: a model as tiny as this one is mostly graph.
    assert n_weight_bytes(path) < n_weight_bytes(registry.resolve(entry.onnx_path))
    assert "all slots right 100.0% before, 100.0% in 8 bits" in export.notes[0]
    assert told == [(step, 24) for step in range(1, 25)]


def n_weight_bytes(path: Path) -> int:
    return sum(onnx.numpy_helper.to_array(w).nbytes for w in onnx.load(path).graph.initializer)


@pytest.fixture
def ruined(monkeypatch: pytest.MonkeyPatch) -> None:
    """8-bit weights are all zero, so that every clip gets the same answer."""

    def write_zeros(graph_path: Path, path: Path) -> None:
        model = onnx.load(graph_path)
        for weight in model.graph.initializer:
            values = onnx.numpy_helper.to_array(weight)
            if values.dtype == np.float32 and values.ndim > 1:
                weight.CopyFrom(onnx.numpy_helper.from_array(np.zeros_like(values), weight.name))
        onnx.save(model, path)

    monkeypatch.setattr("slu.exporting.export.write_int8", write_zeros)


@pytest.mark.usefixtures("ruined")
def test_eight_bits_that_lose_accuracy_are_refused(
    registry: Registry, entry: RegistryEntry, recordings: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"lose too much: all slots right 100\.0% before, 16\.7%"):
        export_version(
            registry, entry, ExportFormat.INT8, tmp_path / "exports" / "a.onnx", recordings
        )
    assert list((tmp_path / "exports").iterdir()) == []


@pytest.mark.usefixtures("ruined")
def test_a_zip_leaves_eight_bits_out_where_they_lose_accuracy(
    make_zip: Make, recordings: pd.DataFrame
) -> None:
    bundle, (note, _) = make_zip(recordings)

    assert "model-int8.onnx" not in bundle.namelist()
    assert note.startswith("without 8-bit weights, which lose too much")
    assert "8 bits" not in bundle.read("README.txt").decode()


def test_eight_bits_are_never_written_unmeasured(
    registry: Registry, entry: RegistryEntry, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"no labelled test clips here; make some \(slu prepare\)"):
        export_version(registry, entry, ExportFormat.INT8, tmp_path / "small.onnx")


@pytest.mark.parametrize(("small", "holds"), [(0.96, True), (0.9551, True), (0.9549, False)])
def test_half_a_hundredth_may_be_lost(small: float, holds: bool) -> None:
    assert Int8Accuracy(100, {"right": (0.96, small)}).holds is holds


def test_a_zip_says_what_it_holds_and_what_it_lacks(
    make_zip: Make, recordings: pd.DataFrame
) -> None:
    bundle, (measured, page) = make_zip(recordings)

    assert bundle.namelist() == [*ALWAYS, "model-int8.onnx"]
    assert measured.startswith("with 8-bit weights: all slots right 100.0% before, 100.0%")
    assert page == "without a web page, as onnxruntime-web is not installed here"
    read_me = bundle.read("README.txt").decode()
    assert "The spoken-order model tones" in read_me
    assert measured.removeprefix("with 8-bit weights: ") in read_me
    assert "There is no web page in this zip" in read_me


def test_without_labelled_clips_a_zip_has_no_eight_bits(make_zip: Make) -> None:
    bundle, (measured, _) = make_zip()

    assert bundle.namelist() == ALWAYS
    assert "no labelled test clips" in measured


def test_a_zip_has_a_web_page_where_its_runtime_is_installed(
    registry: Registry, make_zip: Make
) -> None:
    install_web_runtime(registry.project_root)

    bundle, notes = make_zip()

    assert bundle.namelist() == [*ALWAYS, *PAGE]
    assert len(notes) == 1
    assert "onnxruntime-web 9.8.7" in bundle.read("README.txt").decode()
    script = bundle.read("web/runtime.js").decode()
    runtime = json.loads(script.removeprefix("const RUNTIME = ").rstrip(";\n"))
    assert runtime == {
        "version": "9.8.7",
        "module": "export const module = '</script>';",
        "webassembly": "d2FzbQ==",
    }
    assert "</script>" not in script


def test_a_runtime_that_lacks_a_part_counts_as_none(registry: Registry) -> None:
    install_web_runtime(registry.project_root)
    next(registry.project_root.glob("node_modules/*/dist/*.wasm")).unlink()

    assert find_web_runtime(registry.project_root) is None


def test_a_missing_card_is_named(
    registry: Registry, entry: RegistryEntry, make_zip: Make, tmp_path: Path
) -> None:
    registry.resolve(entry.artifacts["model_card"]).unlink()

    with pytest.raises(RegistryError, match=r"lacks its model card; restore MODEL_CARD\.md"):
        make_zip()
    assert list((tmp_path / "exports").glob("*")) == []


def test_an_altered_version_is_refused(
    registry: Registry, entry: RegistryEntry, tmp_path: Path
) -> None:
    registry.resolve(entry.onnx_path).write_bytes(b"other")

    with pytest.raises(RegistryError, match="altered after training"):
        export_version(registry, entry, ExportFormat.ONNX, tmp_path / "exports" / "a.onnx")
    assert not (tmp_path / "exports").exists()
