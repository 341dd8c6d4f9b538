"""Clips placed by how a model hears them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.wav import write_wav
from slu.data.metadata import locate, read_metadata
from slu.errors import DataError
from slu.evaluation.embedding import draw_map
from slu.evaluation.embedding_map import agreement_column, among_others, neighbours_column
from slu.inference import Predictor
from slu.registry import Registry
from tests.tones import SAMPLE_RATE

pytestmark = pytest.mark.slow

MANY = 10_000


@pytest.fixture(scope="module")
def predictor(trained_root: Path) -> Predictor:
    return Predictor.load(Registry(trained_root, trained_root / "artifacts" / "registry"))


@pytest.fixture
def table(trained_root: Path) -> pd.DataFrame:
    folder = trained_root / "data" / "processed"
    found = read_metadata(folder / "metadata.csv")
    return found.assign(path=[locate(path, folder) for path in found["path"]])


def test_clips_of_one_label_lie_together(predictor: Predictor, table: pd.DataFrame) -> None:
    clip_map = draw_map(predictor, table, MANY, seed=1)

    assert clip_map["id"].tolist() == table["id"].tolist()
    assert np.isfinite(clip_map[["x", "y"]].to_numpy(float)).all()
    right = clip_map[neighbours_column("product")] == clip_map["product"]
    assert right.mean() > 0.9
    assert clip_map[agreement_column("product")].mean() > 0.7


def test_a_wrong_label_stands_out(predictor: Predictor, table: pd.DataFrame) -> None:
    wrong = table.index[table["product"] == "beras"][2]
    table.loc[wrong, "product"] = "kopi"

    loneliest = among_others(draw_map(predictor, table, MANY, seed=1), "product").iloc[0]

    assert loneliest["id"] == table.loc[wrong, "id"]
    assert loneliest[neighbours_column("product")] == "beras"


def test_a_seed_gives_one_map(predictor: Predictor, table: pd.DataFrame) -> None:
    first, again, other = (draw_map(predictor, table, 20, seed) for seed in (3, 3, 4))

    pd.testing.assert_frame_equal(first, again)
    assert len(first) == 20
    assert first["id"].tolist() != other["id"].tolist()


def test_what_cannot_be_heard_is_not_on_the_map(
    predictor: Predictor, table: pd.DataFrame, tmp_path: Path
) -> None:
    write_wav(tmp_path / "silence.wav", np.zeros(8000, np.float32), SAMPLE_RATE)
    table.loc[0, "path"] = str(tmp_path / "silence.wav")
    table.loc[1, "path"] = str(tmp_path / "missing.wav")
    told: list[tuple[int, int]] = []

    clip_map = draw_map(predictor, table, MANY, 1, lambda *done: told.append(done))

    assert clip_map["id"].tolist() == table["id"].tolist()[2:]
    n_steps = len(table) + 1
    assert told == [(step, n_steps) for step in range(1, n_steps + 1)]


def test_too_few_clips_are_refused(predictor: Predictor, table: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="can hear 9 of 9 clips"):
        draw_map(predictor, table[:9], MANY, seed=1)


def test_a_missing_slot_is_named(predictor: Predictor, table: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no column quantity"):
        draw_map(predictor, table.drop(columns="quantity"), MANY, seed=1)
