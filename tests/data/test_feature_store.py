from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from slu.audio.decode import decode
from slu.audio.front_end import make_front_end
from slu.config import PreprocessConfig
from slu.data.feature_store import (
    INDEX_COLUMNS,
    ShardTask,
    build_shard,
    open_store,
    read_features,
    read_index,
    read_store_config,
    read_waveform,
    store_path,
)
from slu.errors import DataError

MakeClip = Callable[..., Path]
CONFIG = PreprocessConfig()
# float16 has 11 bits: half a step at 8, about the largest normalised feature, is 2e-3.
TOLERANCE = 4e-3


@pytest.fixture
def task(tmp_path: Path, make_clip: MakeClip) -> ShardTask:
    """Three clips of different lengths and rates."""
    paths = [
        make_clip(tmp_path / f"{i}.wav", i, duration_s=0.3 + 0.1 * i, sample_rate=rate)
        for i, rate in enumerate((8000, 16000, 22050))
    ]
    store = open_store(tmp_path / "features", CONFIG)
    return ShardTask(store, CONFIG, ("a", "00", "1e5"), tuple(map(str, paths)))


def test_features_and_waveforms_come_back(task: ShardTask) -> None:
    assert build_shard(task) == []
    rows = read_index(task.store).set_index("id")
    assert tuple(rows.index) == task.ids
    front_end = make_front_end(CONFIG)
    for clip_id, path in zip(task.ids, task.paths, strict=True):
        row = rows.loc[clip_id]
        waveform = decode(Path(path), CONFIG.sample_rate)
        stored = read_waveform(
            task.store / row["waveform_path"], row["waveform_offset"], row["samples"]
        )
        np.testing.assert_array_equal(stored, waveform)
        features = read_features(
            task.store / row["feature_path"], row["feature_offset"], row["frames"]
        )
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, front_end(waveform), rtol=0, atol=TOLERANCE)


def test_full_scale_survives(tmp_path: Path) -> None:
    samples = np.tile(np.array([32767, -32768, 0, 1], np.int16), 2000)
    soundfile.write(tmp_path / "loud.wav", samples, 16000)
    store = open_store(tmp_path / "features", CONFIG)
    build_shard(ShardTask(store, CONFIG, ("a",), (str(tmp_path / "loud.wav"),)))
    (row,) = read_index(store).to_dict("records")
    waveform = read_waveform(store / row["waveform_path"], 0, row["samples"])
    np.testing.assert_array_equal(waveform * 32768, samples)


def test_the_index_has_the_columns_of_the_design(task: ShardTask) -> None:
    assert tuple(read_index(task.store).columns) == INDEX_COLUMNS
    build_shard(task)
    assert tuple(read_index(task.store).columns) == INDEX_COLUMNS


def test_a_shard_is_three_files_named_after_its_clips(task: ShardTask) -> None:
    build_shard(task)
    first = contents(task.store)
    assert sorted(name.split("-")[0] for name in first) == [
        *("features", "index", "preprocess.yaml", "waveforms")
    ]
    build_shard(task)
    assert contents(task.store) == first


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_unusable_clips_are_reported_and_left_out(task: ShardTask, make_clip: MakeClip) -> None:
    short = make_clip(task.store.parent / "short.wav", duration_s=0.05)
    long = make_clip(task.store.parent / "long.wav", duration_s=21.0)
    bad = ShardTask(
        task.store,
        CONFIG,
        (*task.ids, "gone", "short", "long"),
        (*task.paths, "gone.wav", str(short), str(long)),
    )
    failures = dict(build_shard(bad))
    assert set(failures) == {"gone", "short", "long"}
    assert "no sound file" in failures["gone"]
    assert failures["short"] == "The recording is shorter than 0.1 s; leave it out."
    assert "longer than 20 s" in failures["long"]
    assert tuple(read_index(task.store)["id"]) == task.ids


def test_a_shard_of_unusable_clips_is_no_shard(task: ShardTask) -> None:
    build_shard(ShardTask(task.store, CONFIG, ("gone",), ("gone.wav",)))
    assert [path.name for path in task.store.iterdir()] == ["preprocess.yaml"]


@pytest.mark.parametrize("pattern", ["index-*", "features-*", "waveforms-*"])
def test_a_shard_that_lacks_a_file_does_not_exist(task: ShardTask, pattern: str) -> None:
    build_shard(task)
    (path,) = task.store.glob(pattern)
    path.unlink()
    assert read_index(task.store).empty
    build_shard(task)
    assert len(read_index(task.store)) == 3


def test_leftovers_of_killed_runs_are_ignored(task: ShardTask) -> None:
    build_shard(task)
    for name in (".features-0.npy.1.2.tmp", ".index-0.csv.1.2.tmp", ".waveforms-0.npy.1.2.tmp"):
        (task.store / name).write_text("half a fi")
    assert tuple(read_index(task.store)["id"]) == task.ids


def test_a_clip_in_two_shards_counts_once(task: ShardTask) -> None:
    build_shard(task)
    build_shard(ShardTask(task.store, CONFIG, task.ids[:1], task.paths[:1]))
    assert sorted(read_index(task.store)["id"]) == sorted(task.ids)


def test_a_damaged_shard_says_what_to_do(task: ShardTask) -> None:
    build_shard(task)
    (path,) = task.store.glob("features-*")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cannot be read; run `slu preprocess` again"):
        read_features(path, 0, 1)


def test_each_configuration_has_a_store_that_knows_it(tmp_path: Path) -> None:
    other = PreprocessConfig(max_duration_s=21.0)
    assert store_path(tmp_path, CONFIG) != store_path(tmp_path, other)
    for config in (CONFIG, other):
        store = open_store(tmp_path, config)
        assert store.name == f"log_mel-{config.fingerprint()}"
        assert read_store_config(store) == config
