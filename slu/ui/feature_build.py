"""Features for all clips: what is missing, and the job that computes it."""

from pathlib import Path

import streamlit as st

from slu import workflows
from slu.config import PreprocessConfig
from slu.data.preprocess import FeaturePlan
from slu.settings import Settings
from slu.ui.config_form import ConfigForm, leaves
from slu.ui.controls import label
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.language import tr
from slu.ui.preprocess import CONFIG_PATH, checked, save

_METADATA_PATH = Path("data/processed/metadata.csv")
_JOB = {"does": "features"}
_MOST_NAMED = 4


def show_build(form: ConfigForm[PreprocessConfig], settings: Settings) -> None:
    """What building would do, the button, and the job that was started last."""
    st.info(
        tr(
            "Models that are trained already keep working with the settings that they were "
            "trained with. New trainings read the features that were built last."
        ),
        icon=":material/info:",
    )
    config = checked(form)
    metadata_path = settings.project_root / _METADATA_PATH
    if not metadata_path.exists():
        st.info(
            tr(
                "There are no clips yet. Make, record or upload some on the page Data; then build "
                "their features here."
            ),
            icon=":material/library_music:",
        )
    elif config is not None:
        plan = _plan(metadata_path, config, settings)
        st.markdown(f"{_work(plan)}\n\n{_in_use(plan, config)}")
        _show_button(plan, form, config, settings)
    job = latest_job(**_JOB)
    if job is not None:
        show_job(job.id)


def _work(plan: FeaturePlan) -> str:
    if plan.n_missing:
        return tr(
            "**{missing:,} of {total:,} clips** have no features for these settings. Building "
            "computes them in the background.",
            missing=plan.n_missing, total=plan.n_utterances,
        )  # fmt: skip
    return tr(
        "**All {total:,} clips** have features for these settings. Building only writes the table "
        "that training reads.",
        total=plan.n_utterances,
    )


def _in_use(plan: FeaturePlan, config: PreprocessConfig) -> str:
    if plan.in_use is None:
        return tr("No features were built so far; no model can be trained before they are.")
    if plan.in_use != config:
        reads = tr(
            "The features that were built last have **other settings**, and training reads them "
            "until you build these."
        )
        return f"{reads} {_differences(plan.in_use, config)}"
    if plan.is_up_to_date:
        return tr("The features that training reads now have these settings.")
    return tr(
        "The features that training reads now have these settings, but your clips changed "
        "since: **build again**."
    )


def _show_button(
    plan: FeaturePlan,
    form: ConfigForm[PreprocessConfig],
    config: PreprocessConfig,
    settings: Settings,
) -> None:
    changed = config != form.saved
    job = latest_job(**_JOB)
    is_running = job is not None and not job.status.is_final
    if changed:
        st.caption(tr("The settings are changed, and not saved yet."))
    if st.button(
        tr("Save the settings and build features") if changed else tr("Build features"),
        type="primary", icon=":material/construction:", disabled=is_running,
        help=tr("Computes the features of {count:,} clips", count=plan.n_missing),
    ):  # fmt: skip
        if changed:
            save(config, settings)
        start_job(
            ("preprocess", "--metadata", str(_METADATA_PATH), "--config", str(CONFIG_PATH)),
            tr("Building features"),
            **_JOB,
        )
        st.rerun()


def _differences(built: PreprocessConfig, config: PreprocessConfig) -> str:
    """What was built otherwise, in a few words."""
    wanted = {key: value for key, _, _, value in leaves(config)}
    texts = [
        tr(
            "{setting}: {built} instead of {wanted}",
            setting=tr(label(name)),
            built=value,
            wanted=wanted[key],
        )
        for key, name, _, value in leaves(built)
        if key in wanted and wanted[key] != value
    ]
    named = "; ".join(texts[:_MOST_NAMED])
    if len(texts) > _MOST_NAMED:
        return tr("Theirs are {named} and {n} more.", named=named, n=len(texts) - _MOST_NAMED)
    return tr("Theirs are {named}.", named=named)


def _plan(metadata_path: Path, config: PreprocessConfig, settings: Settings) -> FeaturePlan:
    features = [metadata_path.parent, *(settings.data_dir / "features").glob("*")]
    stamp = tuple(path.stat().st_mtime_ns for path in (metadata_path, *sorted(features)))
    return _read_plan(metadata_path, config.fingerprint(), stamp, config, settings)


@st.cache_data(max_entries=8, show_spinner=False)
def _read_plan(
    metadata_path: Path, fingerprint: str, stamp: tuple[int, ...],
    _config: PreprocessConfig, _settings: Settings,
) -> FeaturePlan:  # fmt: skip
    return workflows.plan_features(metadata_path, _config, _settings)
