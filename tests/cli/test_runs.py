"""`slu runs`: training runs on the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slu.cli.runs import run_commands
from slu.errors import JobError, ModelError
from slu.settings import Settings, get_settings
from tests.runs.fakes import FakeJobs, record, write_run


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(run_commands, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_lists_runs_and_what_is_damaged(settings: Settings) -> None:
    write_run(settings, "evening", [record(1, 0.25), record(2, 0.75)])
    (write_run(settings, "bad", []) / "config.json").write_text("{", "utf-8")

    printed = run("list")

    assert "evening" in printed
    assert "2 of 9" in printed
    assert "0.7500" in printed
    assert "bad/config.json is damaged" in printed.replace("\n", "")


def test_compares_settings(settings: Settings) -> None:
    write_run(settings, "slow", [], train={"learning_rate": 0.25})
    write_run(settings, "fast", [], train={"learning_rate": 0.75})

    printed = run("compare", "slow", "fast")

    assert [line.split()[1::2] for line in printed.splitlines() if "train." in line] == [
        ["train.learning_rate", "0.25", "0.75"]
    ]


def test_deletes_an_unfinished_run(settings: Settings) -> None:
    folder = write_run(settings, "evening", [])

    assert run("delete", "evening") == "evening is deleted.\n"
    assert not folder.exists()


def test_keeps_a_run_that_is_at_work(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(settings, "evening", [])
    jobs = FakeJobs(settings)
    jobs.submit(("train",), "Training evening", {"run": "evening"})
    monkeypatch.setattr("slu.cli.runs.open_jobs", lambda _: jobs)

    with pytest.raises(JobError, match="evening is at work; end it first with `slu jobs cancel"):
        run("delete", "evening")
    assert folder.exists()


def test_names_a_run_that_does_not_exist(settings: Settings) -> None:
    with pytest.raises(ModelError, match="there is no run called nobody"):
        run("delete", "nobody")
