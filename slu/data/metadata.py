"""Tables of labelled recordings: `metadata.csv` and what people bring under other names."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.config import DataConfig
from slu.config.data import ALIASED_COLUMNS
from slu.data.labels import NONE, canonical_label
from slu.errors import DataError

SPLITS = ("train", "val", "test")
MEASURED_COLUMNS = ("duration_s", "sample_rate", "sha256")
SYNTHETIC = "synthetic"
"""What the column `source` says of clips that an engine spoke."""
_ID_LENGTH = 16

# Column names that such data comes with; configs/data.yaml adds to them.
_ALIASES: dict[str, tuple[str, ...]] = {
    "path": ("file_audio", "file_path", "audio", "audio_path", "filename", "file"),
    "text": ("kalimat", "sentence", "transcript", "transcription"),
    "product": ("produk", "product_id", "product_name"),
    "quantity": ("qty", "jumlah", "kuantitas", "quantity_id"),
    "speaker": ("speaker_id", "penutur", "client_id"),
    "split": ("subset", "partition"),
}
_SPLIT_NAMES = {"training": "train", "valid": "val", "validation": "val", "dev": "val",
                "testing": "test"}  # fmt: skip


def metadata_columns(slots: Sequence[str]) -> list[str]:
    """Columns of `metadata.csv` in order."""
    return ["id", "path", "text", *slots, "speaker", "source", "split", *MEASURED_COLUMNS]


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV as text; commas, semicolons or tabs, with or without a byte order mark.

    Returns:
        The rows that are not empty; the index counts them all, from 0 below the header.

    Raises:
        DataError: the file is missing, empty or no table.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            separator = max(",;\t", key=lines.readline().count)
        table = pd.read_csv(
            path,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            sep=separator,
            skip_blank_lines=False,
        )
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such table; check the path") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: cannot be read as a CSV table in UTF-8 ({error})") from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas took the first cells for names of rows
        raise DataError(f"{path}: rows have more cells than the header; put quotes around commas")
    return table[(table != "").any(axis=1)]


def read_utterances(path: Path, config: DataConfig) -> pd.DataFrame:
    r"""Read a table of labelled recordings under our column names, with canonical labels.

    Args:
        path: the CSV; its `path` cells are relative to its folder, with `/` or `\\`.
        config: slots, further aliases, words that mean labels.

    Returns:
        columns path (to be opened as it is), text, one for each slot, speaker, source, split
        (usual names become `SPLITS`), and `row` (as a spreadsheet numbers it, the header being 1).
        Columns that the table lacks are empty.

    Raises:
        DataError: a needed column is missing.
    """
    raw = read_table(path)
    found = match_columns(raw.columns, config)
    _check_columns(found, raw.columns, path, config)
    empty = pd.Series("", raw.index)
    cells = {ours: raw[theirs].str.strip() for ours, theirs in found.items()}
    columns: dict[str, object] = {"path": [locate(cell, path.parent) for cell in cells["path"]]}
    columns |= {name: cells.get(name, empty) for name in ("text", "speaker", "source")}
    columns |= {slot: _labels(cells[slot], slot, config) for slot in config.slots}
    columns |= {"split": cells.get("split", empty).str.lower().replace(_SPLIT_NAMES)}
    columns |= {"row": raw.index + 2}
    return pd.DataFrame(columns, index=raw.index).reset_index(drop=True)


def match_columns(columns: Iterable[str], config: DataConfig) -> dict[str, str]:
    """Find the columns that mean one of ours: our name -> the table's name."""
    by_name = {column.strip().lower(): column for column in columns}
    found = {}
    for ours, names in _names(config).items():
        match = next((by_name[name.lower()] for name in names if name.lower() in by_name), None)
        if match is not None:
            found[ours] = match
    return found


def read_metadata(path: Path) -> pd.DataFrame:
    """Read a `metadata.csv` or `metadata_features.csv` that this project wrote.

    Raises:
        DataError: it is missing, or somebody else wrote it.
    """
    table = read_table(path).reset_index(drop=True)
    missing = [column for column in ("id", "path", "split", "duration_s") if column not in table]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}; run `slu ingest` to make it")
    table["duration_s"] = pd.to_numeric(table["duration_s"], errors="coerce")
    if table["duration_s"].isna().any() or table["id"].duplicated().any():
        raise DataError(f"{path}: ids are not unique or durations missing; run `slu ingest` again")
    return table


def is_order(table: pd.DataFrame, slots: Sequence[str]) -> NDArray[np.bool_]:
    """Whether any slot is spoken in each row, shape = (n,); where none is, it is no order."""
    return np.asarray((table[list(slots)] != NONE).any(axis=1), bool)


def is_human(table: pd.DataFrame) -> pd.Series:
    """Which rows were spoken by people."""
    return table["source"] != SYNTHETIC


def utterance_id(sha256: str) -> str:
    """Id of a recording: the beginning of the hash of its file."""
    return sha256[:_ID_LENGTH]


def fingerprint(table: pd.DataFrame, slots: Sequence[str]) -> str:
    """Short hash of which recordings there are, their labels and their splits."""
    rows = table[["id", "split", *slots]].astype(str).sort_values("id")
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()[:16]


def _check_columns(
    found: Mapping[str, str], columns: Iterable[str], path: Path, config: DataConfig
) -> None:
    needed = ["path", *config.slots]
    if config.split_column not in ("", "split"):
        needed.append("split")  # the column was asked for by its name
    names = _names(config)
    missing = [" or ".join(names[ours]) for ours in needed if ours not in found]
    if missing:
        raise DataError(
            f"{path}: there is no column {', and none '.join(missing)}; it has "
            f"{', '.join(columns)}. Rename a column, or name it under `aliases` in "
            "configs/data.yaml"
        )


def _names(config: DataConfig) -> dict[str, list[str]]:
    """Our name -> all names that a column of this meaning may have."""
    names = {
        ours: [ours, *_ALIASES.get(ours, ()), *config.aliases.get(ours, ())]
        for ours in (*ALIASED_COLUMNS, *config.slots)
    }
    if config.split_column != "split":
        names["split"] = [config.split_column] if config.split_column else []
    return names


def _labels(cells: pd.Series, slot: str, config: DataConfig) -> list[str]:
    words = {
        canonical_label(word): canonical_label(label)
        for word, label in config.label_words.get(slot, {}).items()
    }
    return [canonical_label(cell, words) for cell in cells]


def locate(cell: str, folder: Path) -> str:
    r"""Path of a recording as a cell names it, relative to the table's folder, `/` or `\\`."""
    return str(folder / PurePosixPath(cell.replace("\\", "/"))) if cell else ""
