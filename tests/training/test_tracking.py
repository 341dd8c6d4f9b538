"""Weights & Biases, where it can be used."""

from pathlib import Path

import pytest
import wandb

from slu.config import WandbConfig
from slu.training.tracking import LocalOnly, Tracker, start_tracker

ENABLED = WandbConfig(enable=True, project="orders")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without an account."""
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


class Recorder:
    """Stands for a run of Weights & Biases."""

    def __init__(self, **settings: object) -> None:
        self.settings = settings


def start(config: WandbConfig, folder: Path) -> Tracker:
    return start_tracker(config, "m1-test", {"seed": 7}, folder)


def test_switched_off_is_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "secret")

    assert isinstance(start(WandbConfig(), tmp_path), LocalOnly)


@pytest.mark.parametrize("mode", ["", "online"])
def test_without_a_key_is_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str) -> None:
    monkeypatch.setenv("WANDB_MODE", mode)

    assert isinstance(start(ENABLED, tmp_path), LocalOnly)


def test_a_key_in_the_environment_or_the_home_is_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    monkeypatch.setattr(wandb, "init", Recorder)

    (home / ".netrc").write_text("machine api.wandb.ai login user password secret\n")
    stored = start(ENABLED, tmp_path)
    (home / ".netrc").unlink()
    monkeypatch.setenv("WANDB_API_KEY", "secret")
    given = start(ENABLED, tmp_path)

    for tracker in (stored, given):
        assert isinstance(tracker, Recorder)
        assert tracker.settings["project"] == "orders"
        assert tracker.settings["name"] == "m1-test"
        assert tracker.settings["config"] == {"seed": 7}


def test_a_server_that_cannot_be_reached_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise wandb.errors.CommError("no route to host")

    monkeypatch.setattr(wandb, "init", fail)
    monkeypatch.setenv("WANDB_API_KEY", "secret")

    assert isinstance(start(ENABLED, tmp_path), LocalOnly)
    assert "no route to host" in caplog.text
    assert "stays local" in caplog.text


@pytest.mark.slow
def test_offline_runs_are_written_to_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")

    tracker = start(ENABLED, tmp_path)
    tracker.log({"epoch": 1.0, "val_loss": 0.5})
    tracker.finish()

    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))
