"""The clips that a training or a study learns from."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from slu.data.feature_store import read_store_config
from slu.data.metadata import read_metadata
from slu.errors import DataError
from slu.settings import Settings

_MADE_FOR = {"m3": "speech embedding"}
"""Model -> features without which it makes little sense."""


@dataclass(frozen=True)
class Clips:
    """How many there are, as which features."""

    front_end: str
    n_train: int
    n_val: int

    def __str__(self) -> str:
        return (
            f"{self.n_train:,} clips to learn from, {self.n_val:,} to check it with, as "
            f"{self.front_end} features."
        )


def clips_to_learn_from(settings: Settings, features_path: Path) -> Clips | None:
    """What there is; where there is nothing, the way to it is shown.

    Raises:
        SLUError: the features of the project cannot be used.
    """
    if not features_path.exists():
        _show_need_of_features(settings)
        return None
    return _read(features_path, features_path.stat().st_mtime_ns)


def warn_of_other_features(model: str, clips: Clips) -> None:
    """Say so where a model is made for other features."""
    made_for = _MADE_FOR.get(model, clips.front_end)
    if made_for != clips.front_end:
        st.warning(
            f"{model.upper()} is made for {made_for} features, and yours are {clips.front_end}. "
            "Build the others on the page Preprocess, or choose another model.",
            icon=":material/warning:",
        )


def _show_need_of_features(settings: Settings) -> None:
    """Where a newcomer goes first."""
    has_clips = (settings.data_dir / "processed" / "metadata.csv").exists()
    missing = "Your clips have no features yet." if has_clips else "There is nothing to learn from."
    st.info(f"{missing} A model needs spoken clips and their features:", icon=":material/school:")
    if not has_clips:
        st.page_link(
            "pages/1_Data.py", label="Make clips on the page Data", icon=":material/database:"
        )
    st.page_link(
        "pages/3_Preprocess.py",
        label="Build features on the page Preprocess",
        icon=":material/graphic_eq:",
    )


@st.cache_data(max_entries=4)
def _read(path: Path, changed_ns: int) -> Clips:
    """`changed_ns` has a table that was written anew read anew."""
    table = read_metadata(path)
    if table.empty or "feature_path" not in table:
        raise DataError(f"{path} holds no features; build them again")
    store = (path.parent / str(table["feature_path"].iloc[0])).parent
    counts = table["split"].value_counts()
    front_end = read_store_config(store).front_end.name.replace("_", " ")
    return Clips(front_end, int(counts.get("train", 0)), int(counts.get("val", 0)))
