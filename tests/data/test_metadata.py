from pathlib import Path

import pandas as pd
import pytest

from slu.config import DataConfig
from slu.data.metadata import (
    fingerprint,
    locate,
    match_columns,
    metadata_columns,
    read_metadata,
    read_table,
    read_utterances,
    utterance_id,
)
from slu.errors import DataError

CONFIG = DataConfig(label_words={"quantity": {"Satu": "1", "dua": "2.0"}})


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def table_csv(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.mark.parametrize("path_name", ["path", "file_audio", "file_path", "FILE_PATH "])
@pytest.mark.parametrize("product_name", ["product", "produk", "product_id"])
@pytest.mark.parametrize("text_name", ["text", "kalimat"])
def test_usual_column_names_are_known(
    table_csv: Path, path_name: str, product_name: str, text_name: str
) -> None:
    write(table_csv, f"{path_name},{text_name},{product_name},quantity\na.wav,satu,Beras,1\n")
    (row,) = read_utterances(table_csv, CONFIG).to_dict("records")
    assert row == {
        "path": str(table_csv.parent / "a.wav"),
        "text": "satu",
        "speaker": "",
        "source": "",
        "product": "beras",
        "quantity": "1",
        "split": "",
        "row": 2,
    }


def test_quantities_become_one_label_however_they_are_written(table_csv: Path) -> None:
    cells = ["1", "1.0", " 1 ", "satu", "SATU"]
    rows = "\n".join(f"a.wav,x,{cell}" for cell in cells)
    write(table_csv, f"path,product,quantity\n{rows}\na.wav,x,dua\na.wav,x,\n")
    labels = read_utterances(table_csv, CONFIG)["quantity"].tolist()
    assert labels == ["1"] * 5 + ["2", "none"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_dialects_of_csv_are_read_alike(
    table_csv: Path, encoding: str, separator: str, line_end: str
) -> None:
    lines = [["path", "text", "product", "quantity"], ["a.wav", "é", "teh", "2"]]
    text = "".join(separator.join(line) + line_end for line in lines)
    (row,) = read_utterances(write(table_csv, text, encoding), CONFIG).to_dict("records")
    assert (row["text"], row["product"], row["quantity"]) == ("é", "teh", "2")


def test_quotes_keep_separators_and_line_ends(table_csv: Path) -> None:
    write(table_csv, 'path,text,product,quantity\na.wav,"satu, dua\ntiga",x,1\n')
    assert read_utterances(table_csv, CONFIG)["text"].tolist() == ["satu, dua\ntiga"]


def test_words_that_pandas_takes_for_nothing_stay(table_csv: Path) -> None:
    write(table_csv, "path,product,quantity\na.wav,NA,1\nb.wav,null,2\n")
    assert read_utterances(table_csv, CONFIG)["product"].tolist() == ["na", "null"]


def test_rows_are_counted_as_a_spreadsheet_counts_them(table_csv: Path) -> None:
    write(table_csv, "path,product,quantity\na.wav,x,1\n\n,,\nb.wav,x,1\n\n")
    table = read_utterances(table_csv, CONFIG)
    assert table["row"].tolist() == [2, 5]
    assert table.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("wav\\clip 1.wav", "/data/raw/wav/clip 1.wav"),
        ("wav/a.wav", "/data/raw/wav/a.wav"),
        (".\\wav\\a.wav", "/data/raw/wav/a.wav"),
        ("../b.wav", "/data/raw/../b.wav"),
        ("/else/c.wav", "/else/c.wav"),
        ("", ""),
    ],
)
def test_paths_start_at_the_table_s_folder(cell: str, path: str) -> None:
    assert locate(cell, Path("/data/raw")) == path


def test_further_aliases_come_from_the_configuration(table_csv: Path) -> None:
    config = DataConfig(
        slots=("product", "Size"), aliases={"path": ("Berkas",), "Size": ("UKURAN",)}
    )
    write(table_csv, "berkas,produk,Ukuran\na.wav,Teh,L\n")
    (row,) = read_utterances(table_csv, config).to_dict("records")
    assert (row["product"], row["Size"]) == ("teh", "l")
    assert row["path"].endswith("a.wav")


