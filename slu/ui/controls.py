"""Controls for the fields of a configuration: which one, how far it goes, what it is called."""

import ast
import inspect
import math
import textwrap
from enum import Enum, StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

import numpy as np
import streamlit as st
import yaml
from pydantic import AfterValidator, TypeAdapter
from pydantic.fields import FieldInfo

from slu.config import Config
from slu.config.augment import Within
from slu.config.yaml_text import format_inline, parse_yaml
from slu.ui.language import tr

Scale = tuple[float, float, float]
"""Lowest value, highest value and step of a slider."""

_UNITS = {"s": "s", "db": "dB", "hz": "Hz", "ms": "ms", "kbps": "kbit/s"}
# Where the words of the field itself would not do.
_LABELS = {
    "n_fft": "Fourier transform (points)",
    "win_length": "Window (samples)",
    "hop_length": "Hop (samples)",
    "n_mels": "Mel bins",
    "f_min_hz": "Lowest frequency (Hz)",
    "f_max_hz": "Highest frequency (Hz)",
    "keep_s": "Keep around the speech (s)",
    "pad_s": "Noise before and after (s)",
    "noise_db": "Level of that noise (dB)",
    "snr_db": "Signal-to-noise ratio (dB)",
    "sample_rate": "Sample rate (Hz)",
    "seconds": "Shift (s)",
    "peak": "Loudest sample",
    "min_duration_s": "Shortest recording (s)",
    "max_duration_s": "Longest recording (s)",
    "d_model": "Model width",
    "n_layers": "Transformer blocks",
    "stack": "Stacked frames",
    "name": "Kind",
    "enable": "Alter the clips in training",
    "spec_augment": "Masks",
}
# What is of use, where the limits of a field are far wider: lowest, highest, step.
_USUAL: dict[str, Scale] = {
    "trim_db": (5.0, 80.0, 1.0),
    "keep_s": (0.0, 0.5, 0.01),
    "pad_s": (0.0, 1.0, 0.01),
    "win_length": (80, 2048, 8),
    "hop_length": (40, 800, 8),
    "n_mels": (8, 128, 4),
    "f_min_hz": (0.0, 1000.0, 10.0),
    "f_max_hz": (1000.0, 12000.0, 100.0),
    "min_duration_s": (0.01, 2.0, 0.01),
    "seconds": (-1.0, 1.0, 0.01),
    "time_width": (0, 100, 1),
    "variants": (0, 16, 1),
}
_OPTIONS: dict[str, tuple[float, ...]] = {
    "sample_rate": (8000, 16000, 22050, 24000, 32000, 44100, 48000),
    "n_fft": (128, 256, 512, 1024, 2048, 4096),
    "power_floor": tuple(
        float(f"{digit}e{power}") for power in range(-10, 0) for digit in (1, 2, 3, 5)
    ),
}


class Widget(StrEnum):
    """What a field is chosen with."""

    TOGGLE = "toggle"
    CHOICE = "choice"
    STEPS = "steps"
    SLIDER = "slider"
    NUMBER = "number"
    TEXT = "text"


def widget_of(name: str, field: FieldInfo) -> Widget:
    """The widget that suits the type and the limits of a field."""
    if field.annotation is bool:
        return Widget.TOGGLE
    if _choices(field):
        return Widget.CHOICE
    if name in _OPTIONS:
        return Widget.STEPS
    if slider_scale(name, field) is not None:
        return Widget.SLIDER
    return Widget.NUMBER if field.annotation in (int, float) else Widget.TEXT


