from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from slu.errors import DataError
    from slu.ui.page import errors_shown

    with errors_shown():
        raise DataError("the table is damaged; mend it")
    with errors_shown():
        raise PermissionError(13, "Permission denied", "/data/metadata.csv")
    with errors_shown():
        raise TimeoutError("the lock is held")
    st.text("the page goes on")


def test_errors_are_sentences_and_the_page_goes_on() -> None:
    app = AppTest.from_function(script).run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "The table is damaged; mend it.",
        "/data/metadata.csv: Permission denied; check its permissions and the free space.",
        "A file: the lock is held; check its permissions and the free space.",
    ]
    assert app.text[0].value == "the page goes on"
