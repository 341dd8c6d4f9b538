"""What people record here: phrases that they were asked to say, as a labelled corpus."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from slu.data.metadata import metadata_columns, read_table, utterance_id
from slu.data.prompts import Prompt
from slu.data.takes import Take
from slu.errors import DataError
from slu.files import locked, replacing, write_csv

SOURCE = "recorded"
"""What the column `source` says of these clips."""

_LONGEST_NAME = 60
_CONTROL_SIGNS = re.compile(r"[\x00-\x1f\x7f]")


class Recordings:
    """The recorded clips of a project, which several people may add to at once.

    Args:
        folder: `metadata.csv` and `wav/<id>.wav` are in it; made when something is kept.
        slots: label columns.
    """

    def __init__(self, folder: Path, slots: Sequence[str]) -> None:
        self.folder = folder
        self._columns = metadata_columns(slots)
        self._table = folder / "metadata.csv"

    def read(self) -> pd.DataFrame:
        """Everything that was recorded, oldest first, with `audio_path`; all cells are text.

        Raises:
            DataError: the table is damaged.
        """
        if not self._table.exists():
            return pd.DataFrame(columns=[*self._columns, "audio_path"], dtype=str)
        table = read_table(self._table).reset_index(drop=True)
        missing = {"id", "path", "speaker"} - {*table.columns}
        if missing:
            raise DataError(
                f"{self._table}: there is no column {', '.join(sorted(missing))}; mend it, or "
                "move the folder away to begin anew"
            )
        table = table.reindex(columns=self._columns, fill_value="")
        return table.assign(audio_path=[str(self.folder / path) for path in table["path"]])

    def add(self, take: Take, prompt: Prompt, speaker: str) -> str:
        """Keep a recording of a phrase; keeping the same one again changes nothing.

        Args:
            take: what was recorded.
            prompt: what was said.
            speaker: who said it; upper and lower case make no difference.

        Returns:
            the id of the recording.

        Raises:
            DataError: the speaker has no usable name, or the table is damaged.
        """
        name = clean_name(speaker)
        recording_id = utterance_id(take.facts.sha256)
        with locked(self._table):
            table = self.read()
            if recording_id in set(table["id"]):
                return recording_id
            path = self.folder / "wav" / f"{recording_id}.wav"
            with replacing(path) as temporary:
                temporary.write_bytes(take.content)
            row = {
                "id": recording_id,
                "path": path.relative_to(self.folder).as_posix(),
                "text": prompt.text,
                **prompt.labels,
                "speaker": _known_spelling(name, table["speaker"]),
                "source": SOURCE,
                **dataclasses.asdict(take.facts),
            }
            self._write(pd.concat([table, pd.DataFrame([row]).astype(str)], ignore_index=True))
        return recording_id

    def remove(self, recording_id: str) -> None:
        """Delete a recording; one that is not there is no error."""
        with locked(self._table):
            table = self.read()
            is_meant = table["id"] == recording_id
            self._write(table[~is_meant])
            for path in table["audio_path"][is_meant]:
                Path(path).unlink(missing_ok=True)

    def _write(self, table: pd.DataFrame) -> None:
        write_csv(self._table, table.reindex(columns=self._columns).fillna(""))


def clean_name(speaker: str) -> str:
    """A speaker's name in one spelling.

    Raises:
        DataError: it is empty, too long, or means nobody.
    """
    name = " ".join(_CONTROL_SIGNS.sub(" ", speaker).split())
    if not name or len(name) > _LONGEST_NAME or name.lower() == "unknown":
        raise DataError(
            f"give the speaker a name of 1 to {_LONGEST_NAME} letters, so that the same voice is "
            "never used for training and for testing"
        )
    return name


def _known_spelling(name: str, speakers: pd.Series) -> str:
    same = [speaker for speaker in speakers if speaker.casefold() == name.casefold()]
    return same[0] if same else name
