import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from slu.config import CorpusConfig, DataConfig, PreprocessConfig
from slu.data.synthesis import synthesise_corpus
from slu.errors import ConfigError, DataError
from slu.settings import Settings
from slu.workflows import PrepareReport, import_zip, prepare

CORPUS = CorpusConfig(
    templates=["catat {quantity} {product}"],
    slots={
        "product": {"beras": ["beras"], "teh": ["teh"]},
        "quantity": {"1": ["satu"], "2": ["dua"]},
    },
    utterances=12,
)


def run(
    root: Path, corpus: CorpusConfig | None = CORPUS, data: DataConfig | None = None, **options: Any
) -> PrepareReport:
    settings = Settings(project_root=root)
    out = root / "data/raw/warung"
    return prepare(corpus, out, data or DataConfig(), PreprocessConfig(), settings, **options)


def test_a_catalogue_becomes_features(tmp_path: Path) -> None:
    report = run(tmp_path)
    assert report.taken_in.n_utterances == report.features.n_utterances == 12
    assert report.features.features_path == tmp_path / "data/processed/metadata_features.csv"
    assert report.features.features_path.exists()


def test_another_catalogue_takes_the_place_of_the_first_and_recordings_stay(
    tmp_path: Path,
) -> None:
    run(tmp_path)
    recorded = tmp_path / "data/raw/recorded"
    shutil.copytree(tmp_path / "data/raw/warung", recorded)
    other = CORPUS.model_copy(update={"utterances": 6, "seed": 9})
    report = run(tmp_path, other)
    assert report.features.n_utterances == 12 + 6
    assert len(pd.read_csv(recorded / "metadata.csv")) == 12


def test_only_what_is_there_is_taken_in_without_a_catalogue(tmp_path: Path) -> None:
    synthesise_corpus(CORPUS, tmp_path / "data/raw/mine")
    assert run(tmp_path, corpus=None).features.n_computed == 12
    assert not (tmp_path / "data/raw/warung").exists()


def test_each_step_is_told(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    @contextmanager
    def step(title: str) -> Iterator[Callable[[int, int], None]]:
        told[title] = []
        yield lambda done, total: told[title].append((done, total))

    run(tmp_path, step=step)
    assert list(told) == ["Speaking", "Reading recordings", "Computing features"]
    assert {steps[-1] for steps in told.values()} == {(12, 12)}


def test_nothing_is_spoken_for_slots_that_nobody_reads(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the catalogue has the slots product, quantity and"):
        run(tmp_path, data=DataConfig(slots=("product", "size")))
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_fails_ends_the_work(tmp_path: Path) -> None:
    run(tmp_path)
    features = tmp_path / "data/processed/metadata_features.csv"
    before = features.read_bytes()
    with pytest.raises(DataError, match="there is no column"):
        run(tmp_path, corpus=None, data=DataConfig(slots=("product", "size")))
    assert features.read_bytes() == before


def test_a_zip_is_imported_by_its_name(tmp_path: Path) -> None:
    synthesise_corpus(CORPUS, tmp_path / "spoken")
    with zipfile.ZipFile(tmp_path / "friends.zip", "w") as archive:
        for path in (tmp_path / "spoken").rglob("*"):
            archive.write(path, path.relative_to(tmp_path / "spoken"))
    settings = Settings(project_root=tmp_path)
    report = import_zip(tmp_path / "friends.zip", "friends", CORPUS, DataConfig(), settings)
    assert (report.problems, report.n_rows) == ((), 12)
    assert run(tmp_path, corpus=None).taken_in.n_utterances == 12
