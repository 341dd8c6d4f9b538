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
from slu.ui.language import mark, tr, trn
from slu.ui.markdown import plain
from slu.ui.page import errors_shown

_JOB = {"page": "data", "kind": "teach"}
_FEWEST, _MOST = 10, 50
_MOST_NAMED = 6
# A difference that chance makes less often than this counts.
_CHANCE = 0.05
# Whether it understands better, and whether that is sure -> what is told.
_CHANGES = {
    (True, True): mark("It understands you better than before"),
    (False, True): mark("It understands you less well than before"),
    (True, False): mark("It seems to understand you better than before, though that may be chance"),
    (False, False): mark(
        "It seems to understand you less well than before, though that may be chance"
    ),
}


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
    st.subheader(tr("Teach it your voice"), anchor=False)
    registry = workflows.open_registry(get_settings())
    in_use = registry.latest_version()
    if in_use is None:
        st.info(
            tr("Train a model first; then it can learn your voice here."), icon=":material/flag:"
        )
        return
    labels = registry.config(registry.get(in_use))["labels"]
    readiness = _readiness(recordings.read(), labels)
    st.markdown(f"{_promise(in_use)}\n\n{_state(readiness)}")
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


def _promise(in_use: str) -> str:
    return tr(
        "A minute of listening makes a version of **{version}** that knows the voices recorded "
        "here, and still remembers all others.",
        version=plain(in_use),
    )


def _state(readiness: _Readiness) -> str:
    if readiness.unknown:
        return tr(
            "It does not know {labels}, which you recorded: **train a new model** on your "
            "catalogue first.",
            labels=_named(readiness.unknown),
        )
    recorded = _recorded(readiness)
    if not readiness.is_enough:
        return f"{_wanted(recorded, readiness)}{_lacking(readiness)}"
    if readiness.n_recorded >= _MOST:
        return tr("{recorded}: enough to begin.", recorded=recorded)
    return tr("{recorded}: enough to begin; more make it surer.", recorded=recorded)


def _recorded(readiness: _Readiness) -> str:
    count, n_speakers = readiness.n_recorded, readiness.n_speakers
    if n_speakers < 2:
        return trn("**{n} phrase** is recorded", "**{n:,} phrases** are recorded", count)
    return tr(
        "**{count:,} phrases** are recorded by {people} people", count=count, people=n_speakers
    )


def _wanted(recorded: str, readiness: _Readiness) -> str:
    return tr(
        "{recorded}; it needs {fewest} to {most}, with each word at least {times} times.",
        recorded=recorded,
        fewest=_FEWEST,
        most=_MOST,
        times=readiness.needed,
    )


def _lacking(readiness: _Readiness) -> str:
    if not readiness.lacking:
        return ""
    return " " + tr("Still to be said: {labels}.", labels=_named(readiness.lacking))


def _named(labels: list[str]) -> str:
    named = ", ".join(f"“{plain(label)}”" for label in labels[:_MOST_NAMED])
    n_more = len(labels) - _MOST_NAMED
    return tr("{labels} and {count} more", labels=named, count=n_more) if n_more > 0 else named


def _offer_lesson(readiness: _Readiness, recordings: Recordings) -> None:
    if st.button(
        tr("Teach it"), type="primary", icon=":material/school:",
        disabled=not readiness.is_enough or is_data_job_live(),
        help=tr(
            "Some phrases are held back and never learnt from, to see honestly what it brought"
        ),
    ):  # fmt: skip
        version = f"voice-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        folder = recordings.folder.relative_to(get_settings().project_root).as_posix()
        start_job(
            ("adapt", "--recordings", folder, "--set", f"adapt.run_name={version}"),
            tr("Learning your voice"),
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
            _show_shares(left, tr("Your phrases that it did not learn from"), report.held_back)
        _show_shares(right, tr("Other voices, from your corpus"), report.corpus)
        st.caption(_how_sure(report))
        _offer_use(report, registry)


def _show_shares(place: Any, title: str, found: BeforeAfter) -> None:
    before, after = (round(share.value * found.utterances) for share in (found.before, found.after))
    with place:
        st.metric(
            title,
            tr("{count:,} of {all:,} understood", count=after, all=found.utterances),
            f"{after - before:+,}" if after != before else tr("as before"),
            delta_color="normal" if after != before else "off",
        )
        st.caption(
            tr(
                "Before: {before.value:.0%} (95 % interval {before.low:.0%} to {before.high:.0%}). "
                "Now: {now.value:.0%} ({now.low:.0%} to {now.high:.0%}).",
                before=found.before,
                now=found.after,
            )
        )


def _verdict(report: TeachingReport) -> str:
    """Old and new in one sentence."""
    about_you, found = _about_you(report.held_back), report.corpus.comparison
    if found.p_value >= _CHANCE:
        return tr("{about_you}, and others as well as before.", about_you=about_you)
    if found.difference.value > 0:
        return tr("{about_you}, and others better too.", about_you=about_you)
    return tr("{about_you}, but others less well.", about_you=about_you)


def _about_you(held_back: BeforeAfter | None) -> str:
    if held_back is None:
        return tr("All phrases were learnt from, so that nothing tells how much it brought")
    found = held_back.comparison
    is_better, is_sure = found.difference.value > 0, found.p_value < _CHANCE
    if found.difference.value == 0:
        return tr("It understands you as well as before")
    return tr(_CHANGES[is_better, is_sure])


def _how_sure(report: TeachingReport) -> str:
    learnt = tr("It learnt from {count:,} phrases.", count=report.recordings)
    if report.held_back is None or report.held_back.utterances >= _MOST:
        return learnt
    held_back = tr(
        "{count} were held back: few, so the intervals are wide. Record more to be surer.",
        count=report.held_back.utterances,
    )
    return f"{learnt} {held_back}"


def _offer_use(report: TeachingReport, registry: Registry) -> None:
    in_use = registry.latest_version()
    if in_use == report.version:
        st.success(tr("The new one is in use now."), icon=":material/check:")
        previous = registry.previous_version()
        if previous is not None and st.button(
            tr("Go back to {version}", version=previous), icon=":material/undo:"
        ):
            registry.rollback()
            st.rerun()
    elif st.button(tr("Use the new one"), type="primary", icon=":material/rocket_launch:"):
        registry.promote(report.version)
        st.rerun()
