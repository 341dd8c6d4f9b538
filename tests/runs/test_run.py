import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slu.config import MODEL_CONFIG, TrainConfig
from slu.errors import ModelError, RegistryError
from slu.runs import RunState, Start, list_runs, plan_run, read_run
from slu.settings import Settings
from tests.runs.fakes import record, write_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(project_root=tmp_path)


def test_a_new_project_has_no_runs(settings: Settings) -> None:
    assert list_runs(settings) == ([], [])


def test_a_finished_run_has_its_version(settings: Settings) -> None:
    for name in ("registry", "m1_best"):
        shutil.copytree(ROOT / "artifacts" / name, settings.artifacts_dir / name)

    run = read_run(settings, "m1_best")

    assert run.state is RunState.FINISHED
    assert run.entry is not None
    assert (run.model, run.slots) == ("m1", ("product", "quantity"))
    assert len(run.history.records) == run.epochs == 14


def test_a_run_that_was_begun_is_unfinished(settings: Settings) -> None:
    write_run(settings, "evening", [record(1), record(2)])

    run = read_run(settings, "evening")

    assert (run.state, run.epochs, len(run.history.records)) == (RunState.UNFINISHED, 9, 2)


def test_a_run_that_only_has_settings_is_planned(settings: Settings) -> None:
    start = Start(MODEL_CONFIG.validate_python({"name": "m2"}), TrainConfig(epochs=3))
    plan_run(settings, "soon", start)

    run = read_run(settings, "soon")

    assert (run.state, run.model, run.epochs) == (RunState.PLANNED, "m2", 3)
    assert run.slots == ()


def test_the_newest_run_comes_first(settings: Settings) -> None:
    for day in (2, 9, 5):
        write_run(settings, f"day-{day}", [], created_at=f"2026-01-0{day}T00:00:00+00:00")

    runs, _ = list_runs(settings)

    assert [run.name for run in runs] == ["day-9", "day-5", "day-2"]


def test_a_run_that_does_not_exist_is_named(settings: Settings) -> None:
    with pytest.raises(ModelError, match="there is no run called nobody"):
        read_run(settings, "nobody")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"created_at": "once"}', '{"created_at": "2026-01-01", "model": 1}'],
)
def test_a_damaged_run_hides_no_other(settings: Settings, content: str) -> None:
    write_run(settings, "good", [record(1)])
    (write_run(settings, "bad", []) / "config.json").write_text(content, "utf-8")

    runs, problems = list_runs(settings)

    assert [run.name for run in runs] == ["good"]
    assert len(problems) == 1
    assert "bad" in problems[0]


def test_a_damaged_version_is_told(settings: Settings) -> None:
    write_run(settings, "sad", [record(1)])
    settings.registry_dir.mkdir()
    (settings.registry_dir / "sad.json").write_text("{", "utf-8")

    with pytest.raises(RegistryError, match=r"sad\.json is damaged"):
        read_run(settings, "sad")


def test_settings_of_a_run_are_those_of_its_configuration(settings: Settings) -> None:
    folder = write_run(settings, "evening", [], train={"learning_rate": 0.5})
    config = json.loads((folder / "config.json").read_text("utf-8"))

    assert read_run(settings, "evening").settings["train"] == config["train"]


def test_reading_runs_needs_no_torch() -> None:
    code = "import sys, slu.runs; print(*({'torch', 'librosa', 'streamlit'} & {*sys.modules}))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
