"""Accuracy against noise."""

import json
from pathlib import Path

import pandas as pd
import pytest

from slu.config.augment import NoiseKind
from slu.errors import DataError
from slu.evaluation.archive import read_facts
from slu.evaluation.noise_sweep import NoisePoint, points_of, sweep_noise, write_sweep
from slu.evaluation.predictions import predict_table
from slu.evaluation.scores import score
from slu.inference import Predictor
from slu.registry import Registry

pytestmark = pytest.mark.slow

LEVELS_DB = (20.0, 0.0, -10.0)


@pytest.fixture(scope="module")
def predictor(trained_root: Path) -> Predictor:
    return Predictor.load(Registry(trained_root, trained_root / "artifacts" / "registry"))


@pytest.fixture(scope="module")
def recordings(trained_root: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """All tones, one of them with a wrong label, and a file that is none."""
    folder = trained_root / "data" / "processed"
    table = pd.read_csv(folder / "metadata.csv", dtype=str)
    table["path"] = [str(folder / path) for path in table["path"]]
    table.loc[0, "quantity"] = "7"
    broken = tmp_path_factory.mktemp("broken") / "text.wav"
    broken.write_text("not a recording")
    return pd.concat([table, table.tail(1).assign(path=str(broken))], ignore_index=True)


@pytest.fixture(scope="module")
def points(predictor: Predictor, recordings: pd.DataFrame) -> list[NoisePoint]:
    return sweep_noise(predictor, recordings, LEVELS_DB, NoiseKind.WHITE, seed=3)


def test_without_noise_it_is_the_plain_evaluation(
    predictor: Predictor, recordings: pd.DataFrame, points: list[NoisePoint]
) -> None:
    plain = score(predict_table(predictor, recordings), predictor.slots)

    clean = points[0]
    assert clean.snr_db is None
    assert clean.joint_accuracy == plain.joint_accuracy
    assert clean.slots == {slot: scores.accuracy for slot, scores in plain.slots.items()}
    assert clean.accepted.value == plain.accepted
    assert clean.utterances == plain.utterances


def test_the_order_of_the_table_does_not_matter(
    predictor: Predictor, recordings: pd.DataFrame, points: list[NoisePoint]
) -> None:
    shuffled = recordings.sample(frac=1, random_state=1)

    assert sweep_noise(predictor, shuffled, LEVELS_DB, NoiseKind.WHITE, seed=3) == points


def test_a_recording_sounds_the_same_in_every_table(
    predictor: Predictor, recordings: pd.DataFrame
) -> None:
    """The accuracy of a table is that of its halves together."""

    def n_right(table: pd.DataFrame) -> list[float]:
        found = sweep_noise(predictor, table, (0.0,), NoiseKind.PINK, seed=3)
        return [point.joint_accuracy.value * point.utterances for point in found]

    whole, halves = n_right(recordings), [recordings.iloc[::2], recordings.iloc[1::2]]

    assert whole == pytest.approx([sum(both) for both in zip(*map(n_right, halves), strict=True)])


def test_loud_noise_is_understood_less(points: list[NoisePoint]) -> None:
    assert [point.snr_db for point in points] == [None, *LEVELS_DB]
    assert points[-1].joint_accuracy.high < points[0].joint_accuracy.low


def test_it_tells_how_far_it_is(predictor: Predictor, recordings: pd.DataFrame) -> None:
    told: list[tuple[int, int]] = []

    sweep_noise(
        predictor, recordings.head(2), (10.0,), NoiseKind.PINK, 0, lambda *far: told.append(far)
    )

    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_sweep_is_read_back(points: list[NoisePoint], tmp_path: Path) -> None:
    path = tmp_path / "noise.json"
    write_sweep(path, {"evaluated_at": "2026-01-01T00:00:00+00:00"}, points)

    assert points_of(read_facts(path) or {}) == points


@pytest.mark.parametrize("points", [None, [{}], [{"snr_db": 0, "utterances": 1, "slots": 3}]])
def test_a_damaged_sweep_is_told(points: object, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="damaged; run it again"):
        points_of(json.loads(json.dumps({"points": points})))
