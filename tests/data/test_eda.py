import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from slu.data.eda import label_counts, read_corpus, slot_columns, summarise, write_eda
from slu.errors import DataError

MakeClip = Callable[..., Path]


@pytest.fixture
def metadata_csv(tmp_path: Path) -> Path:
    """What ingest writes, in small."""
    path = tmp_path / "metadata.csv"
    rows = [
        f"{i:x},{i}.wav,text {i},{['teh', 'kopi'][i % 2]},{1 + i % 3},s{i % 4},recorded,"
        f"{['train', 'val'][i == 0]},{1.0 + i / 10},16000,{i:x}"
        for i in range(12)
    ]
    header = "id,path,text,product,quantity,speaker,source,split,duration_s,sample_rate,sha256"
    path.write_text("\n".join([header, *rows]))
    return path


def drawn(path: Path) -> bool:
    """Whether a picture has more than one colour."""
    return bool(np.ptp(imread(path)) > 0)


def test_the_files_of_the_issue_are_written(metadata_csv: Path, tmp_path: Path) -> None:
    write_eda(metadata_csv, tmp_path / "eda")
    names = {path.name for path in (tmp_path / "eda").iterdir()}
    pictures = {"product_counts.png", "quantity_counts.png", "duration_hist.png"}
    assert names == {"summary.json"} | pictures
    assert all(drawn(tmp_path / "eda" / name) for name in pictures)


def test_the_summary_counts_and_measures(metadata_csv: Path, tmp_path: Path) -> None:
    summary = write_eda(metadata_csv, tmp_path / "eda")
    assert json.loads((tmp_path / "eda/summary.json").read_text()) == vars(summary)
    assert summary.utterances == 12
    assert summary.total_duration_s == 18.6
    assert summary.duration_s == {
        "mean": 1.55,
        "std": 0.345,
        "min": 1.0,
        "p5": 1.055,
        "median": 1.55,
        "p95": 2.045,
        "max": 2.1,
    }
    assert summary.labels == {
        "product": {"kopi": 6, "teh": 6},
        "quantity": {"1": 4, "2": 4, "3": 4},
    }
    assert summary.splits == {"train": 11, "val": 1}
    assert summary.speakers == {"s0": 3, "s1": 3, "s2": 3, "s3": 3}
    assert summary.sources == {"recorded": 12}
    assert summary.n_unmeasured == 0


def test_any_table_of_recordings_will_do(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "wav/a.wav", duration_s=0.5)
    make_clip(tmp_path / "wav/b.wav", duration_s=0.7)
    table = tmp_path / "theirs.csv"
    table.write_text(
        "\ufefffile_audio;kalimat;produk;quantity;ukuran;note\n"
        "wav\\a.wav;satu teh;Teh;1.0;besar;first\nwav\\b.wav;dua teh;TEH;2;besar;second\n"
        "wav\\gone.wav;teh;teh;;besar;third\n",
        "utf-8",
    )
    summary = write_eda(table, tmp_path / "eda")
    assert summary.labels == {
        "product": {"teh": 3},
        "quantity": {"none": 1, "1": 1, "2": 1},
        "ukuran": {"besar": 3},
    }
    assert (summary.duration_s["min"], summary.duration_s["max"]) == (0.5, 0.7)
    assert (summary.utterances, summary.n_unmeasured) == (3, 1)
    assert summary.splits == summary.speakers == summary.sources == {}
    assert (tmp_path / "eda/ukuran_counts.png").exists()
    assert not (tmp_path / "eda/note_counts.png").exists()


def test_only_unknown_durations_are_measured(
    metadata_csv: Path, tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "3.wav", duration_s=0.5)
    text = metadata_csv.read_text().replace("recorded,train,1.3,", "recorded,train,,")
    metadata_csv.write_text(text)
    told: list[tuple[int, int]] = []
    table = read_corpus(metadata_csv, lambda *n: told.append(n))
    assert table["duration_s"][2:5].tolist() == [1.2, 0.5, 1.4]
    assert told == [(1, 1)]


def test_a_table_without_durations_and_audio_still_has_its_files(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("product,quantity\nteh,1\nkopi,1\n")
    summary = write_eda(table, tmp_path / "eda")
    assert (summary.total_duration_s, summary.duration_s, summary.n_unmeasured) == (0.0, {}, 2)
    assert summary.labels["product"] == {"kopi": 1, "teh": 1}
    assert drawn(tmp_path / "eda/duration_hist.png")


def test_columns_that_hardly_repeat_are_no_slots() -> None:
    table = pd.DataFrame(
        {
            "product": ["a", "b", "c", "d"],
            "size": ["l", "s", "l", "s"],
            "note": ["p", "q", "r", "r"],
            "speaker": "x",
            "duration_s": 1.0,
        }
    )
    assert slot_columns(table) == ["product", "size"]
    assert summarise(table).labels == {
        "product": {"a": 1, "b": 1, "c": 1, "d": 1},
        "size": {"l": 2, "s": 2},
    }


def test_labels_are_counted_in_their_usual_order() -> None:
    table = pd.DataFrame({"quantity": ["10", "2", "none", "2"]})
    assert list(label_counts(table, "quantity").items()) == [("none", 1), ("2", 2), ("10", 1)]


def test_hundreds_of_labels_still_fit_in_a_picture(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    rows = "\n".join(f"product {index},1,1.0" for index in range(500))
    table.write_text(f"product,quantity,duration_s\n{rows}\n")
    summary = write_eda(table, tmp_path / "eda")
    assert len(summary.labels["product"]) == 500
    assert imread(tmp_path / "eda/product_counts.png").shape[1] < 5000


@pytest.mark.parametrize("text", ["product,quantity\n", "product,quantity\n,\n\n"])
def test_a_table_without_rows_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty.csv").write_text(text)
    with pytest.raises(DataError, match="has no rows; add recordings and run `slu ingest`"):
        write_eda(tmp_path / "empty.csv", tmp_path / "eda")
    assert not (tmp_path / "eda").exists()