def show_control(kind: type[Config], name: str, key: str, saved: Any) -> None:
    """Draw the control of one field; its value is in the session under `key`.

    Args:
        kind: the section that has the field.
        name: the field.
        key: of the widget; the session must hold its value (see `to_widget`).
        saved: the value in the file, which must be within reach.
    """
    field, note = kind.model_fields[name], notes(kind).get(name)
    options: dict[str, Any] = {
        "label": tr(label(name)),
        "key": key,
        "help": note and tr(note),
        "persist_state": "session",
    }
    match widget_of(name, field):
        case Widget.TOGGLE:
            st.toggle(**options)
        case Widget.CHOICE:
            st.selectbox(options=_choices(field), **options)
        case Widget.STEPS:
            steps = sorted({*_OPTIONS[name], field.default, saved})
            st.select_slider(options=steps, format_func="{:g}".format, **options)
        case Widget.SLIDER:
            _show_slider(name, field, saved, options)
        case Widget.NUMBER:
            # Only the check of the configuration knows whether a limit itself is allowed.
            st.number_input(step=1 if field.annotation is int else 0.1, **options)
        case Widget.TEXT:
            st.text_input(**options)


def to_widget(name: str, field: FieldInfo, value: Any) -> Any:
    """A value of a configuration as the field's widget holds it."""
    if widget_of(name, field) is Widget.TEXT:
        return format_inline(TypeAdapter(Any).dump_python(value, mode="json"))
    return value


def from_widget(name: str, field: FieldInfo, value: Any) -> Any:
    """What a widget holds as a value for the configuration, which has still to check it."""
    match widget_of(name, field):
        case Widget.TEXT:
            return _parsed(value)
        case Widget.SLIDER:
            return [_tidy(bound) for bound in value] if isinstance(value, tuple) else _tidy(value)
        case _:
            return value


def label(name: str) -> str:
    """What a field is called on the screen: `trim_db` is `Trim (dB)`."""
    words = name.split("_")
    if name in _LABELS:
        return _LABELS[name]
    if len(words) > 1 and words[-1] in _UNITS:
        return f"{' '.join(words[:-1]).capitalize()} ({_UNITS[words[-1]]})"
    return " ".join(words).capitalize()


def summary(kind: type[Config]) -> str:
    """What a section is, in a line."""
    return str(inspect.getdoc(kind)).partition("\n")[0]


@lru_cache(maxsize=64)
def notes(kind: type[Config]) -> dict[str, str]:
    """What stands below the fields of a configuration as docstrings; field -> text."""
    section = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    return {
        statement.target.id: " ".join(str(note.value.value).split())
        for statement, note in pairwise(getattr(section, "body", ()))
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant)
    }


def slider_scale(name: str, field: FieldInfo) -> Scale | None:
    """How far the slider of a number or of a range goes; none where no limits are known."""
    if name in _USUAL:
        return _USUAL[name]
    low, high = _bounds(field)
    if low is None or high is None:
        return None
    step = 10.0 ** math.floor(math.log10((high - low) / 100))
    return low, high, max(1.0, step) if field.annotation is int else step


def _choices(field: FieldInfo) -> list[Any]:
    """What a field of a few named values may be; empty for any other field."""
    if get_origin(field.annotation) is Literal:
        return list(get_args(field.annotation))
    if isinstance(field.annotation, type) and issubclass(field.annotation, Enum):
        return list(field.annotation)
    return []


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for limit in field.metadata:
        if isinstance(limit, AfterValidator) and isinstance(limit.func, Within):
            return limit.func.low, limit.func.high
        low = getattr(limit, "ge", getattr(limit, "gt", low))
        high = getattr(limit, "le", getattr(limit, "lt", high))
    return low, high


def _show_slider(name: str, field: FieldInfo, saved: Any, options: dict[str, Any]) -> None:
    low, high, step = slider_scale(name, field) or (0.0, 1.0, 0.1)
    reach = [*np.ravel(saved), *np.ravel(field.default)]
    number = int if field.annotation is int else float
    st.slider(
        min_value=number(min(low, *reach)),
        max_value=number(max(high, *reach)),
        step=number(step),
        format="%d" if number is int or step >= 1 else f"%.{round(-math.log10(step))}f",
        **options,
    )


def _tidy(value: float) -> float:
    """A number without what steps add up to, such as 0.15000000000000002."""
    return value if isinstance(value, int) else float(f"{value:.12g}")


def _parsed(text: str) -> Any:
    try:
        return parse_yaml(text)
    except yaml.YAMLError:
        return text  # which the check of the configuration will refuse in words
