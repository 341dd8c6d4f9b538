"""A new run: what it learns from, how, for how long, and the start."""

from pathlib import Path

import streamlit as st

from slu.data.feature_store import read_store_config
from slu.data.metadata import read_metadata
from slu.errors import DataError
from slu.runs import TrainingRun, expected_epoch_s, list_runs, plan_run
from slu.settings import Settings
from slu.ui.times import lasting
from slu.ui.train_form import NewRun, choose_new_run
from slu.ui.train_run import start_run


def show_new_run(settings: Settings) -> None:
    """Choose the settings of a run and start it.

    Raises:
        SLUError: the features or the configurations of the project cannot be used.
    """
    path = settings.data_dir / "processed" / "metadata_features.csv"
    if not path.exists():
        _show_need_of_features(settings)
        return
    runs, _ = list_runs(settings)
    new = choose_new_run(settings, runs)
    if new is not None:
        _show_expectation(path, runs, new)
    if st.button(
        f"Start training {new.name}" if new else "Start training",
        key="train start", type="primary", icon=":material/play_arrow:", disabled=new is None,
    ) and new is not None:  # fmt: skip
        start_run(new.name, plan_run(settings, new.name, new.start))


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


def _show_expectation(path: Path, runs: list[TrainingRun], new: NewRun) -> None:
    """How many clips there are, and how long training will take."""
    built, sizes = _features(path, path.stat().st_mtime_ns)
    own = new.start.preprocess
    front_end = own.front_end.name.replace("_", " ") if own else built
    n_train, n_val = sizes.get("train", 0), sizes.get("val", 0)
    epoch_s = expected_epoch_s(runs, new.start.model.name, n_val)
    epochs = new.start.train.epochs
    duration = (
        f"All {epochs} epochs take about {lasting(epoch_s * epochs)}, going by an earlier run."
        if epoch_s
        else "How long it takes shows after the first epoch."
    )
    st.caption(
        f"{n_train:,} clips to learn from, {n_val:,} to check it with, as {front_end} features. "
        f"{duration}"
    )


@st.cache_data(max_entries=4)
def _features(path: Path, changed_ns: int) -> tuple[str, dict[str, int]]:
    """Front end and clips by split; `changed_ns` has a table that was written anew read anew."""
    table = read_metadata(path)
    if table.empty or "feature_path" not in table:
        raise DataError(f"{path} holds no features; build them again")
    store = (path.parent / str(table["feature_path"].iloc[0])).parent
    counts = table["split"].value_counts()
    front_end = read_store_config(store).front_end.name.replace("_", " ")
    return front_end, {str(split): int(count) for split, count in counts.items()}
