"""The tab "Live" of the Predict page, driven without a browser: a double streams the sound."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from slu.audio.decode import decode
from slu.live.connection import SLOW_AFTER_S
from slu.settings import get_settings
from slu.ui import live
from tests.live.browser_sound import BROWSER_RATE, browser_frames
from tests.ui.harness import ROOT, spoken_order

PREDICT = str(ROOT / "pages" / "7_Predict.py")
TAB = "ways to be heard"


class Microphone:
    """Stands in for streamlit-webrtc; a test says what the browser does."""

    def __init__(self) -> None:
        self.is_signalling = False
        self.is_playing = False
        self.arguments: dict[str, Any] = {}
        self.hear: Callable[[av.AudioFrame], None] | None = None
        self.end: Callable[[], None] | None = None

    def streamer(self, key: str, **arguments: Any) -> SimpleNamespace:
        self.arguments = arguments
        state = SimpleNamespace(signalling=self.is_signalling, playing=self.is_playing)
        return SimpleNamespace(state=state)

    def sink(
        self, hear: Callable[[av.AudioFrame], None], key: str, on_ended: Callable[[], None]
    ) -> object:
        self.hear, self.end = hear, on_ended
        return object()


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> Microphone:
    double = Microphone()
    monkeypatch.setattr(live, "webrtc_streamer", double.streamer)
    monkeypatch.setattr(live, "create_audio_sink_track", double.sink)
    return double


def open_live() -> AppTest:
    app = AppTest.from_file(PREDICT, default_timeout=120)
    app.session_state[TAB] = "Live"
    return rerun(app)


def rerun(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def say(app: AppTest, microphone: Microphone, product: str, quantity: str) -> None:
    """Speak an order to the page, wait for the answer, and look at the page again."""
    order = decode(spoken_order({"product": product, "quantity": quantity}), BROWSER_RATE)
    pause = np.zeros(BROWSER_RATE, np.float32)
    session = app.session_state["live desk"].session
    assert microphone.hear is not None
    assert microphone.end is not None
    for frame in browser_frames(np.concatenate([pause, order, pause])):
        microphone.hear(frame)
        while len(session._frames) > 50:
            time.sleep(0.001)
    microphone.end()
    assert session.wait_until_off(60)
    rerun(app)


def lines(app: AppTest) -> list[str]:
    return [m.value.strip("*") for m in app.markdown if m.value.startswith("**")]


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if b.label == label)


def feedback(project: Path) -> list[dict[str, Any]]:
    text = (project / "logs/feedback.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def talked(project: Path, microphone: Microphone) -> AppTest:
    """A page on which two orders were understood."""
    app = open_live()
    say(app, microphone, "beras", "3")
    say(app, microphone, "kopi", "2")
    return app


class TestOrders:
    def test_they_are_written_down_the_newest_first(self, talked: AppTest, project: Path) -> None:
        assert lines(talked) == ["2 x kopi", "3 x beras"]
        log = (project / "logs/inference.log").read_text("utf-8").splitlines()
        assert [json.loads(line)["source"] for line in log] == ["live", "live"]

    def test_undo(self, talked: AppTest) -> None:
        button(talked, "Undo").click()
        assert lines(rerun(talked)) == ["3 x beras"]

    def test_a_new_list_can_be_brought_back(self, talked: AppTest) -> None:
        button(talked, "New list").click()
        assert lines(rerun(talked)) == []
        button(talked, "Bring back").click()
        assert lines(rerun(talked)) == ["2 x kopi", "3 x beras"]

    def test_copy_and_download_hold_all_lines(self, talked: AppTest) -> None:
        assert "3 x beras\n2 x kopi" in [code.value for code in talked.code]
        assert talked.get("download_button")

    def test_a_correction_changes_the_line_and_is_feedback(
        self, talked: AppTest, project: Path
    ) -> None:
        button(talked, "Correct").click()
        rerun(talked)
        line = talked.session_state["live desk"].orders.lines[-1]
        talked.selectbox(key=f"line {line.request_id} product").select("gula")
        button(talked, "Save what was meant").click()
        assert lines(rerun(talked)) == ["2 x gula", "3 x beras"]
        (row,) = feedback(project)
        assert row["request_id"] == line.request_id
        assert row["labels"] == {"product": "gula", "quantity": "2"}
        assert row["audio"] is None

    def test_the_recording_is_kept_only_with_consent(self, talked: AppTest, project: Path) -> None:
        button(talked, "Correct").click()
        rerun(talked)
        line = talked.session_state["live desk"].orders.lines[-1]
        talked.checkbox(key=f"line {line.request_id} consent").check()
        button(talked, "Save what was meant").click()
        rerun(talked)
        (row,) = feedback(project)
        assert decode(project / "logs" / row["audio"], 16_000).size > 16_000

    def test_who_leaves_a_correction_changes_nothing(self, talked: AppTest, project: Path) -> None:
        button(talked, "Correct").click()
        rerun(talked)
        button(talked, "Leave it").click()
        assert lines(rerun(talked)) == ["2 x kopi", "3 x beras"]
        assert not (project / "logs/feedback.jsonl").exists()


def test_two_tabs_do_not_mix(
    project: Path,
    microphone: Microphone,
) -> None:
    one, other = open_live(), open_live()
    rerun(one)  # its microphone is the one that is heard now
    say(one, microphone, "beras", "3")
    assert lines(one) == ["3 x beras"]
    assert lines(rerun(other)) == []


def test_elsewhere_nobody_listens(project: Path, microphone: Microphone) -> None:
    rerun(AppTest.from_file(PREDICT, default_timeout=120))
    assert microphone.hear is None


class TestTheWayFromTheBrowser:
    def test_on_this_computer_no_server_is_asked(
        self,
        project: Path,
        microphone: Microphone,
    ) -> None:
        open_live()
        assert microphone.arguments["rtc_configuration"] == {"iceServers": []}

    def test_servers_come_from_the_settings(
        self,
        project: Path,
        microphone: Microphone,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        servers = [
            {"urls": "stun:stun.example:3478"},
            {"urls": "turn:t.example:3478?transport=tcp", "username": "u", "credential": "secret"},
        ]
        monkeypatch.setenv("SLU_ICE_SERVERS", json.dumps(servers))
        get_settings.cache_clear()
        assert "secret" not in repr(get_settings())
        open_live()
        assert microphone.arguments["rtc_configuration"] == {"iceServers": servers}

    def test_a_way_that_is_barred_is_told_with_what_works_instead(
        self,
        project: Path,
        microphone: Microphone,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        microphone.is_signalling = True
        app = open_live()
        assert not app.warning
        later = time.monotonic() + SLOW_AFTER_S + 1
        monkeypatch.setattr("slu.ui.live.time.monotonic", lambda: later)
        (warning,) = rerun(app).warning
        assert "Record" in warning.value
        assert "Upload" in warning.value

    def test_over_plain_http_from_elsewhere_there_is_no_start(
        self,
        project: Path,
        microphone: Microphone,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        facts = {"url": "http://192.168.1.5:8501/Predict", "cookies": {}, "locale": "en"}
        context = type("Context", (), facts)
        monkeypatch.setattr("slu.ui.page.st.context", context)
        app = open_live()
        assert microphone.hear is None
        assert "HTTPS" in app.warning[-1].value
