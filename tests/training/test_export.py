"""The ONNX graph against the network."""

import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from slu.config import M2Config
from slu.errors import ModelError
from slu.models.factory import Model, build_model
from slu.training.export import export_onnx, output_names
from tests.tones import MODEL, SLOTS

N_FEATURES = 12
LABELS = {"product": 4, "quantity": 3}
CONFIG = M2Config(d_model=16, n_heads=2, n_layers=1, feed_forward=16, stack=3)


def make_model() -> Model:
    torch.manual_seed(0)
    model = build_model(CONFIG, N_FEATURES, LABELS)
    model.heads.get_buffer("temperatures").copy_(torch.tensor([0.5, 3.0]))
    return model


@pytest.mark.slow
def test_the_graph_gives_what_the_network_gives(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    model = make_model()

    export_onnx(model, tuple(LABELS), N_FEATURES, path)

    assert b".py" not in path.read_bytes(), "the graph names source files of this computer"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == output_names(tuple(LABELS))
    for lengths in ([1], [7], [150], [40, 41, 3], [300, 1]):
        features = torch.randn(len(lengths), max(lengths), N_FEATURES)
        inputs = {"features": features.numpy(), "lengths": np.array(lengths, np.int64)}
        given = session.run(None, inputs)
        with torch.inference_mode():
            outputs = model.eval()(features, torch.tensor(lengths))
        expected = [*outputs.logits.values(), *outputs.attention.values(), outputs.embedding]
        for one, other in zip(given, expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=1e-3)


@pytest.mark.slow
def test_a_graph_that_differs_is_never_kept(
    trained_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def export_another_model(*arguments: object) -> None:
        shutil.copyfile(trained_root / "artifacts/tones/model.onnx", str(arguments[-1]))

    monkeypatch.setattr("slu.training.export._run_exporter", export_another_model)
    untrained = build_model(MODEL, 16, {"product": 3, "quantity": 2})

    with pytest.raises(ModelError, match="differs from the network"):
        export_onnx(untrained, SLOTS, 16, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []
