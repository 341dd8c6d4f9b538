"""`slu adapt` on the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from slu.cli.application import application
from slu.errors import DataError
from slu.settings import get_settings
from tests.people import record_person
from tests.ui.harness import ROOT

QUICK = ("--set", "adapt.run_name=siti", "--set", "adapt.steps=2", "--set", "adapt.variants=1")


@pytest.fixture
def project(trained_project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(trained_project))
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(trained_project)
    get_settings.cache_clear()
    return trained_project


def run(*arguments: str) -> str:
    command = ("adapt", "--config", str(ROOT / "configs/adapt.yaml"), *arguments)
    result = CliRunner().invoke(application, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_it_says_what_was_learnt_and_what_to_do_next(project: Path) -> None:
    record_person(project / "data/raw/recorded", takes=3)

    printed = run("--recordings", "data/raw/recorded", *QUICK)

    assert "recordings held back" in printed
    assert "siti learnt from 14 recordings. Next: slu promote siti" in printed
    assert (project / "artifacts/registry/siti.json").exists()


def test_without_recordings_it_fails(project: Path) -> None:
    with pytest.raises(DataError, match="record phrases on the page Data"):
        run(*QUICK)
    assert not (project / "artifacts/siti").exists()
