import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from slu.config import DataConfig, load_config
from slu.data import ingest as ingest_module
from slu.data.decisions import Choice, Decision, Decisions
from slu.data.ingest import IngestReport, ingest
from slu.data.labels import read_label_map
from slu.data.metadata import metadata_columns, read_metadata
from slu.errors import DataError

MakeClip = Callable[..., Path]
HEADER = "path,text,product,quantity,speaker,split\n"
OUTPUTS = {
    *("metadata.csv", "quality.csv", "rejected.csv", "data.yaml"),
    *("product2id.json", "qty2id.json"),
}


class Shop:
    """A project with sources that are written row by row."""

    def __init__(self, root: Path, make_clip: MakeClip) -> None:
        self.root = root
        self.output = root / "data/processed"
        self._make_clip = make_clip
        self._seed = 0

    def clip(self, name: str, **facts: Any) -> None:
        self._seed += 1
        self._make_clip(self.root / "data/raw" / name, self._seed, **facts)

    def table(self, corpus: str, rows: str, header: str = HEADER) -> None:
        path = self.root / "data/raw" / corpus / "metadata.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + rows, "utf-8")

    def ingest(self, **changes: Any) -> IngestReport:
        return ingest(DataConfig(**changes), self.root)

    def read(self, name: str) -> list[dict[str, str]]:
        table = pd.read_csv(self.output / name, dtype=str, keep_default_na=False)
        return list(table.to_dict("records"))

    def contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.output.iterdir()}


@pytest.fixture
def shop(tmp_path: Path, make_clip: MakeClip) -> Shop:
    return Shop(tmp_path, make_clip)


@pytest.fixture
def small_shop(shop: Shop) -> Shop:
    """Six clips of three speakers."""
    rows = ""
    for index in range(6):
        shop.clip(f"a/{index}.wav")
        rows += f"{index}.wav,satu teh,Teh,{1 + index % 2}.0,s{index % 3},\n"
    shop.table("a", rows)
    return shop


def test_metadata_describes_what_can_be_opened(small_shop: Shop) -> None:
    report = small_shop.ingest()
    assert report.metadata_path == small_shop.output / "metadata.csv"
    assert (report.n_utterances, report.n_rejected, report.n_flagged) == (6, 0, 0)
    table = read_metadata(report.metadata_path)
    assert list(table.columns) == metadata_columns(["product", "quantity"])
    assert set(table["product"]) == {"teh"}
    assert set(table["quantity"]) == {"1", "2"}
    assert set(table["source"]) == {"imported"}
    assert table["path"].tolist() == [f"../raw/a/{index}.wav" for index in range(6)]
    assert all((small_shop.output / path).is_file() for path in table["path"])
    assert table["duration_s"].to_numpy() == pytest.approx(0.4, abs=0.01)
    assert set(table["sample_rate"]) == {"16000"}
    assert (table["sha256"].str[:16] == table["id"]).all()


def test_the_files_of_the_design_are_written_and_nothing_else(small_shop: Shop) -> None:
    small_shop.ingest(seed=3)
    assert set(small_shop.contents()) == OUTPUTS
    assert read_label_map(small_shop.output, "product") == ["teh"]
    assert json.loads((small_shop.output / "qty2id.json").read_text()) == {"1": 0, "2": 1}
    assert load_config(DataConfig, small_shop.output / "data.yaml").seed == 3
    assert small_shop.read("quality.csv") == small_shop.read("rejected.csv") == []


