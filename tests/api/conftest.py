"""A project with tiny models that always answer the same, and servers to ask."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
import pytest
import uvicorn
from onnx import TensorProto, helper, numpy_helper

from slu.api.app import create_app
from slu.audio.wav import wav_bytes
from slu.config import PreprocessConfig
from slu.registry import Registry, RegistryEntry, sha256_of
from slu.settings import Settings

LABELS = {"product": ["beras", "gula", "kopi"], "quantity": ["1", "2", "3"]}
SAMPLE_RATE = 16000


class Project:
    """A project folder to which model versions can be added."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.registry = Registry(root, root / "artifacts" / "registry")

    def settings(self, **values: Any) -> Settings:
        return Settings(project_root=self.root, **values)

    def add_model(self, version: str, answer: dict[str, str], logit: float = 8.0) -> None:
        """Register a model that hears `answer` in everything; promote it to use it."""
        folder = self.root / "artifacts" / version
        folder.mkdir(parents=True)
        onnx.save(_constant_graph(answer, logit), folder / "model.onnx")
        config = {
            "version": version,
            "labels": LABELS,
            "rejection_threshold": 0.5,
            "time_reduction": 4,
            "preprocess": PreprocessConfig().model_dump(mode="json"),
        }
        (folder / "config.json").write_text(json.dumps(config))
        self.registry.add(self._entry(version, folder))

    def log_rows(self) -> list[dict[str, object]]:
        path = self.root / "logs" / "inference.log"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def _entry(self, version: str, folder: Path) -> RegistryEntry:
        names = {name: self.registry.relative(folder / name) for name in _FILES}
        return RegistryEntry(
            version=version,
            model_path="",
            onnx_path=names["model.onnx"],
            config_path=names["config.json"],
            sha256={names[name]: sha256_of(folder / name) for name in _FILES},
            data_cfg={},
            preprocess_cfg={},
            model_cfg={},
            train_cfg={},
            metrics={"test": {"joint_accuracy": {"value": 0.97}}},
            artifacts={},
            created_at="2026-01-01T00:00:00+00:00",
            git_commit=None,
            data_fingerprint="",
            parent=None,
        )


_FILES = ("model.onnx", "config.json")


def _constant_graph(answer: dict[str, str], logit: float) -> onnx.ModelProto:
    """Inputs and outputs as `slu.training.export` writes them; attention follows the sound."""
    nodes = [helper.make_node("ReduceMean", ["features", "mel_axis"], ["level"], keepdims=0)]
    constants = [numpy_helper.from_array(np.array([2]), "mel_axis")]
    for slot, label in answer.items():
        logits = np.where(np.array(LABELS[slot]) == label, logit, 0.0).astype(np.float32)[None]
        constants.append(numpy_helper.from_array(logits, f"constant_{slot}"))
        nodes.append(helper.make_node("Identity", [f"constant_{slot}"], [f"logits_{slot}"]))
        nodes.append(helper.make_node("Softmax", ["level"], [f"attention_{slot}"], axis=1))
    nodes.append(
        helper.make_node("ReduceMean", ["features", "time_axis"], ["embedding"], keepdims=0)
    )
    constants.append(numpy_helper.from_array(np.array([1]), "time_axis"))
    names = [f"logits_{s}" for s in answer] + [f"attention_{s}" for s in answer] + ["embedding"]
    graph = helper.make_graph(
        nodes,
        "constant",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", "frames", 64]),
            helper.make_tensor_value_info("lengths", TensorProto.INT64, ["batch"]),
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def speech(duration_s: float = 1.0) -> bytes:
    """A wav file with something loud in it."""
    rng = np.random.default_rng(7)
    waveform = rng.normal(0.0, 0.1, int(duration_s * SAMPLE_RATE)).astype(np.float32)
    return wav_bytes(waveform, SAMPLE_RATE)


@pytest.fixture
def clip() -> bytes:
    return speech()


def make_project(root: Path) -> Project:
    project = Project(root)
    project.add_model("first", {"product": "beras", "quantity": "3"})
    project.registry.promote("first")
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """A real server in a thread of this process; gives its address."""
    config = uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


Connect = Callable[..., httpx.Client]


@pytest.fixture
def connect(project: Project) -> Iterator[Connect]:
    """A function that starts a server with settings and gives a client for it."""
    with ExitStack() as stack:

        def start(**values: object) -> httpx.Client:
            address = stack.enter_context(running(project.settings(**values)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=30))

        yield start


@pytest.fixture
def client(connect: Connect) -> httpx.Client:
    return connect()
