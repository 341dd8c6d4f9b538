"""Teach it your voice: from recorded phrases to a new version, beside the one in use."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from slu import workflows
from slu.config import AdaptConfig, load_config
from slu.data.prompts import said_too_little
from slu.data.recordings import Recordings
from slu.evaluation.teaching import BeforeAfter, TeachingReport, read_report
from slu.jobs import Job, JobStatus
from slu.registry import Registry
from slu.settings import get_settings
from slu.ui.corpus import is_data_job_live
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.markdown import plain
from slu.ui.page import errors_shown

_JOB = {"page": "data", "kind": "teach"}
_FEWEST, _MOST = 10, 50
_MOST_NAMED = 6
# A difference that chance makes less often than this counts.
_CHANCE = 0.05


@dataclass(frozen=True)
class _Readiness:
    """What was recorded, and what is missing still."""

    n_recorded: int
    n_speakers: int
    lacking: list[str]
    """Labels that were said too little."""
    unknown: list[str]
    """Labels that the model does not know."""
    needed: int
    """Recordings of each label."""

    @property
    def is_enough(self) -> bool:
        return self.n_recorded >= _FEWEST and not self.lacking and not self.unknown


def show_teaching(recordings: Recordings) -> None:
    """Say how many phrases are there and are wanted, teach, and compare old and new."""
    st.subheader("Teach it your voice", anchor=False)
    registry = workflows.open_registry(get_settings())
    in_use = registry.latest_version()
    if in_use is None:
        st.info("Train a model first; then it can learn your voice here.", icon=":material/flag:")
        return
    labels = registry.config(registry.get(in_use))["labels"]
    readiness = _readiness(recordings.read(), labels)
    st.markdown(_state(readiness, in_use))
    _offer_lesson(readiness, recordings)
    job = latest_job(**_JOB)
    if job is not None:
        show_job(job.id)
        if job.status is JobStatus.SUCCEEDED:
            with errors_shown():
                _show_outcome(job, registry)


def _readiness(table: pd.DataFrame, labels: dict[str, list[str]]) -> _Readiness:
    root = get_settings().project_root
    needed = load_config(AdaptConfig, root / "configs/adapt.yaml").min_per_label
    unknown = {label for slot, known in labels.items() for label in {*table[slot]} - {*known}}
    return _Readiness(
        n_recorded=len(table),
        n_speakers=int(table["speaker"].str.casefold().nunique()),
        lacking=said_too_little(table, labels, needed),
        unknown=sorted(unknown),
        needed=needed,
    )


def _state(readiness: _Readiness, in_use: str) -> str:
    lead = (
        f"A minute of listening makes a version of **{plain(in_use)}** that knows the voices "
        "recorded here, and still remembers all others."
    )
    if readiness.unknown:
        return (
            f"{lead}\n\nIt does not know {_named(readiness.unknown)}, which you recorded: "
            "**train a new model** on your catalogue first."
        )
    who = "" if readiness.n_speakers < 2 else f" by {readiness.n_speakers} people"
    phrases, are = ("phrase", "is") if readiness.n_recorded == 1 else ("phrases", "are")
    said = f"**{readiness.n_recorded:,} {phrases}** {are} recorded{who}"
    wanted = f"{_FEWEST} to {_MOST}, with each word at least {readiness.needed} times"
    if readiness.is_enough:
        more = "" if readiness.n_recorded >= _MOST else "; more make it surer"
        return f"{lead}\n\n{said}: enough to begin{more}."
    lacking = f". Still to be said: {_named(readiness.lacking)}" if readiness.lacking else ""
    return f"{lead}\n\n{said}; it needs {wanted}{lacking}."


def _named(labels: list[str]) -> str:
    more = f" and {len(labels) - _MOST_NAMED} more" if len(labels) > _MOST_NAMED else ""
    return ", ".join(f"“{plain(label)}”" for label in labels[:_MOST_NAMED]) + more


def _offer_lesson(readiness: _Readiness, recordings: Recordings) -> None:
    if st.button(
        "Teach it", type="primary", icon=":material/school:",
        disabled=not readiness.is_enough or is_data_job_live(),
        help="Some phrases are held back and never learnt from, to see honestly what it brought",
    ):  # fmt: skip
        version = f"voice-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        folder = recordings.folder.relative_to(get_settings().project_root).as_posix()
        start_job(
            ("adapt", "--recordings", folder, "--set", f"adapt.run_name={version}"),
            "Learning your voice",
            version=version,
            **_JOB,
        )
        st.rerun()


def _show_outcome(job: Job, registry: Registry) -> None:
    version = job.parameters["version"]
    if not registry.path_of(version).exists():
        return
    report = read_report(get_settings().artifacts_dir / version)
    with st.container(border=True):
        st.markdown(f"**{_verdict(report)}**")
        left, right = st.columns(2)
        if report.held_back is not None:
            _show_shares(left, "Your phrases that it did not learn from", report.held_back)
        _show_shares(right, "Other voices, from your corpus", report.corpus)
        st.caption(_how_sure(report))
        _offer_use(report, registry)


def _show_shares(place: Any, title: str, found: BeforeAfter) -> None:
    before, after = (round(share.value * found.utterances) for share in (found.before, found.after))
    with place:
        st.metric(
            title,
            f"{after:,} of {found.utterances:,} understood",
            f"{after - before:+,}" if after != before else "as before",
            delta_color="normal" if after != before else "off",
        )
        st.caption(
            f"Before: {found.before.value:.0%} (95 % interval {_span(found.before)}). "
            f"Now: {found.after.value:.0%} ({_span(found.after)})."
        )


def _span(share: Any) -> str:
    return f"{share.low:.0%} to {share.high:.0%}"


def _verdict(report: TeachingReport) -> str:
    """Old and new in one sentence."""
    return f"{_about_you(report.held_back)}{_about_others(report.corpus)}"


def _about_you(found: BeforeAfter | None) -> str:
    if found is None:
        return "All phrases were learnt from, so that nothing tells how much it brought"
    difference = found.comparison.difference.value
    if difference == 0:
        return "It understands you as well as before"
    better = "better" if difference > 0 else "less well"
    if found.comparison.p_value < _CHANCE:
        return f"It understands you {better} than before"
    return f"It seems to understand you {better} than before, though that may be chance"


def _about_others(found: BeforeAfter) -> str:
    if found.comparison.p_value >= _CHANCE:
        return ", and others as well as before."
    if found.comparison.difference.value > 0:
        return ", and others better too."
    return ", but others less well."


def _how_sure(report: TeachingReport) -> str:
    learnt = f"It learnt from {report.recordings:,} phrases."
    if report.held_back is None or report.held_back.utterances >= _MOST:
        return learnt
    return (
        f"{learnt} {report.held_back.utterances} were held back: few, so the intervals are wide. "
        "Record more to be surer."
    )


def _offer_use(report: TeachingReport, registry: Registry) -> None:
    in_use = registry.latest_version()
    if in_use == report.version:
        st.success("The new one is in use now.", icon=":material/check:")
        previous = registry.previous_version()
        if previous is not None and st.button(f"Go back to {previous}", icon=":material/undo:"):
            registry.rollback()
            st.rerun()
    elif st.button("Use the new one", type="primary", icon=":material/rocket_launch:"):
        registry.promote(report.version)
        st.rerun()
