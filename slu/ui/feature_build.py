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
from slu.ui.preprocess import CONFIG_PATH, checked, save

_METADATA_PATH = Path("data/processed/metadata.csv")
_JOB = {"does": "features"}
_MOST_NAMED = 4


def show_build(form: ConfigForm[PreprocessConfig], settings: Settings) -> None:
    """What building would do, the button, and the job that was started last."""
    st.info(
        "Models that are trained already keep working with the settings that they were trained "
        "with. New trainings read the features that were built last.",
        icon=":material/info:",
    )
    config = checked(form)
    metadata_path = settings.project_root / _METADATA_PATH
    if not metadata_path.exists():
        st.info(
            "There are no clips yet. Make, record or upload some on the page Data; then build "
            "their features here.",
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
        return (
            f"**{plan.n_missing:,} of {plan.n_utterances:,} clips** have no features for these "
            "settings. Building computes them in the background."
        )
    return (
        f"**All {plan.n_utterances:,} clips** have features for these settings. Building only "
        "writes the table that training reads."
    )


def _in_use(plan: FeaturePlan, config: PreprocessConfig) -> str:
    if plan.in_use is None:
        return "No features were built so far; no model can be trained before they are."
    if plan.in_use != config:
        return (
            "The features that were built last have **other settings**, and training reads them "
            f"until you build these. {_differences(plan.in_use, config)}"
        )
    if plan.is_up_to_date:
        return "The features that training reads now have these settings."
    return (
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
        st.caption("The settings are changed, and not saved yet.")
    if st.button(
        "Save the settings and build features" if changed else "Build features",
        type="primary", icon=":material/construction:", disabled=is_running,
        help=f"Computes the features of {plan.n_missing:,} clips",
    ):  # fmt: skip
        if changed:
            save(config, settings)
        start_job(
            ("preprocess", "--metadata", str(_METADATA_PATH), "--config", str(CONFIG_PATH)),
            "Building features",
            **_JOB,
        )
        st.rerun()


def _differences(built: PreprocessConfig, config: PreprocessConfig) -> str:
    """What was built otherwise, in a few words."""
    wanted = {key: value for key, _, _, value in leaves(config)}
    texts = [
        f"{label(name)}: {value} instead of {wanted[key]}"
        for key, name, _, value in leaves(built)
        if key in wanted and wanted[key] != value
    ]
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return f"Theirs are {'; '.join(texts[:_MOST_NAMED])}{more}."


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
