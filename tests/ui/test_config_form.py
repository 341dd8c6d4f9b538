"""Forms of configurations, drawn by a page of their own."""

import pytest
from streamlit.testing.v1 import AppTest

from slu.config import FramingConfig, PreprocessConfig, SpeechEmbeddingConfig
from tests.ui.driving import run


def page() -> None:
    import streamlit as st

    from slu.config import FramingConfig, PreprocessConfig
    from slu.errors import ConfigError
    from slu.ui.config_form import ConfigForm

    form = ConfigForm("f", PreprocessConfig.model_validate(st.session_state["saved"]))
    form.begin()
    form.show(FramingConfig, "framing.")
    form.show(*form.choose_kind("front_end", "Front end"))
    form.show(PreprocessConfig, fields=["sample_rate", "min_duration_s", "max_duration_s"])
    st.session_state["always"] = form.config_or_saved()
    st.button("Standard", on_click=form.adopt, args=(PreprocessConfig(),))
    try:
        st.session_state["config"] = form.config()
    except ConfigError as error:
        form.show_problems(error)


@pytest.fixture
def saved() -> PreprocessConfig:
    # A value beyond the slider's usual reach, and others that lie on no step of it.
    return PreprocessConfig(framing=FramingConfig(pad_s=3.21, trim_db=33.3), max_duration_s=7.77)


@pytest.fixture
def form(saved: PreprocessConfig) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["saved"] = saved.model_dump()
    return run(app)


def test_shows_exactly_what_is_saved(form: AppTest, saved: PreprocessConfig) -> None:
    assert form.session_state["config"] == saved
    assert form.slider(key="f.framing.pad_s").value == 3.21


def test_takes_what_is_chosen(form: AppTest, saved: PreprocessConfig) -> None:
    form.slider(key="f.framing.trim_db").set_value(40.0)
    run(form)
    framing = saved.framing.model_copy(update={"trim_db": 40.0})
    assert form.session_state["config"] == saved.model_copy(update={"framing": framing})


def test_says_what_is_wrong_in_the_words_of_the_screen(
    form: AppTest, saved: PreprocessConfig
) -> None:
    form.slider(key="f.front_end.log_mel.f_max_hz").set_value(9000.0)
    run(form)
    assert form.error[0].value == (
        "“Highest frequency (Hz)” (9000) must not be above half of “Sample rate (Hz)” (8000)"
    )
    assert form.session_state["always"] == saved


def test_another_kind_of_section_keeps_the_values_of_both(form: AppTest) -> None:
    form.slider(key="f.front_end.log_mel.n_mels").set_value(40)
    run(form)
    form.selectbox(key="f.front_end.name").set_value("speech_embedding")
    run(form)
    assert form.session_state["config"].front_end == SpeechEmbeddingConfig()
    assert not [slider for slider in form.slider if slider.label == "Mel bins"]
    form.selectbox(key="f.front_end.name").set_value("log_mel")
    run(form)
    assert form.session_state["config"].front_end.n_mels == 40


def test_goes_back_to_the_standard(form: AppTest) -> None:
    form.button[0].click()
    run(form)
    assert form.session_state["config"] == PreprocessConfig()


def test_follows_a_file_that_changed(form: AppTest) -> None:
    form.slider(key="f.framing.trim_db").set_value(40.0)
    run(form)
    form.session_state["saved"] = PreprocessConfig().model_dump()
    run(form)
    assert form.session_state["config"] == PreprocessConfig()
