"""The Python example of an exported zip, run as people run it."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from slu.inference import Predictor
from slu.registry import Registry
from tests.exporting.conftest import ORDERS, Unpack
from tests.ui.harness import ROOT

VERSIONS = ("m1_best", "m3_best")


def shipped(version: str) -> Predictor:
    return Predictor.load(Registry(ROOT, ROOT / "artifacts" / "registry"), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_understands_without_this_package(
    version: str, unpack: Unpack, spoken: list[Path], tmp_path: Path
) -> None:
    # -I: nothing of this project is on the path, as on another computer.
    command = [sys.executable, "-I", str(unpack(version) / "predict.py"), *map(str, spoken)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    for line, path, order in zip(done.stdout.splitlines(), spoken, ORDERS, strict=True):
        confidence = shipped(version).predict(shipped(version).decode(path)).joint_confidence
        assert line == f"{path}: {order}, {confidence:.0%}"


def test_it_needs_three_packages(unpack: Unpack) -> None:
    source = (unpack("m1_best") / "predict.py").read_text()
    imported = {
        line.split()[1] for line in source.splitlines() if line.startswith(("import", "from"))
    }

    assert imported == {"json", "sys", "pathlib", "numpy", "onnxruntime", "soundfile"}


@pytest.mark.parametrize("version", VERSIONS)
def test_its_features_are_ours(
    version: str, unpack: Unpack, spoken: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["predict.py"])
    example = runpy.run_path(str(unpack(version) / "predict.py"))
    predictor = shipped(version)
    for path in spoken:
        waveform = predictor.decode(path)
        found = example["features"](waveform)
        np.testing.assert_allclose(found, predictor._front_end(waveform), atol=1e-3)
        labels, confidence = example["predict"](waveform)
        expected = predictor.predict(waveform)
        assert labels == expected.labels
        assert confidence == pytest.approx(expected.joint_confidence, abs=1e-3)


def test_it_resamples(unpack: Unpack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from slu.audio.wav import write_wav

    monkeypatch.setattr(sys, "argv", ["predict.py"])
    example = runpy.run_path(str(unpack("m1_best") / "predict.py"))
    tone = 0.5 * np.sin(2 * np.pi * 500 * np.arange(48000) / 48000)
    write_wav(tmp_path / "fast.wav", tone.astype(np.float32), 48000)
    found = example["read"](str(tmp_path / "fast.wav"))

    np.testing.assert_allclose(found, tone[::3], atol=1e-3)
