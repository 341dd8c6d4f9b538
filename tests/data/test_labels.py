import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.data.labels import (
    NONE,
    canonical_label,
    file_stem,
    label_map_path,
    read_label_map,
    sort_labels,
    write_label_map,
)
from slu.errors import DataError


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("1", "1"),
        ("1.0", "1"),
        (" 1. ", "1"),
        ("+1", "1"),
        ("01", "1"),
        ("-0", "0"),
        ("10", "10"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        ("12345678901234567890123.0", "12345678901234567890123"),
        ("３", "3"),
        ("Air  Mineral\t", "air mineral"),
        ("cafe\u0301", "caf\u00e9"),
        ("", NONE),
        ("  ", NONE),
        ("None", NONE),
    ],
)
def test_one_meaning_has_one_spelling(cell: str, label: str) -> None:
    assert canonical_label(cell) == label


def test_words_mean_labels() -> None:
    words = {"satu": "1", "two": "2"}
    cells = ["Satu", " satu ", "two", "1.0", "tiga"]
    assert [canonical_label(cell, words) for cell in cells] == ["1", "1", "2", "1", "tiga"]


@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_a_canonical_label_stays_as_it_is(cell: str) -> None:
    label = canonical_label(cell)
    assert canonical_label(label) == label
    assert label == label.strip() != ""


@given(st.integers(-(10**20), 10**20), st.sampled_from(["{}", "{}.0", "{}.", " {}.000 "]))
def test_whole_numbers_never_keep_their_decimals(number: int, spelling: str) -> None:
    assert canonical_label(spelling.format(number)) == str(number)


def test_labels_come_as_none_then_numbers_then_words() -> None:
    labels = ["teh", "10", "2", "none", "1", "-1", "1.5", "beras", "2", "²"]
    assert sort_labels(labels) == ["none", "-1", "1", "2", "10", "1.5", "beras", "teh", "²"]


def test_files_of_the_quantity_are_named_qty(tmp_path: Path) -> None:
    assert [file_stem(slot) for slot in ("product", "quantity", "size")] == [
        "product",
        "qty",
        "size",
    ]
    assert label_map_path(tmp_path, "quantity") == tmp_path / "qty2id.json"


@given(labels=st.sets(st.text(min_size=1).map(canonical_label), min_size=1))
def test_a_label_map_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, labels: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("maps")
    write_label_map(folder, "product", labels)
    assert read_label_map(folder, "product") == sort_labels(labels)


def test_a_missing_label_map_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"product2id\.json is missing; run `slu ingest` first"):
        read_label_map(tmp_path, "product")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '["a"]',
        "3",
        "{}",
        '{"a": 0, "b": 2}',
        '{"a": 0, "b": 0}',
        '{"a": "x"}',
        '{"a": null}',
        "\ufeff{}",
    ],
)
def test_a_damaged_label_map_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "product2id.json").write_text(content, "utf-8")
    with pytest.raises(DataError, match="run `slu ingest` again"):
        read_label_map(tmp_path, "product")


def test_a_label_map_is_json_from_label_to_id(tmp_path: Path) -> None:
    write_label_map(tmp_path, "quantity", ["2", "none", "1", "2"])
    assert json.loads((tmp_path / "qty2id.json").read_text()) == {"none": 0, "1": 1, "2": 2}
