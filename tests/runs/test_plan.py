from pathlib import Path

import pytest

from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config
from slu.errors import ModelError
from slu.runs import (
    Start,
    TrainingRun,
    check_run_name,
    delete_run,
    list_runs,
    plan_run,
    read_run,
    suggest_run_name,
    train_command,
)
from slu.settings import Settings
from tests.runs.fakes import record, write_run

START = Start(MODEL_CONFIG.validate_python({"name": "m2", "stack": 3}), TrainConfig(epochs=3))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(project_root=tmp_path)


def configs_of(settings: Settings, command: tuple[str, ...]) -> Start:
    """What `slu train` would read, run in the project root."""
    options = dict(zip(command[1::2], command[2::2], strict=False))
    return Start(
        load_config(MODEL_CONFIG, settings.project_root / options["--model-cfg"]),
        load_config(TrainConfig, settings.project_root / options["--train-cfg"]),
    )


class TestNames:
    def test_suggests_the_first_free_one(self, settings: Settings) -> None:
        assert suggest_run_name(settings, "m2") == "m2-1"
        write_run(settings, "m2-1", [])
        plan_run(settings, "m2-2", START)
        assert suggest_run_name(settings, "m2") == "m2-3"

    @pytest.mark.parametrize("name", ["", "..", "a/b", "-a", "a b", "x" * 65, "é"])
    def test_refuses_what_cannot_name_a_folder(self, settings: Settings, name: str) -> None:
        with pytest.raises(ModelError, match="must begin with a letter or digit"):
            check_run_name(settings, name)

    @pytest.mark.parametrize("name", ["begun", "planned", "version", "latest", "registry"])
    def test_refuses_what_is_taken(self, settings: Settings, name: str) -> None:
        write_run(settings, "begun", [])
        plan_run(settings, "planned", START)
        settings.registry_dir.mkdir()
        (settings.registry_dir / "version.json").write_text("{}", "utf-8")

        with pytest.raises(ModelError, match="choose another name"):
            check_run_name(settings, name)


class TestCommands:
    def test_a_plan_holds_what_was_chosen(self, settings: Settings) -> None:
        command = plan_run(settings, "evening", START)

        assert command[0] == "train"
        assert "--resume" not in command
        expected = Start(START.model, START.train.model_copy(update={"run_name": "evening"}))
        assert configs_of(settings, command) == expected

    def test_a_planned_run_is_begun(self, settings: Settings) -> None:
        command = plan_run(settings, "evening", START)

        assert train_command(settings, read_run(settings, "evening")) == command

    def test_an_unfinished_run_goes_on_with_its_own_settings(self, settings: Settings) -> None:
        """Also where it was begun on the command line with other files."""
        write_run(settings, "evening", [record(1)], train={"learning_rate": 0.25})

        command = train_command(settings, read_run(settings, "evening"))

        assert command[-1] == "--resume"
        train = configs_of(settings, command).train
        assert (train.run_name, train.learning_rate, train.epochs) == ("evening", 0.25, 9)

    def test_settings_of_another_release_are_refused(self, settings: Settings) -> None:
        folder = write_run(settings, "old", [])
        config = folder / "config.json"
        config.write_text(config.read_text("utf-8").replace("stack", "pile"), "utf-8")

        with pytest.raises(ModelError, match="no longer known"):
            train_command(settings, read_run(settings, "old"))

    def test_features_of_its_own_go_with_it(self, settings: Settings) -> None:
        """Planned, begun and continued with the same."""
        own = PreprocessConfig(max_duration_s=9.0)
        command = plan_run(settings, "evening", START._replace(preprocess=own))

        assert command[-2] == "--preprocess-cfg"
        assert load_config(PreprocessConfig, settings.project_root / command[-1]) == own
        assert train_command(settings, read_run(settings, "evening")) == command


class TestDeleting:
    def test_takes_settings_and_results_away(self, settings: Settings) -> None:
        train_command(settings, _unfinished(settings, "gone"))
        _unfinished(settings, "kept")

        delete_run(settings, "gone")

        assert [run.name for run in list_runs(settings)[0]] == ["kept"]
        assert [path.name for path in settings.artifacts_dir.iterdir()] == ["kept"]
        assert list((settings.project_root / "configs" / "runs").iterdir()) == []
        check_run_name(settings, "gone")

    def test_what_an_interrupted_deletion_left_is_no_run(self, settings: Settings) -> None:
        folder = write_run(settings, "gone", [])
        folder.rename(folder.with_name(".gone.deleted"))
        assert list_runs(settings) == ([], [])

        write_run(settings, "gone", [])
        delete_run(settings, "gone")

        assert list(settings.artifacts_dir.iterdir()) == []

    def test_keeps_finished_models(self, settings: Settings) -> None:
        folder = write_run(settings, "good", [record(1)])
        settings.registry_dir.mkdir()
        (settings.registry_dir / "good.json").write_text("{}", "utf-8")

        with pytest.raises(ModelError, match="is a finished model"):
            delete_run(settings, "good")
        assert folder.exists()

    @pytest.mark.parametrize("name", ["../data", "..", "nobody"])
    def test_deletes_nothing_else(self, settings: Settings, name: str) -> None:
        (settings.project_root / "data").mkdir()

        with pytest.raises(ModelError):
            delete_run(settings, name)
        assert (settings.project_root / "data").exists()


def _unfinished(settings: Settings, name: str) -> TrainingRun:
    write_run(settings, name, [record(1)])
    return read_run(settings, name)
