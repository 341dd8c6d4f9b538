"""The map of clips as a model hears them, and the clips that lie among other labels."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from slu.data.labels import sort_labels
from slu.evaluation.embedding_map import (
    MAP_NAME,
    agreement_column,
    among_others,
    mapped_slots,
    neighbours_column,
    read_map,
)
from slu.jobs import JobStatus
from slu.registry import Registry
from slu.settings import Settings
from slu.ui.clips import PAGE_SIZE, show_clips
from slu.ui.explore import Clips
from slu.ui.explore_charts import show_with_clips
from slu.ui.explore_scatter import clip_scatter, show_scatter
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.language import tr

_METADATA = "data/processed/metadata.csv"
_MAX_CLIPS = 5000


def show_map(clips: Clips, settings: Settings) -> None:
    """Ask for the map of a model, or look at it."""
    st.markdown(
        tr(
            "Clips that the model hears alike lie together. A clip among clips of another label "
            "may be labelled wrongly: click it, listen, and judge."
        )
    )
    version = _choose_version(settings)
    if version is None:
        st.info(
            tr("The map needs a trained model, and there is none yet."), icon=":material/school:"
        )
        st.page_link("pages/4_Train.py", label=tr("Train a model"), icon=":material/school:")
        return
    path = settings.artifacts_dir / version / MAP_NAME
    _offer_drawing(clips, version, path)
    if path.exists():
        _look_at(clips, _read(path, path.stat().st_mtime_ns))


def _choose_version(settings: Settings) -> str | None:
    registry = Registry(settings.project_root, settings.registry_dir)
    versions = [entry.version for entry in registry.versions()]
    in_use = registry.latest_version()
    first = versions.index(in_use) if in_use in versions else 0
    return st.selectbox(tr("Model"), versions, first, key="explore model") if versions else None


def _offer_drawing(clips: Clips, version: str, path: Path) -> None:
    """The job that draws the map: how it goes, or a button that starts it."""
    job = latest_job(map=version)
    if job is not None and job.status is not JobStatus.SUCCEEDED:
        show_job(job.id)
    if job is not None and not job.status.is_final:
        return
    if not path.exists():
        st.info(tr("The map of this model is not drawn yet."), icon=":material/scatter_plot:")
    elif path.stat().st_mtime < clips.changed_at:
        st.warning(
            tr("The recordings changed after this map was drawn."), icon=":material/history:"
        )
    if st.button(
        tr("Draw it anew") if path.exists() else tr("Draw the map"),
        icon=":material/scatter_plot:",
        help=tr(
            "The model listens to up to {count:,} clips; this takes a minute or two.",
            count=_MAX_CLIPS,
        ),
    ):
        command = ("embed", "--metadata", _METADATA, "--model", version)
        title = tr("Map for {version}", version=version)
        start_job((*command, "--max-clips", str(_MAX_CLIPS)), title, map=version)
        st.rerun()


@st.cache_data(max_entries=4, show_spinner=False)
def _read(path: Path, stamp: int) -> pd.DataFrame:
    return read_map(path)


def _look_at(clips: Clips, clip_map: pd.DataFrame) -> None:
    slots = mapped_slots(clip_map)
    slot = st.segmented_control(tr("Colours by"), slots, default=slots[0], required=True)
    # Labels as they were when the map was drawn: its neighbours were counted by them.
    on_map = clip_map.merge(clips.table.drop(columns=slots, errors="ignore"), on="id")
    if on_map.empty:
        st.info(tr("None of the chosen clips is on this map."), icon=":material/filter_alt_off:")
        return
    _show_scatter(clips, on_map, slot, sort_labels(clip_map[slot]))
    _show_misplaced(clips, on_map, slot)


def _show_scatter(clips: Clips, on_map: pd.DataFrame, slot: str, labels: Sequence[str]) -> None:
    def behind(point: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
        is_clicked = on_map["id"] == point["id"]
        clicked = on_map[is_clicked].iloc[0]
        away = np.hypot(on_map["x"] - clicked["x"], on_map["y"] - clicked["y"])
        away[is_clicked] = -1.0  # before others in the same place
        nearest = on_map.loc[away.nsmallest(PAGE_SIZE).index]
        return nearest, tr("The clip that you clicked, and those next to it")

    show = partial(show_scatter, clip_scatter(on_map, slot, labels))
    show_with_clips(clips, show, f"map {slot}", behind)


def _show_misplaced(clips: Clips, on_map: pd.DataFrame, slot: str) -> None:
    st.subheader(tr("Clips that lie among other labels"))
    misplaced = among_others(on_map, slot)
    if misplaced.empty:
        st.success(
            tr("Every clip lies among clips of its own {slot}.", slot=slot),
            icon=":material/check_circle:",
        )
        return
    st.caption(
        tr(
            "Most of the clips that sound nearest have another {slot}. The label may be wrong, or "
            "the clip hard to understand: listen. The worst come first.",
            slot=slot,
        )
    )
    told = clips.located(misplaced).assign(
        neighbours=misplaced[neighbours_column(slot)],
        agreement=[f"{share:.0%}" for share in misplaced[agreement_column(slot)]],
    )
    others = [column for column in clips.caption if column != slot]
    show_clips(told, f"explore misplaced {slot}", [slot, "neighbours", "agreement", *others])
