"""`slu prepare` and `slu import`: work that is chained, and what is told about bad rows."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from slu.cli.data import data_commands
from slu.data.metadata import read_metadata
from slu.errors import DataError
from slu.settings import get_settings

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project, which commands start in, with a catalogue of twelve orders and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    shutil.copytree(CONFIGS, tmp_path / "configs")
    catalogue = tmp_path / "configs/corpus.yaml"
    text = catalogue.read_text("utf-8").replace("utterances: 3000", "utterances: 12")
    catalogue.write_text(text.replace("share: 0.25", "share: 0"), "utf-8")
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def slu(line: str) -> Result:
    return CliRunner().invoke(data_commands, line.split(), catch_exceptions=False)


def zip_of_clips(root: Path, left_out: int = 0) -> Path:
    """Spoken clips with their table, but for the first ones of its rows."""
    slu("synth --out spoken")
    rows = read_metadata(root / "spoken/metadata.csv")
    path = root / "friends.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(root / "spoken/metadata.csv", "metadata.csv")
        for name in rows["path"][left_out:]:
            archive.write(root / "spoken" / name, name)
    return path


def test_prepare_goes_all_the_way_and_again(root: Path) -> None:
    for _ in range(2):
        result = slu("prepare")
        assert result.stdout.startswith("12 recordings are ready (test ")
        assert result.stdout.endswith("Next: slu train\n")
    assert len(read_metadata(root / "data/processed/metadata_features.csv")) == 12


def test_prepare_without_speaking_needs_recordings(root: Path) -> None:
    with pytest.raises(DataError, match="no table matches data/raw"):
        slu("prepare --no-synth")


def test_a_good_zip_is_imported(root: Path) -> None:
    result = slu(f"import {zip_of_clips(root)} --name friends")
    assert "12 recordings are in" in result.stdout
    assert slu("prepare --no-synth").stdout.startswith("12 recordings are ready")


def test_bad_rows_are_told_one_by_one(root: Path) -> None:
    line = f"import {zip_of_clips(root, left_out=2)} --name friends"
    result = CliRunner().invoke(data_commands, line.split())
    assert isinstance(result.exception, DataError)
    assert "nothing was imported: " in str(result.exception)
    told = [note for note in result.stderr.splitlines() if note.startswith("row ")]
    assert [note.split(",")[0] for note in told] == ["row 2", "row 3"]
    assert all("holds no such file" in note for note in told)
    assert not (root / "data/raw").exists()


def test_what_came_out_broken_is_told(root: Path) -> None:
    spoken = CliRunner().invoke(
        data_commands, ["synth", "--out", "spoken", "--set", "corpus.checks.length=[0.95,2.5]"]
    )
    table = read_metadata(root / "spoken/metadata.csv")
    n_broken = len(pd.read_csv(root / "spoken/broken.csv"))
    assert n_broken > 0
    assert spoken.stdout.startswith(f"{len(table)} clips are in spoken")
    note = " ".join(spoken.stderr.split())
    assert f"{n_broken} takes came out broken (too short {n_broken}) and were spoken again" in note
    assert f"; {12 - len(table)} clips stayed broken and are left out" in note
