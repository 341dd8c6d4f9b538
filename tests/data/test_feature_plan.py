"""What building the features would do, before it is done."""

import os
import shutil
from pathlib import Path

import pytest

from slu.config import FramingConfig, PreprocessConfig
from slu.data.feature_store import read_store_config, store_path
from slu.data.preprocess import FeaturePlan, plan_features, preprocess
from slu.errors import DataError
from slu.settings import Settings

OTHER = PreprocessConfig(framing=FramingConfig(pad_s=0.2))


@pytest.fixture
def project(tone_root: Path, tmp_path: Path) -> Settings:
    shutil.copytree(tone_root, tmp_path / "project")
    return Settings(project_root=tmp_path / "project")


def metadata(settings: Settings) -> Path:
    return settings.data_dir / "processed" / "metadata.csv"


def plan(settings: Settings, config: PreprocessConfig) -> FeaturePlan:
    return plan_features(metadata(settings), config, settings.data_dir / "features")


def in_use(settings: Settings) -> PreprocessConfig:
    stores = list((settings.data_dir / "features").iterdir())
    assert len(stores) == 1
    return read_store_config(stores[0])


def test_nothing_is_missing_after_it_was_built(project: Settings) -> None:
    config = in_use(project)
    found = plan(project, config)
    assert found.n_missing == 0
    assert found.n_utterances > 0
    assert found.in_use == config
    assert found.is_up_to_date


def test_all_is_missing_for_other_settings_and_nothing_is_written(project: Settings) -> None:
    found = plan(project, OTHER)
    assert found.n_missing == found.n_utterances
    assert found.in_use == in_use(project)
    assert not store_path(project.data_dir / "features", OTHER).exists()


def test_training_reads_what_was_built_last(project: Settings) -> None:
    preprocess(metadata(project), OTHER, project.data_dir / "features")
    found = plan(project, OTHER)
    assert (found.n_missing, found.in_use) == (0, OTHER)


def test_clips_that_changed_since_are_noticed(project: Settings) -> None:
    now_ns = metadata(project).with_name("metadata_features.csv").stat().st_mtime_ns
    os.utime(metadata(project), ns=(now_ns + 1, now_ns + 1))
    assert not plan(project, in_use(project)).is_up_to_date


def test_without_features_none_are_in_use(project: Settings) -> None:
    metadata(project).with_name("metadata_features.csv").unlink()
    found = plan(project, OTHER)
    assert found.in_use is None
    assert not found.is_up_to_date


@pytest.mark.parametrize("text", ["", "id,path\n", "a,feature_path\n"])
def test_a_damaged_table_of_features_is_named(project: Settings, text: str) -> None:
    metadata(project).with_name("metadata_features.csv").write_text(text, "utf-8")
    with pytest.raises(DataError, match="is damaged; run"):
        plan(project, OTHER)
