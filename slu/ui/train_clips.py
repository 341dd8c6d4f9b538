"""The clips that a training or a study learns from."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from slu.config import PreprocessConfig
from slu.data.feature_store import read_store_config
from slu.data.metadata import read_metadata
from slu.errors import DataError
from slu.settings import Settings
from slu.ui.language import tr


@dataclass(frozen=True)
class Clips:
    """How many there are, and as which features they lie there."""

    front_end: str
    n_train: int
    n_val: int

    def as_features(self, preprocess: PreprocessConfig | None) -> str:
        """In a sentence, with the features that were built or are to be computed."""
        front_end = preprocess.front_end.name if preprocess else self.front_end
        return tr(
            "{n_train:,} clips to learn from, {n_val:,} to check it with, as {front_end} features.",
            n_train=self.n_train,
            n_val=self.n_val,
            front_end=front_end.replace("_", " "),
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


def _show_need_of_features(settings: Settings) -> None:
    """Where a newcomer goes first."""
    has_clips = (settings.data_dir / "processed" / "metadata.csv").exists()
    missing = (
        tr("Your clips have no features yet.")
        if has_clips
        else tr("There is nothing to learn from.")
    )
    needed = tr("A model needs spoken clips and their features:")
    st.info(f"{missing} {needed}", icon=":material/school:")
    if not has_clips:
        st.page_link(
            "pages/1_Data.py", label=tr("Make clips on the page Data"), icon=":material/database:"
        )
    st.page_link(
        "pages/3_Preprocess.py",
        label=tr("Build features on the page Preprocess"),
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
    front_end = read_store_config(store).front_end.name
    return Clips(front_end, int(counts.get("train", 0)), int(counts.get("val", 0)))
