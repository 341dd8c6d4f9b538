import shutil
from pathlib import Path

import pytest

from slu.config import (
    MODEL_CONFIG,
    AugmentConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
    save_config,
)
from slu.config.augment import NoiseConfig
from slu.config.presets import model_names
from slu.runs import (
    Start,
    expected_epoch_s,
    list_runs,
    read_run,
    recommended_model,
    starting_points,
)
from slu.settings import Settings
from tests.runs.fakes import record, write_run

ROOT = Path(__file__).parents[2]
STANDARD = "Standard settings"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    return Settings(project_root=tmp_path)


@pytest.mark.parametrize("model", model_names())
def test_every_model_has_standard_settings(settings: Settings, model: str) -> None:
    start = starting_points(settings.project_root / "configs", model, [])[STANDARD]()

    assert start.model.name == model


def test_a_model_with_training_settings_of_its_own_starts_from_them(settings: Settings) -> None:
    configs = settings.project_root / "configs"

    assert starting_points(configs, "m1", [])[STANDARD]().train == load_config(
        TrainConfig, configs / "train.yaml"
    )
    assert starting_points(configs, "m2", [])[STANDARD]().train == load_config(
        TrainConfig, configs / "train_m2.yaml"
    )


def test_every_model_starts_with_the_augmentation_that_was_saved(settings: Settings) -> None:
    configs = settings.project_root / "configs"
    changed = AugmentConfig(noise=NoiseConfig(probability=0.125))
    save_config(TrainConfig(augment=changed), configs / "train.yaml")

    for model in model_names():
        augment = starting_points(configs, model, [])[STANDARD]().train.augment
        own = {key: getattr(augment, key) for key in ("waveforms", "variants", "spec_augment")}
        assert augment == changed.model_copy(update=own)


def test_masks_fit_the_features_of_the_model(settings: Settings) -> None:
    configs = settings.project_root / "configs"
    widths = {
        model: starting_points(configs, model, [])[STANDARD]().train.augment.spec_augment.time_width
        for model in model_names()
    }

    assert widths["m3"] < widths["m1"]


def test_a_model_brings_the_features_that_it_needs(settings: Settings) -> None:
    configs = settings.project_root / "configs"
    made_for = {
        model: starting_points(configs, model, [])[STANDARD]().preprocess for model in model_names()
    }

    assert made_for["m3"] == load_config(PreprocessConfig, configs / "preprocess_m3.yaml")
    assert made_for["m1"] is None


def test_the_model_that_is_recommended_can_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recommended_model() == "m3"
    monkeypatch.setattr("slu.runs.starting.is_available", lambda: False)
    assert recommended_model() == "m1"


def test_a_model_without_files_starts_from_its_defaults(settings: Settings) -> None:
    configs = settings.project_root / "configs"
    (configs / "model_m2.yaml").unlink()

    start = starting_points(configs, "m2", [])[STANDARD]()

    assert start.model == MODEL_CONFIG.validate_python({"name": "m2"})


def test_offers_the_best_of_a_study_and_earlier_runs(settings: Settings) -> None:
    configs = settings.project_root / "configs"
    best = Start(MODEL_CONFIG.validate_python({"name": "m2", "stack": 7}), TrainConfig(epochs=5))
    save_config(best.model, configs / "model_m2_best.yaml")
    save_config(best.train, configs / "train_m2_best.yaml")
    write_run(settings, "evening", [], train={"epochs": 77})
    write_run(settings, "other", [], model={"name": "m1"})

    points = starting_points(configs, "m2", list_runs(settings)[0])

    assert list(points) == [STANDARD, "Best of the tuning study", "Settings of evening"]
    assert points["Best of the tuning study"]() == best
    assert points["Settings of evening"]().train.epochs == 77


class TestExpectedDuration:
    def test_is_unknown_without_an_earlier_run(self, settings: Settings) -> None:
        write_run(settings, "other", [record(1)], model={"name": "m1"})
        write_run(settings, "nothing", [])

        assert expected_epoch_s(list_runs(settings)[0], "m2", 10) is None

    def test_is_that_of_the_newest_run_of_the_model(self, settings: Settings) -> None:
        old, new = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
        write_run(settings, "old", [record(1) | {"seconds": 9.0}], created_at=old)
        write_run(settings, "new", [record(1) | {"seconds": 4.0}], created_at=new)

        assert expected_epoch_s(list_runs(settings)[0], "m2", 10) == 4.0

    def test_grows_with_the_clips(self, settings: Settings) -> None:
        for name in ("registry", "m2_best"):
            shutil.copytree(ROOT / "artifacts" / name, settings.artifacts_dir / name)
        run = read_run(settings, "m2_best")

        third = expected_epoch_s([run], "m2", 675)  # it had 2,025 validation clips

        assert third == pytest.approx(run.history.epoch_s / 3)
