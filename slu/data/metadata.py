"""Tables of labelled recordings: `metadata.csv` and what people bring under other names."""

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from slu.config import DataConfig
from slu.data.labels import canonical_label
from slu.errors import DataError

SPLITS = ("train", "val", "test")
MEASURED_COLUMNS = ("duration_s", "sample_rate", "sha256")
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
    """Read a CSV as text; commas or semicolons, with or without a byte order mark.

    Raises:
        DataError: the file is missing, empty or no table.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            header = lines.readline()
        separator = ";" if header.count(";") > header.count(",") else ","
        return pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=separator
        )
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such table; check the path") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: cannot be read as a CSV table in UTF-8 ({error})") from error


def read_utterances(path: Path, config: DataConfig) -> pd.DataFrame:
    r"""Read a table of labelled recordings under our column names, with canonical labels.

    Args:
        path: the CSV; its `path` cells are relative to its folder, with `/` or `\\`.
        config: slots, further aliases, words that mean labels.

    Returns:
        columns path (as found, absolute), text, one for each slot, speaker, source, split, and
        `row` (line in the file, the header being 1).

    Raises:
        DataError: a needed column is missing.
    """
    raw = read_table(path)
    found = _match_columns(list(raw.columns), path, config)
    cells = {ours: raw[theirs].str.strip() for ours, theirs in found.items()}
    table = pd.DataFrame({"path": [_locate(cell, path.parent) for cell in cells["path"]]})
    for column in ("text", "speaker", "source"):
        table[column] = cells.get(column, "")
    for slot in config.slots:
        words = config.label_words.get(slot, {})
        table[slot] = [canonical_label(cell, words) for cell in cells[slot]]
    table["split"] = (
        [_SPLIT_NAMES.get(cell.lower(), cell.lower()) for cell in cells["split"]]
        if "split" in cells
        else ""
    )
    table["row"] = range(2, len(table) + 2)
    return table


def read_metadata(path: Path) -> pd.DataFrame:
    """Read a `metadata.csv` or `metadata_features.csv` that this project wrote."""
    table = read_table(path)
    missing = [column for column in ("id", "path", "split", "duration_s") if column not in table]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}; run `slu ingest` to make it")
    table["duration_s"] = pd.to_numeric(table["duration_s"], errors="coerce")
    return table


def utterance_id(sha256: str) -> str:
    """Id of a recording: the beginning of the hash of its file."""
    return sha256[:_ID_LENGTH]


def fingerprint(table: pd.DataFrame, slots: Sequence[str]) -> str:
    """Short hash of which recordings there are, their labels and their splits."""
    rows = table[["id", "split", *slots]].astype(str).sort_values("id")
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()[:16]


def _match_columns(columns: list[str], path: Path, config: DataConfig) -> dict[str, str]:
    """Our name -> the table's name."""
    by_name = {column.strip().lower(): column for column in columns}
    found, missing = {}, []
    for ours in ("path", "text", *config.slots, "speaker", "source", "split"):
        names = (ours, *_ALIASES.get(ours, ()), *config.aliases.get(ours, ()))
        if ours == "split":
            names = (config.split_column, *names) if config.split_column else ()
        match = next((by_name[name] for name in names if name in by_name), None)
        if match is not None:
            found[ours] = match
        elif ours == "path" or ours in config.slots:
            missing.append(f"{ours} (or {', '.join(names[1:])})" if names[1:] else ours)
    if missing:
        raise DataError(
            f"{path}: no column for {' and '.join(missing)}; it has {', '.join(columns)}. "
            "Rename a column, or name it under `aliases` in configs/data.yaml"
        )
    return found


def _locate(cell: str, folder: Path) -> str:
    relative = PurePosixPath(cell.replace("\\", "/"))
    return str(folder / relative) if cell else ""