def test_what_cannot_be_used_is_reported_and_left_out(shop: Shop) -> None:
    shop.clip("a/good.wav")
    shop.table(
        "a",
        "good.wav,,x,1,,\nmissing.wav,,x,1,,\ntext.wav,,x,1,,\n\nempty.wav,,x,1,,\n,,x,1,,\n",
    )
    (shop.root / "data/raw/a/text.wav").write_text("no sound at all, just words")
    (shop.root / "data/raw/a/empty.wav").touch()
    report = shop.ingest()
    assert (report.n_utterances, report.n_rejected) == (1, 4)
    assert [row["path"] for row in shop.read("metadata.csv")] == ["../raw/a/good.wav"]
    rejected = shop.read("rejected.csv")
    assert [row["row"] for row in rejected] == ["3", "4", "6", "7"]
    assert {row["table"] for row in rejected} == {str(shop.root / "data/raw/a/metadata.csv")}
    for row, reason in zip(
        rejected, ["There is no sound file", "not a sound file", "is empty", "no path"], strict=True
    ):
        assert reason in row["reason"]


def test_copies_and_conflicts_are_flagged_and_left_out(shop: Shop) -> None:
    for name in "abc":
        shop.clip(f"x/{name}.wav")
    shop.table(
        "x",
        "a.wav,,teh,1,,\nb.wav,,teh,1,,\na.wav,,teh,1.0,,\nc.wav,,teh,1,,\nc.wav,,kopi,1,,\n",
    )
    report = shop.ingest()
    assert (report.n_utterances, report.n_flagged, report.n_left_out) == (2, 3, 3)
    assert [row["path"] for row in shop.read("metadata.csv")] == [
        "../raw/x/a.wav",
        "../raw/x/b.wav",
    ]
    quality = shop.read("quality.csv")
    assert [(row["flags"], row["row"], row["kept"]) for row in quality] == [
        ("duplicate", "4", "False"),
        ("label_conflict", "5", "False"),
        ("label_conflict duplicate", "6", "False"),
    ]


def test_poor_recordings_are_flagged_and_kept(shop: Shop) -> None:
    shop.clip("x/good.wav")
    shop.clip("x/short.wav", duration_s=0.1)
    shop.clip("x/long.wav", duration_s=1.5)
    soundfile.write(shop.root / "data/raw/x/silent.wav", np.zeros(8000), 16000)
    loud = np.clip(2 * np.sin(np.arange(8000) / 10), -1, 1)
    soundfile.write(shop.root / "data/raw/x/loud.wav", loud, 16000)
    names = ["good", "short", "long", "silent", "loud"]
    shop.table("x", "".join(f"{name}.wav,,x,1,,\n" for name in names))
    report = shop.ingest(quality={"max_duration_s": 1.0})
    assert (report.n_utterances, report.n_flagged, report.n_left_out) == (5, 4, 0)
    flags = {Path(row["path"]).stem: row["flags"] for row in shop.read("quality.csv")}
    assert flags == {
        "short": "too_short",
        "long": "too_long",
        "silent": "silent",
        "loud": "clipped",
    }
    assert {row["kept"] for row in shop.read("quality.csv")} == {"True"}


def test_what_people_decided_is_honoured(shop: Shop) -> None:
    for name in "ab":
        shop.clip(f"x/{name}.wav")
    shop.clip("x/short.wav", duration_s=0.1)
    shop.table("x", "a.wav,,teh,1,,\na.wav,,kopi,1,,\nb.wav,,teh,1,,\nshort.wav,,teh,1,,\n")
    shop.ingest()
    doubtful = {(row["path"], row["product"]): row for row in shop.read("quality.csv")}
    decisions = Decisions(shop.root / "data/quality_decisions.csv")
    coffee = Decision(Choice.KEEP, {"product": "kopi", "quantity": "1"})
    decisions.decide(doubtful["../raw/x/a.wav", "kopi"]["sha256"], coffee)
    drop = Decision(Choice.DROP, {"product": "teh", "quantity": "1"})
    decisions.decide(doubtful["../raw/x/short.wav", "teh"]["sha256"], drop)
    report = shop.ingest()
    assert (report.n_utterances, report.n_flagged, report.n_left_out) == (2, 3, 2)
    rows = shop.read("metadata.csv")
    assert [(row["path"], row["product"]) for row in rows] == [
        ("../raw/x/a.wav", "kopi"),
        ("../raw/x/b.wav", "teh"),
    ]
    assert [(row["flags"], row["kept"]) for row in shop.read("quality.csv")] == [
        ("label_conflict", "False"),
        ("label_conflict duplicate", "True"),
        ("too_short dropped", "False"),
    ]


