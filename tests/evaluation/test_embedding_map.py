"""Maps of clips as files."""

from pathlib import Path

import pandas as pd
import pytest

from slu.errors import DataError
from slu.evaluation.embedding_map import among_others, mapped_slots, read_map, write_map


@pytest.fixture
def clip_map() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["001", "002", "003"],
            "x": [0.5, 1.0, 2.0],
            "y": [0.0, -1.0, 3.25],
            "size": ["1", "none", "2"],
            "size_neighbours": ["1", "2", "1"],
            "size_agreement": [0.9, 0.4, 0.0],
        }
    )


def test_a_map_is_read_as_it_was_written(clip_map: pd.DataFrame, tmp_path: Path) -> None:
    path = write_map(tmp_path / "new", clip_map)

    pd.testing.assert_frame_equal(read_map(path), clip_map)
    assert mapped_slots(clip_map) == ["size"]


def test_the_loneliest_come_first(clip_map: pd.DataFrame) -> None:
    assert among_others(clip_map, "size")["id"].tolist() == ["003", "002"]


@pytest.mark.parametrize(
    "content", ["", "id,x\n1,2\n", "id,x,y\n1,left,2\n", "id,x,y\n1,2,3\n", '"']
)
def test_what_is_no_map_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "embedding_map.csv"
    path.write_text(content, "utf-8")

    with pytest.raises(DataError, match="draw the map anew"):
        read_map(path)


def test_a_missing_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="draw the map anew"):
        read_map(tmp_path / "embedding_map.csv")
