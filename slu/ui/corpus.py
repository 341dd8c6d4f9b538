"""What the corpus holds now, and the button that takes in what is new."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from slu.config import DataConfig, load_config
from slu.data.eda import CorpusSummary, summarise
from slu.data.ingest import source_tables
from slu.data.metadata import read_metadata, read_table
from slu.data.sources import is_outdated
from slu.jobs import Job
from slu.settings import get_settings
from slu.ui.clips import source_name
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.language import mark, tr

_NEWS = timedelta(minutes=10)
_SPLITS = {
    "train": mark("{count:,} to learn from"),
    "val": mark("{count:,} to tune with"),
    "test": mark("{count:,} to judge by"),
}


@dataclass(frozen=True)
class _Checked:
    """What `slu ingest` made of all recordings."""

    summary: CorpusSummary
    n_flagged: int
    n_rejected: int


def data_config() -> DataConfig:
    """What `slu ingest` reads.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_config(DataConfig, get_settings().project_root / "configs/data.yaml")


def show_corpus() -> None:
    """The corpus in numbers, or what to do first; what is new, and a button to take it in."""
    config, root = data_config(), get_settings().project_root
    folder = root / config.output_dir
    if (folder / "metadata.csv").exists():
        with st.spinner(tr("Reading the corpus")):
            checked = _checked(folder, (folder / "metadata.csv").stat().st_mtime_ns)
        _show_numbers(checked)
    if source_tables(config, root):
        _offer_check_in(is_outdated(config, root))
    else:
        st.info(
            tr(
                "There are no recordings yet. Write below what your shop sells and how people say "
                "it, and press **Save and make clips**: synthetic voices then speak it. Recordings "
                "of real people can be added at any time."
            ),
            icon=":material/flag:",
        )
    show_data_job("check in")


def _offer_check_in(is_new: bool) -> None:
    # Always the same height: the recorder below it must not jump after the first recording.
    with st.container(horizontal=True, vertical_alignment="center"):
        check_in_button("corpus")
        if is_new:
            st.badge(tr("New since the last check-in"), icon=":material/fiber_new:", color="orange")
        else:
            st.badge(tr("Everything is checked in"), icon=":material/check:", color="green")


def check_in_button(key: str) -> None:
    """A button that takes in everything that was recorded, uploaded or decided."""
    if st.button(
        tr("Check in"),
        key=f"check in {key}",
        help=tr("Measures all recordings, splits them by speaker and computes their features"),
        icon=":material/fact_check:",
        disabled=is_data_job_live(),
    ):
        start_job(("prepare", "--no-synth"), tr("Checking in"), page="data", kind="check in")
        st.rerun()


def show_data_job(kind: str) -> Job | None:
    """Show the newest job of a kind of this page, unless it ended long ago."""
    job = latest_job(page="data", kind=kind)
    if job is None or (job.ended_at is not None and datetime.now(UTC) - job.ended_at > _NEWS):
        return None
    show_job(job.id)
    return job


def is_data_job_live() -> bool:
    """Whether a job of this page waits or runs."""
    job = latest_job(page="data")
    return job is not None and not job.status.is_final


@st.cache_data(max_entries=4, show_spinner=False)
def _checked(folder: Path, written_at_ns: int) -> _Checked:
    return _Checked(
        summarise(read_metadata(folder / "metadata.csv")),
        len(read_table(folder / "quality.csv")),
        len(read_table(folder / "rejected.csv")),
    )


def _show_numbers(checked: _Checked) -> None:
    summary = checked.summary
    with st.container(horizontal=True, gap="large"):
        st.metric(tr("Clips"), f"{summary.utterances:,}", width="content")
        st.metric(tr("Minutes"), f"{summary.total_duration_s / 60:.1f}", width="content")
        st.metric(tr("Speakers"), f"{len(summary.speakers):,}", width="content")
        st.metric(tr("Sources"), f"{len(summary.sources):,}", width="content")
    sources = [f"{count:,} {source_name(name)}" for name, count in summary.sources.items()]
    shares = [tr(use, count=summary.splits.get(name, 0)) for name, use in _SPLITS.items()]
    st.caption(" · ".join(", ".join(part) for part in (sources, shares, _losses(checked))))


def _losses(checked: _Checked) -> tuple[str, str]:
    flagged, rejected = checked.n_flagged, checked.n_rejected
    return (
        tr("{count:,} doubtful", count=flagged) if flagged else tr("none is doubtful"),
        tr("{count:,} could not be used", count=rejected) if rejected else tr("all can be used"),
    )
