"""The state of a run on disk."""

import os
import resource
from pathlib import Path

import pytest
import torch

from slu.errors import ModelError
from slu.training.checkpoint import (
    Progress,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.trace}",)


def test_a_checkpoint_restores_progress_and_chance(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    progress = Progress(epoch=3, step=7, best_score=[0.9, -0.1], history=[{"epoch": 1.0}])
    torch.manual_seed(5)
    save_checkpoint(path, progress, {"model": {"weight": torch.ones(2)}})
    expected = torch.rand(4)
    torch.manual_seed(6)

    restored, states = load_checkpoint(path)

    assert restored == progress
    assert torch.equal(states["model"]["weight"], torch.ones(2))
    assert torch.equal(torch.rand(4), expected)


def test_a_failed_write_leaves_the_old_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "best.pt"
    save_weights(path, {"weight": torch.ones(2)})

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_weights(path, {"weight": torch.zeros(2)})

    assert torch.equal(load_weights(path)["weight"], torch.ones(2))
    assert [file.name for file in tmp_path.iterdir()] == ["best.pt"]


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save_weights(tmp_path / "best.pt", {"weight": torch.zeros(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged; train the model again"):
        load_weights(path)


def test_a_cut_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_weights(path, {"weight": torch.ones(1000)})
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ModelError, match="damaged"):
        load_weights(path)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing; train the model again"):
        load_weights(tmp_path / "none.pt")


def test_other_weights_are_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_weights(path, {"weight": torch.ones(2)})
    with pytest.raises(ModelError, match="no checkpoint of a run"):
        load_checkpoint(path)


def test_code_in_a_file_never_runs(tmp_path: Path) -> None:
    path, trace = tmp_path / "best_model.pt", tmp_path / "trace"
    torch.save({"weight": Malicious(trace)}, path)
    with pytest.raises(ModelError, match="damaged"):
        load_weights(path)
    assert not trace.exists()
