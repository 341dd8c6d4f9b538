"""What teaching a version did: the old and the new one on the same recordings."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from slu.errors import DataError
from slu.evaluation.comparison import Comparison, compare
from slu.evaluation.predictions import all_right
from slu.evaluation.scores import Interval, share_interval
from slu.files import write_json

REPORT_NAME = "teaching.json"


@dataclass(frozen=True)
class BeforeAfter:
    """How well some recordings were understood before, and how well after."""

    before: Interval
    """Share with every slot right."""
    after: Interval
    answered_before: float
    """Share that was not rejected."""
    answered_after: float
    comparison: Comparison
    """Of after (A) with before (B)."""

    @property
    def utterances(self) -> int:
        """Recordings compared."""
        return self.comparison.utterances


@dataclass(frozen=True)
class TeachingReport:
    """What a version learnt, and how it does beside the version that it comes from."""

    version: str
    base: str
    recordings: int
    """That were learnt from."""
    speakers: int
    """Who spoke them."""
    held_back: BeforeAfter | None
    """On recordings that were never trained on; none where none could be spared."""
    corpus: BeforeAfter
    """On validation and test clips of the corpus: what was forgotten."""
    failures: tuple[tuple[str, str], ...] = ()
    """Path and reason of each recording that could not be used."""


_REPORT = TypeAdapter(TeachingReport)


def before_after(before: pd.DataFrame, after: pd.DataFrame, slots: tuple[str, ...]) -> BeforeAfter:
    """Compare two predictions tables of the same recordings, row by row; not empty."""
    right_before, right_after = (all_right(table, slots) for table in (before, after))
    answered_before, answered_after = (
        float(np.mean(table["accepted"].to_numpy(bool))) for table in (before, after)
    )
    return BeforeAfter(
        before=share_interval(right_before),
        after=share_interval(right_after),
        answered_before=answered_before,
        answered_after=answered_after,
        comparison=compare(right_after, right_before),
    )


def write_report(folder: Path, report: TeachingReport) -> None:
    """Write the report into the folder of the version's run."""
    write_json(folder / REPORT_NAME, asdict(report))


def read_report(folder: Path) -> TeachingReport:
    """The report of a version that was taught.

    Args:
        folder: of the version's run.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        return _REPORT.validate_json((folder / REPORT_NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{folder / REPORT_NAME} cannot be read; teach the model again") from error
