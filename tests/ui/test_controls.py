from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from slu.config import AugmentConfig, Config, PreprocessConfig, Range, TrainConfig
from slu.ui.config_form import leaves
from slu.ui.controls import Widget, from_widget, label, notes, slider_scale, to_widget, widget_of


class Codec(StrEnum):
    GSM = "gsm"


class Fields(Config):
    """A section with a field of every kind."""

    on: bool = True
    """Whether."""
    mode: Literal["a", "b"] = "a"
    codec: Codec = Codec.GSM
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    count: Annotated[int, Field(ge=0, le=1000)] = 5
    open_ended: Annotated[float, Field(ge=0)] = 1.0
    names: tuple[str, ...] = ("x",)
    free: Range = (0.0, 1.0)
    power_floor: float = 1e-10


def page() -> None:
    import streamlit as st

    from slu.errors import ConfigError
    from slu.ui.config_form import ConfigForm
    from tests.ui.test_controls import Fields

    form = ConfigForm("g", Fields())
    form.begin()
    form.show(Fields)
    try:
        st.session_state["config"] = form.config()
    except ConfigError as error:
        st.session_state["problem"] = str(error)


@pytest.mark.parametrize(
    ("name", "widget"),
    [
        ("on", Widget.TOGGLE),
        ("mode", Widget.CHOICE),
        ("codec", Widget.CHOICE),
        ("share", Widget.SLIDER),
        ("count", Widget.SLIDER),
        ("open_ended", Widget.NUMBER),
        ("names", Widget.TEXT),
        ("free", Widget.TEXT),
        ("power_floor", Widget.STEPS),
    ],
)
def test_a_field_gets_the_widget_of_its_type(name: str, widget: Widget) -> None:
    assert widget_of(name, Fields.model_fields[name]) is widget


@pytest.mark.parametrize("config", [PreprocessConfig(), AugmentConfig(), TrainConfig(), Fields()])
def test_a_value_comes_back_from_its_widget(config: Config) -> None:
    for key, name, owner, value in leaves(config):
        field = type(owner).model_fields[name]
        held = to_widget(name, field, value)
        plain = owner.model_dump(mode="json")[name]
        read = from_widget(name, field, held)
        assert (list(read) if isinstance(read, tuple) else read) == plain, key


def test_every_strength_of_the_augmentations_has_a_slider() -> None:
    augment = AugmentConfig()
    without = [
        key
        for key, name, owner, value in leaves(augment)
        if isinstance(value, float | tuple)
        if widget_of(name, type(owner).model_fields[name]) is not Widget.SLIDER
    ]
    assert without == []


def test_the_limits_of_a_slider_come_from_the_configuration() -> None:
    noise = type(AugmentConfig().noise).model_fields
    assert slider_scale("snr_db", noise["snr_db"]) == (-40.0, 100.0, 1.0)
    assert slider_scale("count", Fields.model_fields["count"]) == (0, 1000, 10.0)
    assert slider_scale("open_ended", Fields.model_fields["open_ended"]) is None


def test_steps_of_a_slider_do_not_add_up_to_noise() -> None:
    share = Fields.model_fields["share"]
    assert from_widget("share", share, 0.15000000000000002) == 0.15
    assert from_widget("free", Fields.model_fields["free"], "[0.1, 0.2]") == [0.1, 0.2]
    assert from_widget("power_floor", Fields.model_fields["power_floor"], 1e-10) == 1e-10


def test_every_widget_is_drawn_and_gives_its_value() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.session_state["config"] == Fields()
    app.number_input(key="g.open_ended").set_value(2.5)
    app.text_input(key="g.names").set_value("[a, b]")
    app.selectbox(key="g.mode").set_value("b")
    app.run()
    assert not app.exception
    assert app.session_state["config"] == Fields(open_ended=2.5, names=("a", "b"), mode="b")
    app.text_input(key="g.names").set_value("[a")
    app.run()
    assert app.session_state["problem"] == "names = '[a': must be a list, as in [a, b]"


def test_text_that_cannot_be_read_is_left_to_the_check() -> None:
    assert from_widget("names", Fields.model_fields["names"], "[x") == "[x"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trim_db", "Trim (dB)"),
        ("t60_s", "T60 (s)"),
        ("cutoff_hz", "Cutoff (Hz)"),
        ("n_mels", "Mel bins"),
        ("normalise", "Normalise"),
        ("s", "S"),
    ],
)
def test_fields_are_called_in_words_with_units(name: str, text: str) -> None:
    assert label(name) == text


def test_notes_are_the_docstrings_of_the_fields() -> None:
    assert notes(Fields) == {"on": "Whether."}
    assert "Above 1" in notes(type(AugmentConfig().speed))["factor"]
