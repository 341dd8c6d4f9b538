"""The list of clips with players."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from slu.audio.wav import write_wav


def show(clips: "pd.DataFrame", caption: list[str]) -> None:
    from slu.ui.clips import show_clips

    show_clips(clips, "clips", caption, "What was said")


def listed(clips: pd.DataFrame, *caption: str) -> AppTest:
    app = AppTest.from_function(show, kwargs={"clips": clips, "caption": list(caption)}).run()
    assert not app.exception
    return app


def told(app: AppTest) -> list[str]:
    return [str(text.value) for text in app.markdown]


@pytest.fixture
def clips(tmp_path: Path) -> pd.DataFrame:
    """Twenty clips of one file."""
    path = tmp_path / "clip.wav"
    write_wav(path, np.zeros(800, np.float32), 8000)
    return pd.DataFrame(
        {"audio_path": str(path), "text": [f"order {index}" for index in range(20)]}
    )


def test_eight_come_at_first(clips: pd.DataFrame) -> None:
    app = listed(clips, "text")

    assert app.subheader[0].value == "What was said"
    assert told(app) == [f"text **order {index}**" for index in range(8)]
    assert app.caption[0].value == "Clips 1 to 8 of 20"
    assert len(app.get("audio")) == 8


def test_a_few_need_no_pages(clips: pd.DataFrame) -> None:
    assert listed(clips[:3], "text").caption[0].value == "3 clips"


def test_none_says_so(clips: pd.DataFrame) -> None:
    assert "no clip" in listed(clips[:0], "text").info[0].value


def test_cells_are_told_with_their_units_and_without_gaps(clips: pd.DataFrame) -> None:
    clips = clips[:2].assign(duration_s=[1.2345, np.nan], noise_kind=["", "pink"])

    app = listed(clips, "text", "duration_s", "noise_kind")

    assert told(app) == [
        r"text **order 0** · duration **1\.23 s**",
        "text **order 1** · noise kind **pink**",
    ]


def test_words_of_people_are_no_markup(clips: pd.DataFrame) -> None:
    app = listed(clips[:1].assign(text="**2** $5$ :red[x]"), "text")

    assert told(app) == [r"text **\*\*2\*\* \$5\$ \:red\[x\]**"]


def test_a_lost_file_is_said(clips: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "clip.wav").unlink()

    app = listed(clips[:1], "text")

    assert "clip\\.wav is not on this disk any more" in app.caption[1].value
    assert not app.get("audio")