def test_doubtful_and_unusable_clips_are_found_from_their_tables(shop: Shop) -> None:
    shop.clip("x/a.wav")
    shop.clip("x/short.wav", duration_s=0.1)
    shop.table("x", "a.wav,,teh,1,,\nshort.wav,satu teh,teh,1,Siti,\nmissing.wav,,teh,1,,\n")
    shop.ingest()
    (doubtful,), (unusable,) = shop.read("quality.csv"), shop.read("rejected.csv")
    assert (shop.output / doubtful["path"]).is_file()
    assert (doubtful["text"], doubtful["speaker"]) == ("satu teh", "Siti")
    assert unusable["path"] == "../raw/x/missing.wav"


def test_several_tables_with_their_own_column_names_are_merged(shop: Shop) -> None:
    for name in ("a/wav/1.wav", "b/1.wav", "c/1.wav"):
        shop.clip(name)
    shop.table("a", "wav\\1.wav;dua teh;Teh;dua\n", "\ufefffile_audio;kalimat;produk;quantity\n")
    shop.table("b", "1.wav,teh,2.0\n", "file_path,product_id,qty\n")
    shop.table("c", "1.wav,TEH,2,recorded\n", "path,product,quantity,source\n")
    report = shop.ingest(label_words={"quantity": {"dua": "2"}})
    assert report.n_utterances == 3
    rows = shop.read("metadata.csv")
    assert [row["path"] for row in rows] == [
        "../raw/a/wav/1.wav",
        "../raw/b/1.wav",
        "../raw/c/1.wav",
    ]
    assert {(row["product"], row["quantity"]) for row in rows} == {("teh", "2")}
    assert [row["source"] for row in rows] == ["imported", "imported", "recorded"]
    assert [row["text"] for row in rows] == ["dua teh", "", ""]


def test_sources_come_in_their_order_and_once(shop: Shop) -> None:
    for corpus in "abc":
        shop.clip(f"{corpus}/1.wav")
        shop.table(corpus, "1.wav,,x,1,,\n")
    outside = shop.root / "data/raw/c/metadata.csv"
    shop.ingest(sources=[str(outside), "data/raw/b/metadata.csv", "data/raw/**/metadata.csv"])
    folders = [row["path"].split("/")[2] for row in shop.read("metadata.csv")]
    assert folders == ["c", "b", "a"]


def test_a_folder_with_brackets_is_no_pattern(shop: Shop) -> None:
    shop.clip("shop [1]/1.wav")
    shop.table("shop [1]", "1.wav,,x,1,,\n")
    assert shop.ingest(sources=["data/raw/shop [1]/metadata.csv"]).n_utterances == 1


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        (["data/raw/*/metadata.csv", "data/raw/typo/metadata.csv"], "data/raw/typo/metadata.csv;"),
        (["data/row/*.csv", "data/raw/*/other.csv"], r"data/row/\*.csv, data/raw/\*/other.csv;"),
    ],
)
def test_a_source_that_is_not_there_is_an_error(
    small_shop: Shop, sources: list[str], named: str
) -> None:
    with pytest.raises(DataError, match=f"no table matches {named} make one with `slu synth`"):
        small_shop.ingest(sources=sources)


def test_a_pattern_may_match_nothing_beside_another(small_shop: Shop) -> None:
    sources = ["data/raw/*/metadata.csv", "data/feedback/*/metadata.csv"]
    assert small_shop.ingest(sources=sources).n_utterances == 6


