"""From a version and a few recordings to a version that knows the voice, and what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from slu import workflows
from slu.config import AdaptConfig
from slu.errors import DataError, RegistryError
from slu.evaluation.teaching import TeachingReport, read_report
from slu.registry import Registry
from slu.settings import Settings
from slu.training.trainer import Interrupted
from tests.people import record_person

pytestmark = pytest.mark.slow

CONFIG = AdaptConfig.model_validate(
    {
        "run_name": "siti",
        "steps": 120,
        "batch_size": 16,
        "variants": 3,
        "learning_rate": 3e-3,
        "recordings_share": 0.25,
        "seed": 9,
    }
)


@pytest.fixture(scope="module")
def taught_root(trained_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which `tones` was taught somebody's voice as `siti`; not to be altered."""
    root = tmp_path_factory.mktemp("taught") / "project"
    shutil.copytree(trained_root, root)
    adapt(root)
    return root


def adapt(
    root: Path, config: AdaptConfig = CONFIG, listener: workflows.TrainListener | None = None
) -> TeachingReport:
    recordings = root / "data/raw/recorded"
    if not recordings.exists():
        record_person(recordings, takes=5)
    metadata = root / "data/processed/metadata.csv"
    settings = Settings(project_root=root)
    return workflows.adapt(metadata, recordings, config, settings, listener=listener)


def registry_of(root: Path) -> Registry:
    return workflows.open_registry(Settings(project_root=root))


def state_of(root: Path) -> dict[str, int]:
    """Everything in a project but what the feature store gained."""
    return {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns
        for path in root.rglob("*")
        if path.is_file() and "features" not in path.parts and "recorded" not in path.parts
    }


def test_the_voice_is_learnt_and_the_others_are_not_forgotten(taught_root: Path) -> None:
    report = read_report(taught_root / "artifacts/siti")

    assert (report.base, report.version) == ("tones", "siti")
    assert (report.recordings, report.speakers) == (24, 1)
    assert report.held_back is not None
    assert report.held_back.utterances == 6
    assert report.held_back.after.value > report.held_back.before.value
    assert report.corpus.utterances == 24
    assert report.corpus.after.value >= report.corpus.before.value - 0.1


def test_the_new_version_is_complete_and_not_in_use(taught_root: Path) -> None:
    registry = registry_of(taught_root)
    entry = registry.get("siti")

    registry.verify(entry)
    assert entry.parent == "tones"
    assert registry.latest_version() == "tones"
    assert list(entry.metrics) == ["held_back", "val", "test"]
    assert all(registry.resolve(path).is_file() for path in entry.artifacts.values())
    config = registry.config(entry)
    assert len(config["heard"]) == 24
    assert not set(config["heard"]) & set(config["adaptation"]["held_back"])
    card = registry.resolve(entry.artifacts["model_card"]).read_text("utf-8")
    assert "Taught by 24 recordings of people" in card
    assert "version `tones`" in card
    assert not list((taught_root / "artifacts").glob(".teaching*"))


def test_teaching_again_holds_back_what_is_new(taught_root: Path, tmp_path: Path) -> None:
    """The version knows the first recordings: only those that came since can tell anything."""
    root = tmp_path / "project"
    shutil.copytree(taught_root, root)
    registry_of(root).promote("siti")
    first = registry_of(root).config(registry_of(root).get("siti"))
    more = CONFIG.model_copy(update={"run_name": "siti2", "steps": 1})

    adapt(root, more)

    second = registry_of(root).config(registry_of(root).get("siti2"))
    assert second["adaptation"]["base"] == "siti"
    assert set(second["adaptation"]["held_back"]) <= set(first["adaptation"]["held_back"])
    assert set(second["heard"]) >= set(first["heard"])


@pytest.mark.parametrize("when", ["on_listen", "on_step", "on_evaluate"])
def test_stopped_nothing_is_left(trained_project: Path, when: str) -> None:
    record_person(trained_project / "data/raw/recorded", takes=5)
    before = state_of(trained_project)
    told: list[tuple[int, int]] = []
    listener = workflows.TrainListener(
        **{when: lambda *counts: told.append(counts)},  # type: ignore[arg-type]
        should_stop=lambda: len(told) >= 3,
    )

    with pytest.raises(Interrupted):
        adapt(trained_project, CONFIG.model_copy(update={"steps": 3}), listener)

    assert len(told) == 3
    assert state_of(trained_project) == before


def test_a_failure_at_the_end_leaves_nothing(
    trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_person(trained_project / "data/raw/recorded", takes=5)
    before = state_of(trained_project)

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("slu.publishing.format_card", full_disk)
    with pytest.raises(OSError, match="No space left"):
        adapt(trained_project, CONFIG.model_copy(update={"steps": 1}))

    assert state_of(trained_project) == before


def spoil_corpus(root: Path) -> None:
    (root / "data/processed/metadata.csv").unlink()


def spoil_labels(root: Path) -> None:
    path = root / "artifacts/tones/config.json"
    config = json.loads(path.read_text("utf-8"))
    config["labels"]["quantity"] = ["1"]
    path.write_text(json.dumps(config), "utf-8")


def forget_model(root: Path) -> None:
    (root / "artifacts/registry/latest.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (spoil_corpus, DataError, "make clips on the page Data, or run `slu prepare`"),
        (spoil_labels, DataError, "'2' is in the corpus and is no quantity that tones knows"),
        (forget_model, RegistryError, "no model is in use yet"),
    ],
)
def test_what_cannot_be_is_refused(
    trained_project: Path, spoil: Callable[[Path], None], error: type[Exception], said: str
) -> None:
    spoil(trained_project)

    with pytest.raises(error, match=said):
        adapt(trained_project)
    assert not (trained_project / "artifacts/siti").exists()


def test_a_name_that_is_taken_is_refused(trained_project: Path) -> None:
    with pytest.raises(RegistryError, match="tones exists already"):
        adapt(trained_project, CONFIG.model_copy(update={"run_name": "tones"}))
