"""The live microphone: sound from the browser, what is heard, and the order list."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit_webrtc import Translations, WebRtcMode, create_audio_sink_track, webrtc_streamer
from streamlit_webrtc.webrtc import SignallingTimeoutError

from slu.config import load_config
from slu.config.live import LiveConfig
from slu.live.connection import Connection, ConnectionWatch
from slu.live.orders import OrderList
from slu.live.session import Heard, LiveSession, LiveState, LiveView
from slu.service import PredictionService
from slu.settings import IceServer, Settings
from slu.ui.language import mark, tr
from slu.ui.live_orders import show_orders
from slu.ui.live_panel import show_panel
from slu.ui.microphone import show_microphone_problems
from slu.ui.page import warn_without_microphone

_DESK, _STREAM = "live desk", "live microphone"
_LOOK_EVERY_S = 0.1
_WAIT_S = 0.2
"""How long a look waits for something new, which is shown at once; the level moves as often."""
_LAST_WORDS_S = 1.0
"""How long the words before Stop may take to be understood."""
_INSTEAD = mark("**Record** and **Upload** need no such connection.")
_SLOW = mark(
    "The sound does not get through: something between this browser and the app, mostly a "
    "firewall, is in the way. Whoever runs the app finds help in docs/deploy.md."
)
_CONNECTION_WORDS = {
    Connection.SLOW: _SLOW,
    Connection.FAILED: _SLOW,
    Connection.SILENT: mark(
        "The microphone is connected, but no sound arrives. Press Stop and Start again, or choose "
        "another microphone."
    ),
}


@dataclass
class _Desk:
    """What one tab of a browser has said so far."""

    session: LiveSession
    orders: OrderList = field(default_factory=OrderList)
    watch: ConnectionWatch = field(default_factory=ConnectionWatch)
    last: Heard | None = None
    shown: LiveView | None = None
    """What is on the page; none while the whole page is drawn, which waits for nothing."""
    is_list_behind: bool = False
    """Whether there are orders that the list does not show yet."""


def talk_live(service: PredictionService, settings: Settings) -> None:
    """Let a person talk, and write down what they order.

    Args:
        service: understands and logs.
        settings: which servers help to connect.

    Raises:
        ConfigError: `configs/live.yaml` cannot be used.
    """
    if warn_without_microphone():
        return
    desk = _desk(service, settings)
    listening, ordered = st.columns(2, gap="large")
    with listening:
        is_signalling, is_playing = _connect(desk.session, settings)
        show_microphone_problems()
        is_on = is_signalling or is_playing
        desk.shown, desk.is_list_behind = None, False
        show_heard = st.fragment(_show_heard, run_every=_LOOK_EVERY_S if is_on else None)
        show_heard(desk, is_signalling, is_playing)
    with ordered:
        show_orders(desk.orders, service.predictor.labels, service.feedback)


def _desk(service: PredictionService, settings: Settings) -> _Desk:
    """Of this tab: every tab has a session state of its own."""
    if _DESK not in st.session_state:
        config = load_config(LiveConfig, settings.project_root / "configs/live.yaml")
        st.session_state[_DESK] = _Desk(LiveSession(service, config))
    desk: _Desk = st.session_state[_DESK]
    return desk


def _connect(session: LiveSession, settings: Settings) -> tuple[bool, bool]:
    """Start and Stop; whether the browser wishes to connect, and whether it has."""
    try:
        context = webrtc_streamer(
            _STREAM,
            mode=WebRtcMode.SENDONLY,
            # An empty list, for without one a server of Google's would be asked.
            rtc_configuration={"iceServers": [_ice_server(s) for s in settings.ice_servers]},
            media_stream_constraints={"audio": True, "video": False},
            translations=_words_of_controls(),
            sink_audio_track=create_audio_sink_track(
                session.hear, key=_STREAM, on_ended=session.end
            ),
        )
    except SignallingTimeoutError:
        st.error(f"{tr(_SLOW)} {tr(_INSTEAD)}", icon=":material/wifi_off:")
        return False, False
    return context.state.signalling, context.state.playing


def _words_of_controls() -> Translations:
    return Translations(
        start=tr("Start"),
        stop=tr("Stop"),
        select_device=tr("Select Device"),
        media_api_not_available=tr("Media API not available"),
        device_ask_permission=tr("Please allow the app to use your media devices"),
        device_not_available=tr("Device not available"),
        device_access_denied=tr("Access denied"),
    )


def _ice_server(server: IceServer) -> Mapping[str, Any]:
    """As browsers take it."""
    secret = server.credential.get_secret_value() if server.credential else None
    values = {"urls": server.urls, "username": server.username, "credential": secret}
    return {name: value for name, value in values.items() if value is not None}


def _show_heard(desk: _Desk, is_signalling: bool, is_playing: bool) -> None:
    """What is heard at this moment; runs again and again while the microphone is on."""
    if desk.is_list_behind:
        # Not at once: what waits to be sent, the answer itself, is thrown away by another run.
        desk.is_list_behind = False
        st.rerun()
    if not (is_signalling or is_playing):
        desk.session.wait_until_off(_LAST_WORDS_S)
    elif desk.shown is not None:
        desk.session.wait_for_news(desk.shown, _WAIT_S)
    view, new = desk.session.view, desk.session.take_heard()
    desk.shown = view
    desk.last = new[-1] if new else desk.last
    show_panel(view, desk.last, bool(new))
    is_heard = view.state is not LiveState.OFF
    connection = desk.watch.look(is_signalling, is_playing, is_heard, time.monotonic())
    if connection in _CONNECTION_WORDS:
        words = tr(_CONNECTION_WORDS[connection])
        st.warning(f"{words} {tr(_INSTEAD)}", icon=":material/wifi_off:")
    if view.n_lost:
        st.warning(
            tr("This computer is too busy to listen to everything; some words were lost."),
            icon=":material/hourglass_bottom:",
        )
    _write_down(desk, new)


def _write_down(desk: _Desk, new: list[Heard]) -> None:
    """Put what was understood into the list."""
    for heard in new:
        if heard.answer is not None and not heard.answer.prediction.rejected:
            desk.orders.add(heard.answer, heard.said_at)
            desk.is_list_behind = True
