"""The tab of the Data page in which recordings are labelled."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from slu.data.feedback import read_feedback
from tests.ui.harness import ROOT, spoken_order


def open_tab() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.session_state["data tab"] = "Label next"
    app.switch_page("pages/1_Data.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.info, *app.markdown, *app.caption))


def test_without_recordings_it_says_where_to_put_them(project: Path) -> None:
    assert "data/unlabelled" in texts(open_tab())


def test_without_a_model_it_says_so(empty_project: Path) -> None:
    assert "No model is in use" in open_tab().error[0].value


def test_a_recording_is_labelled_and_leaves_the_list(project: Path) -> None:
    folder = project / "data/unlabelled"
    folder.mkdir(parents=True)
    for product in ("kopi", "beras"):
        content = spoken_order({"product": product, "quantity": "3"})
        (folder / f"{product}.wav").write_bytes(content)
    app = open_tab()
    assert "2 recordings wait" in texts(app)
    guessed = [box.value for box in app.selectbox][:2]
    assert guessed[0] in ("kopi", "beras")
    app.selectbox[0].set_value("gula")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    (kept,) = read_feedback(project / "logs/feedback.jsonl").values()
    assert dict(kept.labels) == {"product": "gula", "quantity": guessed[1]}
    assert "1 recordings wait" in texts(app) or "1 recording waits" in texts(app)


def test_the_order_can_be_chosen(project: Path) -> None:
    folder = project / "data/unlabelled"
    folder.mkdir(parents=True)
    (folder / "1.wav").write_bytes(spoken_order({"product": "kopi", "quantity": "3"}))
    app = open_tab()
    app.button_group(key="label order").set_value("Most unlike the training set").run()
    assert not app.exception
    assert app.session_state["label order"] == "Most unlike the training set"
    assert "of the training set" in texts(app)
