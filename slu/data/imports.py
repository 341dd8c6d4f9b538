"""Labelled recordings that people bring: checked row by row, then all taken, or none."""

import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from slu.config import CorpusConfig, DataConfig
from slu.data.archive import Archive, normal_path
from slu.data.clips import ClipFacts, measure_clip
from slu.data.labels import NONE, canonical_label
from slu.data.metadata import SPLITS, metadata_columns, read_utterances, utterance_id
from slu.data.parallel import Progress, no_progress
from slu.errors import DataError
from slu.files import write_csv

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_UNSAFE_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class LabelledClip:
    """A recording with its meaning, as somebody brings it."""

    name: str
    """Of the file."""
    content: bytes
    labels: Mapping[str, str]
    speaker: str = ""
    text: str = ""


@dataclass(frozen=True)
class RowProblem:
    """Why a row cannot be taken."""

    row: int
    """As a spreadsheet numbers it, the header being 1."""
    file: str
    problem: str


@dataclass(frozen=True)
class ImportReport:
    """What became of an import."""

    folder: Path
    n_rows: int
    problems: tuple[RowProblem, ...]
    """With a single one nothing was imported."""


def check_set_name(raw_dir: Path, name: str) -> None:
    """See that a new set may have this name.

    Args:
        raw_dir: folder of all sets, `data/raw`.
        name: of the new set.

    Raises:
        DataError: the name cannot be used or is taken.
    """
    if not _NAME.fullmatch(name):
        raise DataError(f"'{name}' cannot name a set of recordings; use a-z, 0-9, - and _")
    if (raw_dir / name).exists():
        raise DataError(f"there is a set '{name}' already; choose another name")


