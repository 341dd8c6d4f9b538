"""A map of clips as a model hears them, to find those that are labelled wrongly.

Clips that the model hears alike lie together; one whose neighbours are labelled otherwise was
perhaps labelled by mistake.
"""

from pathlib import Path

import pandas as pd

from slu.errors import DataError
from slu.files import write_csv

MAP_NAME = "embedding_map.csv"

_AMONG_OTHERS = 0.5


def neighbours_column(slot: str) -> str:
    """Column of a map that holds the label most frequent among a clip's neighbours."""
    return f"{slot}_neighbours"


def agreement_column(slot: str) -> str:
    """Column of a map that holds the share of neighbours that are labelled as the clip is."""
    return f"{slot}_agreement"


def write_map(folder: Path, clip_map: pd.DataFrame) -> Path:
    """Write a map to its folder; returns its path."""
    path = folder / MAP_NAME
    write_csv(path, clip_map)
    return path


def read_map(path: Path) -> pd.DataFrame:
    """Read what `write_map` wrote.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        clip_map = pd.read_csv(path, dtype=str, keep_default_na=False)
        agreements = [agreement_column(slot) for slot in mapped_slots(clip_map)]
        clip_map = clip_map.astype(dict.fromkeys(["x", "y", *agreements], float))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read; draw the map anew") from error
    if "id" not in clip_map or not agreements:
        raise DataError(f"{path} is no map of clips; draw the map anew")
    return clip_map


def mapped_slots(clip_map: pd.DataFrame) -> list[str]:
    """The slots whose labels a map holds."""
    return [slot for slot in clip_map if agreement_column(slot) in clip_map]


def among_others(clip_map: pd.DataFrame, slot: str) -> pd.DataFrame:
    """Clips most of whose neighbours have other labels of a slot, the loneliest first."""
    agreement = clip_map[agreement_column(slot)]
    return clip_map[agreement < _AMONG_OTHERS].sort_values(agreement_column(slot), kind="stable")