def test_our_own_name_comes_before_an_alias() -> None:
    columns = ["product_id", "Product", "path", "file"]
    assert match_columns(columns, DataConfig()) == {"path": "path", "product": "Product"}


def test_all_missing_columns_are_named_with_what_there_is(table_csv: Path) -> None:
    write(table_csv, "audio,sentence,jumlah\na.wav,x,1\n")
    with pytest.raises(DataError) as caught:
        read_utterances(table_csv, DataConfig(slots=("product", "quantity", "size")))
    assert str(caught.value) == (
        f"{table_csv}: there is no column product or produk or product_id or product_name, and "
        "none size; it has audio, sentence, jumlah. Rename a column, or name it under `aliases` "
        "in configs/data.yaml"
    )


@pytest.mark.parametrize("header", ["split", "subset", "partition"])
def test_usual_names_of_splits_are_known(table_csv: Path, header: str) -> None:
    names = ["train", "Training", "val", "dev", "validation", "valid", "TEST", "testing", ""]
    rows = "\n".join(f"a.wav,x,1,{name}" for name in names)
    write(table_csv, f"path,product,quantity,{header}\n{rows}\n")
    splits = read_utterances(table_csv, CONFIG)["split"].tolist()
    assert splits == ["train"] * 2 + ["val"] * 4 + ["test"] * 2 + [""]


def test_the_split_column_can_be_chosen(table_csv: Path) -> None:
    write(table_csv, "path,product,quantity,split,Split_Speaker\na.wav,x,1,train,test\n")
    chosen = DataConfig(split_column="split_speaker")
    assert read_utterances(table_csv, chosen)["split"].tolist() == ["test"]
    none = DataConfig(split_column="")
    assert read_utterances(table_csv, none)["split"].tolist() == [""]
    missing = DataConfig(split_column="fold")
    with pytest.raises(DataError, match="no column fold; it has path, product, quantity, split"):
        read_utterances(table_csv, missing)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "cannot be read as a CSV table"),
        (b"path,product\na,\xff\n", "in UTF-8"),
        (b'path,product\n"a,b\n', "cannot be read as a CSV table"),
        (b"path,product\na,b\na,b,c\n", "cannot be read as a CSV table"),
        (b"path,product\na,b,c\nd,e,f\n", "rows have more cells than the header"),
    ],
)
def test_what_is_no_table_is_refused(table_csv: Path, content: bytes, problem: str) -> None:
    table_csv.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(table_csv)
    assert str(caught.value).startswith(f"{table_csv}: ")
    assert problem in str(caught.value)


def test_a_missing_table_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such table; check the path"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path)


def test_metadata_has_numbers_for_durations(table_csv: Path) -> None:
    write(table_csv, "id,path,quantity,split,duration_s\n0a1,a.wav,1,train,1.5\n")
    table = read_metadata(table_csv)
    assert table["duration_s"].tolist() == [1.5]
    assert table["quantity"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("path,split\na.wav,train\n", "no column id, duration_s; run `slu ingest`"),
        ("id,path,split,duration_s\n1,a,train,\n", "run `slu ingest` again"),
        ("id,path,split,duration_s\n1,a,train,1\n1,b,train,1\n", "ids are not unique"),
    ],
)
def test_metadata_that_ingest_did_not_write_is_refused(
    table_csv: Path, text: str, problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_metadata(write(table_csv, text))


def test_the_columns_of_metadata_are_those_of_the_design() -> None:
    assert metadata_columns(["product", "quantity"]) == [
        *("id", "path", "text", "product", "quantity", "speaker", "source", "split"),
        *("duration_s", "sample_rate", "sha256"),
    ]


def test_the_fingerprint_tells_rows_labels_and_splits() -> None:
    table = pd.DataFrame({"id": ["a", "b"], "product": ["x", "y"], "split": ["train", "val"]})
    first = fingerprint(table, ["product"])
    assert fingerprint(table[::-1].assign(text="other"), ["product"]) == first
    for changed in (table[:1], table.assign(product="x"), table.assign(split="test")):
        assert fingerprint(changed, ["product"]) != first


def test_ids_begin_like_the_content_s_hash() -> None:
    assert utterance_id("0123456789abcdef" * 4) == "0123456789abcdef"
