"""What a project needs next."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from slu.overview import NextStep, look_over
from slu.registry import Registry
from slu.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(project_root=tmp_path)


def ship(settings: Settings, *names: str) -> None:
    """Copy shipped versions, of which none is in use then."""
    settings.registry_dir.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copytree(ROOT / "artifacts" / name, settings.artifacts_dir / name)
        shutil.copy(ROOT / f"artifacts/registry/{name}.json", settings.registry_dir)


def use(settings: Settings, name: str) -> None:
    Registry(settings.project_root, settings.registry_dir).promote(name)


def write_corpus(settings: Settings, product: str, *, with_features: bool = True) -> None:
    folder = settings.data_dir / "processed"
    folder.mkdir(parents=True)
    row = {"id": "1", "path": "1.wav", "text": "", "product": product, "quantity": "1"}
    table = pd.DataFrame([{**row, "duration_s": 1.0, "split": "train", "speaker": "Siti"}])
    for name in ("metadata", "metadata_features")[: 1 + with_features]:
        table.to_csv(folder / f"{name}.csv", index=False)


def test_a_newcomer_makes_data(settings: Settings) -> None:
    assert look_over(settings).next_step is NextStep.MAKE_DATA


def test_data_need_features_and_then_a_model(settings: Settings) -> None:
    write_corpus(settings, "beras", with_features=False)
    assert look_over(settings).next_step is NextStep.BUILD_FEATURES

    table = settings.data_dir / "processed" / "metadata.csv"
    shutil.copy(table, table.with_name("metadata_features.csv"))
    assert look_over(settings).next_step is NextStep.TRAIN


def test_a_version_is_put_to_use_and_talked_to(settings: Settings) -> None:
    ship(settings, "m1_best")
    assert look_over(settings).next_step is NextStep.PROMOTE

    use(settings, "m1_best")
    assert look_over(settings).next_step is NextStep.TALK


def test_a_model_that_lacks_a_product_is_not_enough(settings: Settings) -> None:
    ship(settings, "m1_best", "m2_best")
    use(settings, "m1_best")
    write_corpus(settings, "tahu")

    overview = look_over(settings)

    assert overview.unknown_labels == ("tahu",)
    assert overview.next_step is NextStep.TRAIN


def test_another_version_may_know_it(settings: Settings) -> None:
    ship(settings, "m1_best", "m2_best")
    use(settings, "m1_best")
    teach(settings, "m2_best", "tahu")
    write_corpus(settings, "tahu")

    overview = look_over(settings)

    assert overview.candidates == ("m2_best",)
    assert overview.next_step is NextStep.PROMOTE


def test_a_damaged_version_is_no_candidate(settings: Settings) -> None:
    ship(settings, "m1_best", "m2_best")
    (settings.artifacts_dir / "m2_best/config.json").unlink()
    write_corpus(settings, "beras")

    assert look_over(settings).candidates == ("m1_best",)


def teach(settings: Settings, version: str, product: str) -> None:
    path = settings.artifacts_dir / version / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["labels"]["product"].append(product)
    path.write_text(json.dumps(config), "utf-8")
