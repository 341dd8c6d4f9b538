"""From features to a registered version."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from slu import workflows
from slu.errors import DataError, ModelError, RegistryError, StudyError
from slu.evaluation.predictions import read_predictions
from slu.registry import Registry
from slu.settings import Settings
from slu.training.trainer import Interrupted
from tests.tones import MODEL, PREPROCESS, TRAIN, train_tones

pytestmark = pytest.mark.slow

QUICK = TRAIN.model_copy(update={"epochs": 1})


@pytest.fixture
def project(tone_root: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(tone_root, root)
    torch.set_num_threads(1)
    return root


@pytest.fixture
def finished_graph(trained_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that was traced before: tracing takes seconds and is tested elsewhere."""
    graph = trained_root / "artifacts" / "tones" / "model.onnx"
    monkeypatch.setattr(
        "slu.training.run.export_onnx", lambda model, slots, n, path: shutil.copyfile(graph, path)
    )


def train(
    root: Path, *, resume: bool = False, listener: workflows.TrainListener | None = None
) -> str:
    """Train without a name of one's own; returns the version."""
    return workflows.train(
        root / "data" / "processed" / "metadata_features.csv",
        MODEL,
        QUICK,
        Settings(project_root=root),
        resume=resume,
        listener=listener,
    ).version


def registry_of(root: Path) -> Registry:
    return workflows.open_registry(Settings(project_root=root))


def test_a_version_is_complete(trained_root: Path) -> None:
    registry = registry_of(trained_root)
    entry = registry.get("tones")

    registry.verify(entry)
    assert all(registry.resolve(path).is_file() for path in entry.artifacts.values())
    assert set(entry.metrics) == {"val", "test"}
    assert entry.metrics["test"]["joint_accuracy"]["value"] == 1.0
    assert entry.label_map_product == "artifacts/tones/product2id.json"
    assert entry.label_map_quantity == "artifacts/tones/qty2id.json"
    assert entry.parent is None
    paths = (entry.model_path, entry.onnx_path, entry.config_path, *entry.artifacts.values())
    assert not any(Path(path).is_absolute() for path in paths)
    predictions = read_predictions(
        registry.resolve(entry.artifacts["predictions"]), entry.data_cfg["slots"]
    )
    assert not any(Path(path).is_absolute() for path in predictions["path"])
    assert all(registry.resolve(path).is_file() for path in predictions["path"])


@pytest.mark.usefixtures("finished_graph")
def test_the_first_version_is_promoted_and_later_ones_are_not(project: Path) -> None:
    train_tones(project, "a", QUICK)
    second = train_tones(project, "b", QUICK)

    assert registry_of(project).latest_version() == "a"
    assert second.parent == "a"


@pytest.mark.usefixtures("finished_graph")
def test_features_that_are_asked_for_are_computed(project: Path) -> None:
    table = project / "data/processed/metadata_features.csv"
    before = table.read_bytes()
    settings = Settings(project_root=project)
    other = PREPROCESS.model_copy(update={"max_duration_s": 9.0})

    entry = workflows.train(table, MODEL, QUICK, settings, preprocess=other)

    assert registry_of(project).config(entry)["preprocess"] == other.model_dump(mode="json")
    assert table.read_bytes() == before


@pytest.mark.usefixtures("finished_graph")
def test_a_run_without_a_name_is_called_after_model_and_time(project: Path) -> None:
    started: list[str] = []

    version = train(project, listener=workflows.TrainListener(on_start=started.append))

    assert started == [version]
    assert version.startswith("m1-20")
    assert registry_of(project).get(version).version == version


@pytest.mark.parametrize("name", ["latest", "registry", "tones"])
def test_a_name_that_is_taken_is_refused_before_anything_runs(
    trained_project: Path, name: str
) -> None:
    before = sorted(path.name for path in (trained_project / "artifacts").iterdir())

    with pytest.raises(RegistryError, match=r"choose another train\.run_name"):
        train_tones(trained_project, name)
    assert sorted(path.name for path in (trained_project / "artifacts").iterdir()) == before


def stop_after(count: int) -> Callable[[], bool]:
    """A listener's answer that is yes from the n-th time on."""
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= count

    return should_stop


@pytest.mark.usefixtures("finished_graph")
def test_resume_finds_the_run_that_was_worked_on_last(project: Path) -> None:
    stopped = workflows.TrainListener(should_stop=stop_after(2))
    with pytest.raises(Interrupted):
        train(project, listener=stopped)
    [last] = (project / "artifacts").glob("m1-*")
    older = last.with_name("m1-older")
    shutil.copytree(last, older)
    os.utime(older, (1, 1))

    assert train(project, resume=True) == last.name


@pytest.mark.usefixtures("finished_graph")
def test_an_evaluation_that_was_stopped_is_continued(project: Path) -> None:
    """The model is trained; what is missing are its scores and its entry."""
    with pytest.raises(Interrupted, match="evaluation was stopped"):
        train(project, listener=workflows.TrainListener(should_stop=stop_after(10)))
    assert registry_of(project).versions() == []
    steps: list[int] = []

    version = train(
        project,
        resume=True,
        listener=workflows.TrainListener(on_step=lambda done, total: steps.append(done)),
    )

    assert registry_of(project).latest_version() == version
    assert steps == []
    with pytest.raises(ModelError, match="no unfinished run of m1"):
        train(project, resume=True)


def test_without_a_run_there_is_nothing_to_resume(project: Path) -> None:
    with pytest.raises(ModelError, match="no unfinished run of m1; start one without --resume"):
        train(project, resume=True)


def test_a_missing_table_is_said_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such table"):
        train(tmp_path)
    assert not (tmp_path / "artifacts").exists()


def test_the_best_of_no_study_is_refused(project: Path) -> None:
    with pytest.raises(StudyError, match="there is no"):
        workflows.train_best(
            project / "data" / "processed" / "metadata_features.csv",
            "nobody",
            f"sqlite:///{project}/optuna.db",
            Settings(project_root=project),
        )
    assert not (project / "configs").exists()
