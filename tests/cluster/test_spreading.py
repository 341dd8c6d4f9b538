"""Corpora that a cluster makes are those that one machine makes, also when nodes are lost."""

import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Timer

import pytest

from slu.config import CorpusConfig
from slu.data.preprocess import FEATURES_NAME, preprocess
from slu.data.spreading import Mapper, map_on_cluster
from slu.data.synthesis import synthesise_corpus
from tests.cluster.harness import Cluster
from tests.tones import PREPROCESS

pytestmark = pytest.mark.fault

CORPUS = CorpusConfig.model_validate(
    {
        "language": "id",
        "templates": ["[catat|beli|pesan|jual] {quantity} {product}"],
        "slots": {
            "product": {"beras": ["beras"], "kopi": ["kopi"]},
            "quantity": {"1": ["satu"], "2": ["dua"]},
        },
        "utterances": 160,
        "seed": 7,
    }
)


@pytest.fixture
def mapper(cluster: Cluster) -> Iterator[Mapper]:
    """Spreads work over the cluster, with this process as its driver."""
    import ray

    yield partial(map_on_cluster, cluster.address)
    ray.shutdown()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; what a killed process was writing does not count."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".tmp"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def clips(tone_root: Path, tmp_path: Path) -> Path:
    """Metadata of a corpus without features."""
    folder = tmp_path / "processed"
    shutil.copytree(tone_root / "data" / "processed", folder)
    (folder / FEATURES_NAME).unlink()
    return folder / "metadata.csv"


def test_features_are_equal_also_when_a_node_is_lost(
    mapper: Mapper, cluster: Cluster, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slu.data.preprocess._SHARD_S", 0.5)
    here = preprocess(clips, PREPROCESS, clips.parents[1] / "here")
    table = here.features_path.read_text()
    assert len(contents(here.store)) > 60

    def lose_a_node(done: int, _total: int) -> None:
        if done == 1:
            cluster.nodes[-1].kill()

    there = preprocess(clips, PREPROCESS, clips.parents[1] / "there", lose_a_node, mapper)

    assert contents(there.store) == contents(here.store)
    assert there.features_path.read_text().replace("there/", "here/") == table


def test_a_corpus_is_equal_also_when_a_node_is_lost(
    mapper: Mapper, cluster: Cluster, tmp_path: Path
) -> None:
    here = synthesise_corpus(CORPUS, tmp_path / "here").metadata_path.parent

    def lose_a_node(done: int, _total: int) -> None:
        if done == 40:
            cluster.nodes[-1].kill()

    there = synthesise_corpus(
        CORPUS, tmp_path / "there", progress=lose_a_node, mapper=mapper
    ).metadata_path.parent

    assert contents(there) == contents(here)
    assert len(contents(there)) == CORPUS.utterances + 2


def test_results_come_in_order_and_errors_as_they_are(mapper: Mapper) -> None:
    told: list[tuple[int, int]] = []
    tasks = list(range(-10, 10))
    results = list(mapper(abs, tasks, chunk=3, progress=lambda *n: told.append(n)))
    assert results == [abs(task) for task in tasks]
    assert told == [(done, 20) for done in range(1, 21)]
    assert list(mapper(abs, [])) == []
    with pytest.raises(ValueError, match="invalid literal"):
        list(mapper(int, ["1", "2", "x", "4"], chunk=1))


# The other method needs a signal that is let through.
@pytest.mark.timeout(60, method="thread")
def test_who_waits_for_a_free_core_can_be_interrupted(mapper: Mapper, cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.kill()
    timer = Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(mapper(abs, [-1]))
    timer.join()
