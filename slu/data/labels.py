"""Labels in their one canonical form, and their ids."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from slu.errors import DataError
from slu.files import write_json

NONE = "none"
"""The label of a slot that is not spoken."""

_WHOLE_NUMBER = re.compile(r"([+-]?\d{1,30})(\.0*)?")

# Files that were named before slots had names of their own.
_FILE_STEMS = {"quantity": "qty"}


def canonical_label(value: str, words: Mapping[str, str] | None = None) -> str:
    """One spelling for one meaning: `1.0`, ` 1 ` and (given as a word) `satu` are `1`.

    Args:
        value: a cell of some table.
        words: words that mean a label, and these labels, both in canonical form.
    """
    label = unicodedata.normalize("NFC", " ".join(value.split()).lower())
    if number := _WHOLE_NUMBER.fullmatch(label):
        label = str(int(number[1]))
    label = label or NONE
    return (words or {}).get(label, label)


def sort_labels(labels: Iterable[str]) -> list[str]:
    """Numbers by value, then words by letter, `none` first."""
    return sorted(set(labels), key=_sort_key)


def _sort_key(label: str) -> tuple[bool, bool, int, str]:
    is_number = _WHOLE_NUMBER.fullmatch(label)
    return label != NONE, not is_number, int(is_number[1]) if is_number else 0, label


def file_stem(slot: str) -> str:
    """How files of a slot are named: `qty2id.json`, `confusion_qty.png`."""
    return _FILE_STEMS.get(slot, slot)


def label_map_path(folder: Path, slot: str) -> Path:
    """`<folder>/<slot>2id.json`."""
    return folder / f"{file_stem(slot)}2id.json"


def write_label_map(folder: Path, slot: str, labels: Iterable[str]) -> None:
    """Number the labels of a slot and write its map."""
    ids = {label: index for index, label in enumerate(sort_labels(labels))}
    write_json(label_map_path(folder, slot), ids)


def read_label_map(folder: Path, slot: str) -> list[str]:
    """Labels of a slot in the order of their ids.

    Raises:
        DataError: the file is missing or its ids are not 0, 1, 2, …
    """
    path = label_map_path(folder, slot)
    try:
        ids = json.loads(path.read_text("utf-8"))
        labels = sorted(ids, key=lambda label: int(ids[label]))
        consecutive = [ids[label] for label in labels] == list(range(len(labels)))
    except FileNotFoundError:
        raise DataError(f"{path} is missing; run `slu ingest` first") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is damaged ({error}); run `slu ingest` again") from error
    if not consecutive or not labels:
        raise DataError(f"{path} must number its labels 0, 1, 2, …; run `slu ingest` again")
    return labels
