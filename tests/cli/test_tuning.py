"""`slu studies`: what is in a database of studies, on the command line."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial
from typer.testing import CliRunner

from slu.cli.tuning import study_commands
from slu.config import M2Config, PreprocessConfig, TrainConfig
from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.settings import get_settings
from slu.tuning.beginning import begin_study
from slu.tuning.space import SearchSpace
from slu.tuning.study import is_stopping, load_study

KEY = "train.learning_rate"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[optuna.Study]:
    """Two trials in the database that the settings name."""
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("SLU_STUDY_STORAGE", "sqlite:///kept/studies.db")
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "kept").mkdir()
    get_settings.cache_clear()
    tune = TuneConfig.model_validate({"space": {KEY: {"kind": "float", "low": 0.1, "high": 0.9}}})
    space = SearchSpace(M2Config(), TrainConfig(), tune.space)
    corpus: Any = SimpleNamespace(fingerprint="abc", preprocess=PreprocessConfig())
    url = get_settings().study_storage_url
    found = begin_study("evening", url, space, tune, corpus)
    for value in (0.25, 0.75):
        kinds = {KEY: FloatDistribution(0.1, 0.9)}
        found.add_trial(create_trial(value=value, params={KEY: value}, distributions=kinds))
    yield found
    get_settings.cache_clear()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(study_commands, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_studies_are_listed_from_where_the_settings_say(
    study: optuna.Study, tmp_path: Path
) -> None:
    assert (tmp_path / "kept" / "studies.db").is_file()
    assert "evening" in run("list")


def test_the_best_trials_are_shown_best_first(study: optuna.Study) -> None:
    printed = run("show", "evening")
    assert printed.index("0.7500") < printed.index("0.2500")
    assert f"--set {KEY}=0.75" in printed


def test_a_study_is_stopped(study: optuna.Study) -> None:
    assert run("stop", "evening") == "evening ends with the trials that are running.\n"
    assert is_stopping(load_study("evening", get_settings().study_storage_url))


@pytest.mark.parametrize("command", ["show", "stop"])
def test_an_unknown_study_is_said(study: optuna.Study, command: str) -> None:
    with pytest.raises(StudyError, match="no study morning in this storage; it has: evening"):
        run(command, "morning")


@pytest.mark.parametrize("command", [("list",), ("show", "s"), ("stop", "s")])
@pytest.mark.parametrize(
    ("url", "reason"),
    [("milk", "no database URL"), ("sqlite:////no/such/studies.db", "there is no database")],
)
def test_a_storage_that_cannot_be_used_is_said(
    command: tuple[str, ...], url: str, reason: str
) -> None:
    with pytest.raises(StudyError, match=reason):
        run(*command, "--storage", url)
