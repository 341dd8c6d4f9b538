from pathlib import Path

import pytest

from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config
from slu.config.tune import TuneConfig
from slu.errors import ConfigError, StudyError
from slu.settings import Settings
from slu.tuning.plan import StudyPlan, check_study_name, plan_study
from slu.tuning.space import SearchSpace


def plan_of(space: SearchSpace, name: str = "evening", **values: object) -> StudyPlan:
    tune = TuneConfig.model_validate({"space": dict(space.knobs)})
    return StudyPlan(name, space.model_config, space.train_config, tune, 12)._replace(**values)


def test_the_command_reads_what_was_planned(space: SearchSpace, tmp_path: Path) -> None:
    plan = plan_of(space, workers=2, train_best=True, preprocess=PreprocessConfig())

    command = plan_study(Settings(project_root=tmp_path), plan)

    assert command == (
        "hparam-search", "--study-name", "evening",
        "--model-cfg", "configs/studies/evening/model.yaml",
        "--train-cfg", "configs/studies/evening/train.yaml",
        "--tune-cfg", "configs/studies/evening/tune.yaml",
        "--preprocess-cfg", "configs/studies/evening/preprocess.yaml",
        "--n-trials", "12", "--workers", "2", "--train-best",
    )  # fmt: skip
    folder = tmp_path / "configs/studies/evening"
    assert load_config(MODEL_CONFIG, folder / "model.yaml") == plan.model
    assert load_config(TrainConfig, folder / "train.yaml") == plan.train
    assert load_config(TuneConfig, folder / "tune.yaml") == plan.tune


@pytest.mark.parametrize("name", ["corner shop", "..", "../../away", "a/b", "."])
def test_any_name_stays_in_its_folder(space: SearchSpace, tmp_path: Path, name: str) -> None:
    plan_study(Settings(project_root=tmp_path), plan_of(space, name))
    (written,) = (tmp_path / "configs" / "studies").iterdir()
    assert {path.name for path in written.iterdir()} == {"model.yaml", "train.yaml", "tune.yaml"}
    assert [path.name for path in tmp_path.iterdir()] == ["configs"]


def test_an_impossible_space_writes_nothing(space: SearchSpace, tmp_path: Path) -> None:
    wrong = TuneConfig.model_validate(
        {"space": {"model.n_layers": {"kind": "int", "low": 0, "high": 2}}}
    )
    with pytest.raises(ConfigError, match="n_layers = 0"):
        plan_study(Settings(project_root=tmp_path), plan_of(space, tune=wrong))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("evening", "called evening"), ("a b", "must begin with"), ("", "must begin with")],
)
def test_a_name_is_refused_in_words(name: str, reason: str) -> None:
    with pytest.raises(StudyError, match=reason):
        check_study_name(name, ["evening"])
    check_study_name("morning", ["evening"])