class Importer:
    """Takes labelled recordings into a folder of their own, where `slu ingest` finds them.

    Args:
        raw_dir: folder of all sets, `data/raw`.
        name: of the new set.
        config: slots, column names and words that mean labels.
        corpus: the catalogue, whose labels are known.
        progress: told after each row.

    Raises:
        DataError: the name cannot be used or is taken.
    """

    def __init__(
        self,
        raw_dir: Path,
        name: str,
        config: DataConfig,
        corpus: CorpusConfig,
        progress: Progress = no_progress,
    ) -> None:
        check_set_name(raw_dir, name)
        self._folder = raw_dir / name
        self._config = config
        self._known = {
            slot: {NONE, *map(canonical_label, labels)} for slot, labels in corpus.slots.items()
        }
        self._progress = progress

    def take_zip(self, file: BinaryIO) -> ImportReport:
        """Import a zip of recordings with one CSV, whose columns may have any usual names.

        Raises:
            DataError: the zip, or its table as a whole, cannot be used.
        """
        archive = Archive(file)
        with self._staged() as staged:
            table = staged / archive.table()
            archive.extract(archive.table(), staged)
            rows = _read_rows(table, staged, self._config)
            problems = {path: _extract(archive, path, staged) for path in rows["path"].unique()}
            return self._finish(staged, rows, rows["path"].map(problems))

    def take_clips(self, clips: Sequence[LabelledClip]) -> ImportReport:
        """Import single recordings."""
        with self._staged() as staged:
            rows = pd.DataFrame(
                [
                    {
                        "path": f"wav/{number:03d}-{_safe_name(clip.name)}",
                        "text": clip.text,
                        **clip.labels,
                        "speaker": clip.speaker,
                        "source": "",
                        "split": "",
                        "row": number,
                    }
                    for number, clip in enumerate(clips, start=1)
                ]
            )
            (staged / "wav").mkdir()
            for path, clip in zip(rows["path"], clips, strict=True):
                (staged / path).write_bytes(clip.content)
            return self._finish(staged, rows, pd.Series("", rows.index))

    def _finish(self, staged: Path, rows: pd.DataFrame, unpacking: pd.Series) -> ImportReport:
        """Check all rows; only if every one is good, the set gets its place."""
        facts = list(self._measured(staged, rows, unpacking))
        problems = [
            RowProblem(row["row"], row["path"], problem)
            for row, fact in zip(rows.to_dict("records"), facts, strict=True)
            for problem in self._problems(row, fact)
        ]
        problems += _copies(rows, facts, self._config.slots)
        if not problems:
            measured = [fact for fact in facts if isinstance(fact, ClipFacts)]
            _write_table(staged / "metadata.csv", rows, measured, self._config.slots)
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            staged.rename(self._folder)
        problems.sort(key=lambda problem: problem.row)
        return ImportReport(self._folder, len(rows), tuple(problems))

    def _measured(
        self, staged: Path, rows: pd.DataFrame, unpacking: pd.Series
    ) -> Iterator[ClipFacts | str]:
        """Facts about the audio of each row, or why there are none."""
        for done, (path, problem) in enumerate(zip(rows["path"], unpacking, strict=True), start=1):
            yield problem or measure_clip(str(staged / path) if path else "")
            self._progress(done, len(rows))

    def _problems(self, row: Mapping[str, str], facts: ClipFacts | str) -> Iterator[str]:
        if isinstance(facts, str):
            yield facts
        for slot in self._config.slots:
            known = self._known.get(slot)
            if known and row[slot] not in known:
                yield (
                    f"the catalogue has no {slot} '{row[slot]}'; correct it, or add it to the "
                    "catalogue first"
                )
        if row["split"] not in ("", *SPLITS):
            yield f"there is no split '{row['split']}'; use {', '.join(SPLITS)}, or leave it empty"

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """A folder that is gone afterwards, unless it was renamed."""
        # Not beside the other sets, so that a refused one leaves no trace there.
        name = f".{self._folder.name}.{os.getpid()}.{threading.get_ident()}.tmp"
        staged = self._folder.parent.with_name(name)
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def _read_rows(table: Path, folder: Path, config: DataConfig) -> pd.DataFrame:
    """The rows of a table, with paths relative to `folder` whatever they lead to."""
    try:
        rows = read_utterances(table, config)
    except DataError as error:
        raise DataError(str(error).replace(f"{folder}{os.sep}", "")) from error
    if rows.empty:
        raise DataError(f"{table.name}: there is no row below the header")
    rows["path"] = [
        normal_path(os.path.relpath(path, folder)) if path else "" for path in rows["path"]
    ]
    return rows


def _extract(archive: Archive, path: str, folder: Path) -> str:
    """Why a file cannot be unpacked; empty if it was, or if no file is named."""
    try:
        if path:
            archive.extract(path, folder)
    except DataError as error:
        return str(error)
    return ""


def _copies(
    rows: pd.DataFrame, facts: Sequence[ClipFacts | str], slots: Sequence[str]
) -> Iterator[RowProblem]:
    """Rows with the same audio as one before them."""
    first: dict[str, dict[str, str]] = {}
    for row, fact in zip(rows.to_dict("records"), facts, strict=True):
        if isinstance(fact, str):
            continue
        before = first.setdefault(fact.sha256, row)
        if before is row:
            continue
        same = all(row[slot] == before[slot] for slot in slots)
        labels = "" if same else ", with other labels"
        yield RowProblem(
            row["row"],
            row["path"],
            f"this is the recording of row {before['row']} again{labels}; leave one of them out",
        )


def _write_table(
    path: Path, rows: pd.DataFrame, facts: Sequence[ClipFacts], slots: Sequence[str]
) -> None:
    measured = pd.DataFrame([vars(fact) for fact in facts])
    table = pd.concat([rows, measured], axis=1)
    table["id"] = table["sha256"].map(utterance_id)
    write_csv(path, table[metadata_columns(slots)])


def _safe_name(name: str) -> str:
    return _UNSAFE_SIGNS.sub("_", Path(name).name)[-80:]
