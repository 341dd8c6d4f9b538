import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.types import Features
from slu.config import PreprocessConfig
from slu.data import parallel
from slu.data import preprocess as preprocess_module
from slu.data.feature_store import read_features
from slu.data.preprocess import PreprocessReport, preprocess
from slu.errors import DataError

MakeClip = Callable[..., Path]
N_CLIPS = 12
CONFIG = PreprocessConfig()


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two or three clips each, computed in this process."""
    monkeypatch.setattr(preprocess_module, "_SHARD_S", 1.0)
    monkeypatch.setattr(parallel, "cores", lambda: 1)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, make_clip: MakeClip) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for index in range(N_CLIPS):
        make_clip(folder / f"{index}.wav", index, duration_s=0.3 + 0.02 * index)
    return folder


@pytest.fixture
def corpus(tmp_path: Path, clips: Path) -> "Corpus":
    return Corpus(tmp_path, clips)


class Corpus:
    """Metadata of some clips, and the features made of them."""

    def __init__(self, root: Path, clips: Path) -> None:
        self.metadata = root / "processed" / "metadata.csv"
        self.features_root = root / "features"
        self._clips = clips
        self.list_clips(range(N_CLIPS))

    def list_clips(self, indices: range) -> None:
        self.metadata.parent.mkdir(exist_ok=True)
        rows = [
            {
                "id": f"{index:016x}",
                "path": str(self._clips / f"{index}.wav"),
                "product": "x",
                "split": "train",
                "duration_s": 0.3 + 0.02 * index,
            }
            for index in indices
        ]
        pd.DataFrame(rows).to_csv(self.metadata, index=False)

    def preprocess(self, config: PreprocessConfig = CONFIG) -> PreprocessReport:
        return preprocess(self.metadata, config, self.features_root)

    def table(self) -> pd.DataFrame:
        return pd.read_csv(self.metadata.with_name("metadata_features.csv"), dtype={"id": str})

    def features(self) -> dict[str, Features]:
        return {
            row["id"]: read_features(
                self.metadata.parent / row["feature_path"], row["feature_offset"], row["frames"]
            )
            for row in self.table().to_dict("records")
        }

    def files(self) -> dict[str, int]:
        """Files and when they were written."""
        return {p.name: p.stat().st_mtime_ns for p in self.features_root.rglob("*") if p.is_file()}


def assert_equal(found: dict[str, Features], expected: dict[str, Features]) -> None:
    assert list(found) == list(expected)
    for clip_id, features in expected.items():
        np.testing.assert_array_equal(found[clip_id], features)


def test_the_table_is_the_metadata_with_places_of_features(corpus: Corpus) -> None:
    report = corpus.preprocess()
    assert report.features_path == corpus.metadata.with_name("metadata_features.csv")
    assert (report.n_utterances, report.n_computed, report.failures) == (N_CLIPS, N_CLIPS, ())
    table = corpus.table()
    assert list(table.columns) == [
        *("id", "path", "product", "split", "duration_s", "feature_path", "feature_offset"),
        *("frames", "waveform_path", "waveform_offset", "samples"),
    ]
    assert table["id"].tolist() == [f"{index:016x}" for index in range(N_CLIPS)]
    assert table["feature_path"].str.startswith(f"../features/{report.store.name}/").all()
    assert table["feature_path"].nunique() > 3
    assert all(
        len(f) == n for f, n in zip(corpus.features().values(), table["frames"], strict=True)
    )


def test_a_second_run_computes_nothing(corpus: Corpus) -> None:
    corpus.preprocess()
    files, table = corpus.files(), corpus.table()
    assert corpus.preprocess().n_computed == 0
    assert corpus.files() == files
    assert corpus.table().equals(table)


def test_a_grown_corpus_computes_what_is_new(corpus: Corpus) -> None:
    corpus.list_clips(range(5))
    corpus.preprocess()
    before = corpus.files()
    corpus.list_clips(range(N_CLIPS))
    report = corpus.preprocess()
    assert (report.n_utterances, report.n_computed) == (N_CLIPS, N_CLIPS - 5)
    assert before.items() <= corpus.files().items()


def test_a_corpus_that_shrank_lists_what_is_left(corpus: Corpus) -> None:
    corpus.preprocess()
    corpus.list_clips(range(3, 6))
    report = corpus.preprocess()
    assert (report.n_utterances, report.n_computed) == (3, 0)
    assert corpus.table()["id"].tolist() == [f"{index:016x}" for index in range(3, 6)]


def test_another_configuration_computes_anew_beside_the_first(corpus: Corpus) -> None:
    first = corpus.preprocess()
    other = PreprocessConfig(front_end={"n_mels": 32})
    second = corpus.preprocess(other)
    assert second.n_computed == N_CLIPS
    assert second.store != first.store
    assert {features.shape[1] for features in corpus.features().values()} == {32}
    assert corpus.preprocess().n_computed == 0
    assert {features.shape[1] for features in corpus.features().values()} == {64}


def test_unusable_audio_is_reported_and_tried_again(corpus: Corpus, make_clip: MakeClip) -> None:
    table = pd.read_csv(corpus.metadata, dtype={"id": str})
    late = corpus.metadata.parent / "late.wav"
    table.loc[4, "path"] = late.name
    table.to_csv(corpus.metadata, index=False)
    report = corpus.preprocess()
    assert (report.n_utterances, report.n_computed) == (N_CLIPS - 1, N_CLIPS - 1)
    ((path, reason),) = report.failures
    assert path == "late.wav"
    assert "no sound file" in reason
    make_clip(late)
    assert corpus.preprocess().n_computed == 1
    assert len(corpus.table()) == N_CLIPS


def test_a_corpus_without_any_usable_audio_is_an_error(corpus: Corpus) -> None:
    table = pd.read_csv(corpus.metadata, dtype={"id": str})
    table.assign(path="gone.wav").to_csv(corpus.metadata, index=False)
    with pytest.raises(DataError, match=r"no recording gave features; the first: There is no"):
        corpus.preprocess()
    assert not corpus.metadata.with_name("metadata_features.csv").exists()


def test_a_table_that_has_features_already_can_be_given(corpus: Corpus) -> None:
    corpus.preprocess()
    table = corpus.table()
    corpus.metadata = corpus.metadata.with_name("metadata_features.csv")
    corpus.preprocess()
    assert corpus.table().equals(table)


def test_many_processes_give_the_same_as_one(
    corpus: Corpus, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.preprocess()
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    (tmp_path / "other").mkdir()
    other = Corpus(tmp_path / "other", clips)
    other.preprocess()
    assert other.table().equals(corpus.table())
    assert_equal(other.features(), corpus.features())


def test_progress_is_told_in_clips(corpus: Corpus) -> None:
    corpus.list_clips(range(2))
    corpus.preprocess()
    corpus.list_clips(range(N_CLIPS))
    told: list[tuple[int, int]] = []
    preprocess(corpus.metadata, CONFIG, corpus.features_root, lambda *n: told.append(n))
    done = [done for done, _ in told]
    assert done == sorted(set(done))
    assert told[-1] == (N_CLIPS - 2, N_CLIPS - 2)


KILLED_RUN = """
import os, signal, sys, time
from pathlib import Path
from slu.config import PreprocessConfig
from slu.data import parallel
from slu.data import preprocess as module
from slu.data.feature_store import build_shard

def build_two_then_kill(task):
    if len(list(task.store.glob("index-*"))) >= 2:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return build_shard(task)

if __name__ == "__main__":
    module._SHARD_S, parallel.cores = 1.0, lambda: 2
    module.build_shard = build_two_then_kill
    module.preprocess(Path(sys.argv[1]), PreprocessConfig(), Path(sys.argv[2]))
"""


def test_a_killed_run_continues_to_the_same_result(
    corpus: Corpus, clips: Path, tmp_path: Path
) -> None:
    (tmp_path / "whole").mkdir()
    whole = Corpus(tmp_path / "whole", clips)
    whole.preprocess()
    script = tmp_path / "killed_run.py"
    script.write_text(KILLED_RUN)
    command = [sys.executable, script, corpus.metadata, corpus.features_root]
    killed = subprocess.run(command, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert not corpus.metadata.with_name("metadata_features.csv").exists()
    finished = {name: at for name, at in corpus.files().items() if name.startswith("index")}
    assert len(finished) >= 2
    report = corpus.preprocess()
    assert 0 < report.n_computed < N_CLIPS
    assert finished.items() <= corpus.files().items()
    assert_equal(corpus.features(), whole.features())