def test_given_splits_are_honoured(shop: Shop) -> None:
    given = ["train", "test", "val", "test", "train", "dev"]
    for index in range(6):
        shop.clip(f"a/{index}.wav")
    shop.table("a", "".join(f"{i}.wav,,x,1,s{i},{split}\n" for i, split in enumerate(given)))
    report = shop.ingest()
    splits = [row["split"] for row in shop.read("metadata.csv")]
    assert splits == ["train", "test", "val", "test", "train", "val"]
    assert report.splits == {"train": 2, "val": 2, "test": 2}


def test_an_unknown_split_is_an_error_that_names_it(shop: Shop) -> None:
    shop.clip("a/1.wav")
    shop.table("a", "1.wav,,x,1,,holdout\n")
    with pytest.raises(DataError, match="there is no split 'holdout'; use train, val, test or"):
        shop.ingest()


def test_splits_made_here_keep_speakers_apart(shop: Shop) -> None:
    rows = ""
    for index in range(16):
        shop.clip(f"a/{index}.wav", duration_s=0.3)
        rows += f"{index}.wav,,{'xy'[index % 2]},1,s{index % 5},\n"
    shop.table("a", rows)
    shop.ingest()
    table = pd.DataFrame(shop.read("metadata.csv"))
    assert set(table["split"]) == {"train", "val", "test"}
    assert (table.groupby("speaker")["split"].nunique() == 1).all()


def test_a_third_slot_is_a_matter_of_configuration(shop: Shop) -> None:
    for index in range(3):
        shop.clip(f"a/{index}.wav")
    header = "path,product,quantity,ukuran\n"
    shop.table("a", "0.wav,teh,1,Besar\n1.wav,teh,1,kecil\n2.wav,kopi,2,\n", header)
    shop.ingest(slots=["product", "quantity", "size"], aliases={"size": ["ukuran"]})
    rows = shop.read("metadata.csv")
    assert list(rows[0]) == metadata_columns(["product", "quantity", "size"])
    assert [row["size"] for row in rows] == ["besar", "kecil", "none"]
    assert read_label_map(shop.output, "size") == ["none", "besar", "kecil"]
    assert set(shop.contents()) == OUTPUTS | {"size2id.json"}


def test_a_missing_slot_column_is_an_error_that_names_it(small_shop: Shop) -> None:
    with pytest.raises(DataError, match="there is no column size; it has path, text, product"):
        small_shop.ingest(slots=["product", "size"])


def test_the_same_input_gives_the_same_files(small_shop: Shop) -> None:
    small_shop.ingest()
    first = small_shop.contents()
    small_shop.ingest()
    assert small_shop.contents() == first


@pytest.fixture(params=["no rows", "no audio", "only conflicts", "writing fails"])
def broken(request: pytest.FixtureRequest, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop.clip("a/1.wav")
    rows = {
        "no rows": "",
        "no audio": "2.wav,,x,1,,\n",
        "only conflicts": "1.wav,,x,1,,\n1.wav,,y,1,,\n",
        "writing fails": "1.wav,,x,1,,\n",
    }
    if request.param == "writing fails":

        def fail(*_: object) -> None:
            raise DataError("the disk is full")

        monkeypatch.setattr(ingest_module, "save_config", fail)
    shop.table("a", rows[request.param])
    return shop


def test_after_an_error_the_files_are_as_they_were(broken: Shop) -> None:
    broken.output.mkdir(parents=True)
    (broken.output / "metadata.csv").write_text("old")
    with pytest.raises(DataError):
        broken.ingest()
    assert broken.contents() == {"metadata.csv": b"old"}


def test_an_unusable_corpus_is_explained_by_its_first_row(shop: Shop) -> None:
    shop.table("a", "missing.wav,,x,1,,\nelse.wav,,x,1,,\n")
    with pytest.raises(
        DataError, match="none of the 2 recordings can be used; the first, in row 2"
    ):
        shop.ingest()


def test_progress_is_told(small_shop: Shop) -> None:
    told: list[tuple[int, int]] = []
    ingest(DataConfig(), small_shop.root, lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(1, 7)]
