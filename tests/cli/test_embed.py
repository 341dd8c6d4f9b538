"""`slu embed`."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from slu.cli.application import application
from slu.evaluation.embedding_map import read_map
from slu.settings import get_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def root(trained_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(trained_project)
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(trained_project))
    get_settings.cache_clear()
    yield trained_project
    get_settings.cache_clear()


def test_a_map_is_written_beside_the_model(root: Path) -> None:
    outcome = CliRunner().invoke(application, "embed --max-clips 30")

    assert outcome.exit_code == 0, outcome.output
    path = root / "artifacts" / "tones" / "embedding_map.csv"
    assert len(read_map(path)) == 30
    n_clips = len(pd.read_csv(root / "data/processed/metadata.csv"))
    assert f"30 of {n_clips} clips are on the map {path}" in outcome.output
    assert "clips lie among clips of another product" in outcome.output


def test_folder_and_seed_are_chosen(root: Path) -> None:
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        command = f"embed --model tones --max-clips 20 --seed {seed} --output-dir {folder}"
        assert CliRunner().invoke(application, command).exit_code == 0

    a, b, c = ((root / name / "embedding_map.csv").read_text() for name in "abc")
    assert a == b != c
