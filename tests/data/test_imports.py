import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from slu.config import CorpusConfig, DataConfig
from slu.data.imports import Importer, ImportReport, LabelledClip
from slu.data.ingest import ingest
from slu.errors import DataError

MakeClip = Callable[..., Path]
HEADER = "file_audio,kalimat,produk,qty,speaker,split\n"
CORPUS = CorpusConfig(
    templates=["{quantity} {product}"],
    slots={
        "product": {"Teh": ["teh"], "kopi": ["kopi"]},
        "quantity": {"1": ["satu"], "2": ["dua"]},
    },
)
CONFIG = DataConfig(label_words={"quantity": {"satu": "1", "dua": "2"}})


class Zip:
    """A zip that is filled file by file."""

    def __init__(self, folder: Path, make_clip: MakeClip) -> None:
        self.files: dict[str, bytes] = {}
        self._folder, self._make_clip = folder, make_clip

    def clip(self, name: str, seed: int = 0) -> None:
        self.files[name] = self._make_clip(self._folder / "clip.wav", seed).read_bytes()

    def packed(self, rows: str, header: str = HEADER, table: str = "labels.csv") -> BytesIO:
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, data in (self.files | {table: (header + rows).encode()}).items():
                archive.writestr(name, data)
        return content


@pytest.fixture
def bag(tmp_path: Path, make_clip: MakeClip) -> Zip:
    bag = Zip(tmp_path, make_clip)
    bag.clip("wav/1.wav", 1)
    bag.clip("wav/2.wav", 2)
    return bag


def take(root: Path, content: BytesIO, name: str = "friends") -> ImportReport:
    return Importer(root / "data/raw", name, CONFIG, CORPUS).take_zip(content)


def problems(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.file, problem.problem) for problem in report.problems]


def files(root: Path) -> set[str]:
    data = root / "data"
    return {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}


def test_a_zip_becomes_a_set_that_is_ingested(tmp_path: Path, bag: Zip) -> None:
    report = take(
        tmp_path,
        bag.packed("wav\\1.wav,satu teh,TEH,satu,Siti,train\nwav/2.wav,,kopi,2.0,Budi,\n"),
    )
    assert report == ImportReport(tmp_path / "data/raw/friends", 2, ())
    names = ("metadata.csv", "labels.csv", "wav/1.wav", "wav/2.wav")
    assert files(tmp_path) == {f"raw/friends/{name}" for name in names}
    table = pd.read_csv(ingest(CONFIG, tmp_path).metadata_path, dtype=str, keep_default_na=False)
    assert table[["product", "quantity", "speaker", "source"]].to_numpy().tolist() == [
        ["teh", "1", "Siti", "imported"],
        ["kopi", "2", "Budi", "imported"],
    ]
    assert table["text"][0] == "satu teh"
    assert table["split"][0] == "train"


def test_a_table_in_a_folder_names_files_beside_it(tmp_path: Path, bag: Zip) -> None:
    bag.files = {f"shop/{name}": content for name, content in bag.files.items()}
    bag.files["shop/unnamed.wav"] = b"not in the table"
    report = take(tmp_path, bag.packed("wav/1.wav,,teh,1,,\n", table="shop/metadata.csv"))
    assert not report.problems
    assert files(tmp_path) == {
        f"raw/friends/{name}" for name in ("metadata.csv", "shop/metadata.csv", "shop/wav/1.wav")
    }
    assert ingest(CONFIG, tmp_path).n_utterances == 1


