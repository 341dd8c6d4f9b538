"""A model as one file."""

import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from slu.audio.front_end import make_front_end
from slu.errors import RegistryError
from slu.exporting import ExportFormat, export_version
from slu.inference import Predictor
from slu.registry import Registry, RegistryEntry
from tests.tones import PREPROCESS, PRODUCTS_HZ, QUANTITIES_HZ, tone

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(trained_project: Path) -> Registry:
    return Registry(trained_project, trained_project / "artifacts" / "registry")


@pytest.fixture
def entry(registry: Registry) -> RegistryEntry:
    return registry.get()


@pytest.mark.parametrize(
    ("export_format", "name"),
    [
        (ExportFormat.ONNX, "tones.onnx"),
        (ExportFormat.INT8, "tones-int8.onnx"),
        (ExportFormat.ZIP, "tones.zip"),
    ],
)
def test_files_are_named_after_the_version(
    registry: Registry, entry: RegistryEntry, tmp_path: Path, export_format: ExportFormat, name: str
) -> None:
    folder = tmp_path / "exports"

    path = export_version(registry, entry, export_format, folder)

    assert path == folder / name
    assert [file.name for file in folder.iterdir()] == [name]


def test_any_path_can_be_chosen(registry: Registry, entry: RegistryEntry, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "model.onnx"

    assert export_version(registry, entry, ExportFormat.ONNX, tmp_path, out) == out
    assert out.read_bytes() == registry.resolve(entry.onnx_path).read_bytes()


def test_eight_bits_are_smaller_and_understand_the_same(
    registry: Registry, entry: RegistryEntry, tmp_path: Path
) -> None:
    path = export_version(registry, entry, ExportFormat.INT8, tmp_path)

    config = json.loads(registry.resolve(entry.config_path).read_text())
    small = Predictor(path, config)
    rng = np.random.default_rng(0)
    for product in PRODUCTS_HZ:
        for quantity in QUANTITIES_HZ:
            expected = {"product": product, "quantity": quantity}
            assert small.predict(tone(product, quantity, rng)).labels == expected
    # The weights, not the files: a model as tiny as this one is mostly graph.
    assert n_weight_bytes(path) < n_weight_bytes(registry.resolve(entry.onnx_path))


def n_weight_bytes(path: Path) -> int:
    return sum(onnx.numpy_helper.to_array(w).nbytes for w in onnx.load(path).graph.initializer)


def test_a_zip_runs_by_itself(registry: Registry, entry: RegistryEntry, tmp_path: Path) -> None:
    with zipfile.ZipFile(export_version(registry, entry, ExportFormat.ZIP, tmp_path)) as bundle:
        assert bundle.namelist() == ["model.onnx", "config.json", "MODEL_CARD.md", "README.txt"]
        session = onnxruntime.InferenceSession(
            bundle.read("model.onnx"), providers=["CPUExecutionProvider"]
        )
        labels = json.loads(bundle.read("config.json"))["labels"]
        assert "(batch, frames, 16)" in bundle.read("README.txt").decode()

    features = make_front_end(PREPROCESS)(tone("teh", "1", np.random.default_rng(0)))
    inputs = {"features": features[None], "lengths": np.array([len(features)], np.int64)}
    logits = session.run(["logits_product", "logits_quantity"], inputs)
    understood = [
        names[int(x[0].argmax())] for names, x in zip(labels.values(), logits, strict=True)
    ]
    assert understood == ["teh", "1"]


def test_a_missing_card_is_named(registry: Registry, entry: RegistryEntry, tmp_path: Path) -> None:
    registry.resolve(entry.artifacts["model_card"]).unlink()

    with pytest.raises(RegistryError, match=r"lacks its model card; restore MODEL_CARD\.md"):
        export_version(registry, entry, ExportFormat.ZIP, tmp_path / "exports")
    assert list((tmp_path / "exports").glob("*")) == []


def test_an_altered_version_is_refused(
    registry: Registry, entry: RegistryEntry, tmp_path: Path
) -> None:
    registry.resolve(entry.onnx_path).write_bytes(b"other")

    with pytest.raises(RegistryError, match="altered after training"):
        export_version(registry, entry, ExportFormat.ONNX, tmp_path / "exports")
    assert not (tmp_path / "exports").exists()
