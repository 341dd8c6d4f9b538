"""The search space: which settings are varied, and how far; with controls or as text."""

from typing import Any

import streamlit as st

from slu.config.draft import read_draft
from slu.config.tune import CategoricalKnob, FloatKnob, IntKnob, Knob, TuneConfig
from slu.config.yaml_text import format_yaml
from slu.errors import ConfigError
from slu.ui.language import mark, tr
from slu.ui.sentences import translated
from slu.ui.tune import setting_label

_METRICS = {"joint_accuracy": mark("most clips right"), "loss": mark("the least loss")}
_YAML_HEIGHT = 480
_N_LOG_STEPS = 24
_IN_A_ROW = 3
_SHARED: dict[str, Any] = {"persist_state": "session"}


def choose_space(standard: TuneConfig, key: str) -> TuneConfig | None:
    """Controls for what is varied; none while something is wrong, which is then shown in words.

    Args:
        standard: what the controls begin with; ranges can be narrowed within these.
        key: of the widgets; another one begins anew.
    """
    controls = st.container(border=True)
    as_text = st.toggle(
        tr("Edit the whole search as text (YAML)"), key=f"tune as text {key}",
        help=tr("For wider ranges, other settings, and how the search begins."), **_SHARED,
    )  # fmt: skip
    with controls:
        chosen = _controls(standard, key, is_off=as_text)
    if as_text:
        return _written(chosen or standard, key)
    if chosen is None:
        st.error(tr("Nothing is varied: choose at least one setting."), icon=":material/error:")
    return chosen


def _controls(standard: TuneConfig, key: str, is_off: bool) -> TuneConfig | None:
    left, right = st.columns([3, 1])
    keys = left.pills(
        tr("What is varied"), list(standard.space), default=list(standard.space),
        selection_mode="multi", format_func=setting_label, wrap=True, key=f"tune varied {key}",
        disabled=is_off, help=tr("The others stay as they are where the study starts from."),
        **_SHARED,
    )  # fmt: skip
    metric = right.selectbox(
        tr("Look for"), [*_METRICS], [*_METRICS].index(standard.metric),
        format_func=lambda metric: tr(_METRICS[metric]), key=f"tune metric {key}",
        disabled=is_off, help=tr("On the validation clips, after each epoch."), **_SHARED,
    )  # fmt: skip
    with st.expander(tr("How far each is varied"), icon=":material/tune:"):
        space = {}
        # In the order of the file, whatever was chosen first.
        keys = [name for name in standard.space if name in keys]
        for start in range(0, len(keys), _IN_A_ROW):
            row = keys[start : start + _IN_A_ROW]
            for column, name in zip(st.columns(_IN_A_ROW), row, strict=False):
                with column:
                    space[name] = _range(name, standard.space[name], key, is_off)
    if not all(space.values()) or not space:
        return None
    return standard.model_copy(update={"space": space, "metric": metric})


def _range(name: str, knob: Knob, key: str, is_off: bool) -> Knob | None:
    """The control of one setting; none while it leaves nothing to vary."""
    options: dict[str, Any] = {
        "label": setting_label(name),
        "key": f"tune range {name} {key}",
        "help": f"`{name}`",
        "disabled": is_off,
        **_SHARED,
    }
    if isinstance(knob, CategoricalKnob):
        return _choices(knob, options)
    low, high = _bounds(knob, options)
    if low == high:
        st.caption(tr(":red[Both ends are the same: leave it out, or widen it.]"))
        return None
    return knob.model_copy(update={"low": low, "high": high})


def _choices(knob: CategoricalKnob, options: dict[str, Any]) -> Knob | None:
    places = range(len(knob.choices))
    chosen = st.multiselect(
        options=places, default=places, format_func=lambda i: str(knob.choices[i]), **options
    )
    if len(chosen) <= 1:
        st.caption(tr(":red[Choose two or more, or leave it out.]"))
        return None
    return knob.model_copy(update={"choices": tuple(knob.choices[i] for i in sorted(chosen))})


def _bounds(knob: FloatKnob | IntKnob, options: dict[str, Any]) -> tuple[float, float]:
    ends = (knob.low, knob.high)
    if knob.log:
        low, high = st.select_slider(
            options=_log_steps(knob), value=ends, format_func="{:.2g}".format, **options
        )
        return low, high
    if isinstance(knob, IntKnob):
        return st.slider(min_value=knob.low, max_value=knob.high, value=ends, step=knob.step,
                         **options)  # fmt: skip
    step = knob.step or (knob.high - knob.low) / 100
    return st.slider(min_value=knob.low, max_value=knob.high, value=ends, step=step, **options)


def _log_steps(knob: FloatKnob | IntKnob) -> list[float]:
    """From the lowest to the highest by equal factors, to three digits."""
    ratio = knob.high / knob.low
    between = [knob.low * ratio ** (i / _N_LOG_STEPS) for i in range(1, _N_LOG_STEPS)]
    rounded = (float(f"{value:.3g}") for value in between)
    if isinstance(knob, IntKnob):
        return sorted({knob.low, *(round(value) for value in rounded), knob.high})
    return sorted({knob.low, *rounded, knob.high})


def _written(begin: TuneConfig, key: str) -> TuneConfig | None:
    text = st.text_area(
        tr("The search"), format_yaml(begin.model_dump(mode="json")), _YAML_HEIGHT,
        key=f"tune text {begin.fingerprint()} {key}", **_SHARED,
        help=tr(
            "Checked when you click elsewhere or press Ctrl+Enter. Keys of the space begin with "
            "model. or train.; kinds are float and int (low, high; log or step) and categorical "
            "(choices)."
        ),
    )  # fmt: skip
    try:
        return read_draft(TuneConfig, text)
    except ConfigError as error:
        show_space_problems(error)
        return None


def show_space_problems(error: ConfigError) -> None:
    """What is wrong, a line each."""
    lines = translated(str(error)).splitlines()
    st.error("\n".join(f"- {line}" for line in lines), icon=":material/error:")