def test_everything_that_is_wrong_is_told_row_by_row(tmp_path: Path, bag: Zip) -> None:
    bag.files["wav/text.wav"] = b"only words here, and no sound"
    report = take(
        tmp_path,
        bag.packed(
            "wav/1.wav,,teh,1,,\n"
            "wav/missing.wav,,teh,1,,\n"
            "../../../../etc/passwd,,teh,1,,\n"
            "/etc/passwd,,teh,1,,\n"
            ",,teh,1,,\n"
            "wav/text.wav,,teh,1,,\n"
            "wav/2.wav,,susu,9,,holdout\n"
            "wav/1.wav,,kopi,1,,\n"
            "wav/1.wav,,teh,1,,\n"
        ),
    )
    found = problems(report)
    assert [row for row, _, _ in found] == [3, 4, 5, 6, 7, 8, 8, 8, 9, 10]
    expected = [
        "holds no such file", "leads out of the zip", "leads out of the zip", "no path in this row",
        "not a sound file", "no product 'susu'", "no quantity '9'", "no split 'holdout'",
        "row 2 again, with other labels", "row 2 again; leave",
    ]  # fmt: skip
    for (_, _, problem), part in zip(found, expected, strict=True):
        assert part in problem
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ("", HEADER, "there is no row below the header"),
        ("wav/1.wav,teh\n", "file,product\n", r"^labels\.csv: there is no column quantity"),
        ("wav/1.wav,teh,1,too,many,cells,here\n", "file,product,qty\n", "more cells than"),
    ],
)
def test_a_table_that_cannot_be_used_is_an_error(
    tmp_path: Path, bag: Zip, rows: str, header: str, message: str
) -> None:
    with pytest.raises(DataError, match=message) as error:
        take(tmp_path, bag.packed(rows, header))
    assert str(tmp_path) not in str(error.value)
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "../a", ".hidden", "Capital", "x" * 61, "a b", "C:a", "a\n"]
)
def test_a_set_needs_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot name a set"):
        Importer(tmp_path / "data/raw", name, CONFIG, CORPUS)


def test_a_name_that_is_taken_is_refused(tmp_path: Path, bag: Zip) -> None:
    take(tmp_path, bag.packed("wav/1.wav,,teh,1,,\n"))
    before = files(tmp_path)
    with pytest.raises(DataError, match="there is a set 'friends' already"):
        take(tmp_path, bag.packed("wav/2.wav,,teh,1,,\n"))
    assert files(tmp_path) == before


def test_single_recordings_become_a_set(tmp_path: Path, make_clip: MakeClip) -> None:
    clips = [
        LabelledClip(
            name, make_clip(tmp_path / "x.wav", seed).read_bytes(),
            {"product": "teh", "quantity": "none"}, "Siti",
        )
        for seed, name in enumerate(["order.wav", "order.wav", "../nasty näme?.wav"])
    ]  # fmt: skip
    report = Importer(tmp_path / "data/raw", "up-1", CONFIG, CORPUS).take_clips(clips)
    assert not report.problems
    assert files(tmp_path) == {
        "raw/up-1/metadata.csv", "raw/up-1/wav/001-order.wav", "raw/up-1/wav/002-order.wav",
        "raw/up-1/wav/003-nasty_n_me_.wav",
    }  # fmt: skip
    table = pd.read_csv(ingest(CONFIG, tmp_path).metadata_path, keep_default_na=False)
    assert set(table["speaker"]) == {"Siti"}
    assert set(table["quantity"]) == {"none"}


def test_one_bad_recording_keeps_all_of_them_out(tmp_path: Path, make_clip: MakeClip) -> None:
    labels = {"product": "teh", "quantity": "1"}
    good = LabelledClip("a.wav", make_clip(tmp_path / "x.wav").read_bytes(), labels)
    report = Importer(tmp_path / "data/raw", "up", CONFIG, CORPUS).take_clips(
        [good, LabelledClip("b.wav", b"", labels)]
    )
    assert problems(report) == [(2, "wav/002-b.wav", "The recording is empty; record it again.")]
    assert files(tmp_path) == set()


def test_progress_is_told(tmp_path: Path, bag: Zip) -> None:
    told: list[tuple[int, int]] = []
    importer = Importer(
        tmp_path / "data/raw", "x", CONFIG, CORPUS, lambda done, total: told.append((done, total))
    )
    importer.take_zip(bag.packed("wav/1.wav,,teh,1,,\nwav/2.wav,,teh,1,,\n"))
    assert told == [(1, 2), (2, 2)]


def test_relative_folders_work(tmp_path: Path, bag: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = take(Path(), bag.packed("wav/1.wav,,teh,1,,\n../x.wav,,teh,1,,\n"))
    assert [row for row, _, _ in problems(report)] == [3]
    assert not take(Path(), bag.packed("wav/1.wav,,teh,1,,\n")).problems
    assert [path.name for path in Path("data/raw").iterdir()] == ["friends"]
