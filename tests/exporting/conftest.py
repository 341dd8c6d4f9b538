"""The shipped models as unpacked zips, and spoken orders to try them with."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from slu.audio.decode import decode
from slu.audio.wav import write_wav
from slu.exporting import ExportFormat, export_version
from slu.registry import Registry
from tests.ui.conftest import browse  # noqa: F401
from tests.ui.harness import ROOT, spoken_order

ORDERS = [{"product": "beras", "quantity": "3"}, {"product": "gula", "quantity": "5"}]
"""What is spoken to the shipped models."""
SAMPLE_RATE = 16000
"""Theirs: nothing is left to how a program resamples."""

Unpack = Callable[[str], Path]


@pytest.fixture(scope="session")
def unpack(tmp_path_factory: pytest.TempPathFactory) -> Unpack:
    """Exports a shipped version as a zip, unpacks it and gives the folder."""

    def export_and_unpack(version: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"export-{version}"
        if not folder.exists():
            registry = Registry(ROOT, ROOT / "artifacts" / "registry")
            path = folder.with_suffix(".zip")
            export_version(registry, registry.get(version), ExportFormat.ZIP, path)
            zipfile.ZipFile(path).extractall(folder)
        return folder

    return export_and_unpack


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A sound file of each of the `ORDERS`, the second one amid steady noise."""
    folder = tmp_path_factory.mktemp("spoken")
    paths = []
    for index, order in enumerate(ORDERS):
        paths.append(folder / f"{index}.wav")
        waveform = np.pad(decode(spoken_order(order), SAMPLE_RATE), index * SAMPLE_RATE)
        noise = 0.02 * np.random.default_rng(0).standard_normal(waveform.size, np.float32)
        write_wav(paths[-1], waveform + np.float32(index) * noise, SAMPLE_RATE)
    return paths
