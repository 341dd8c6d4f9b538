"""Frames in, answers out: the shipped model and the real voice activity detector."""

import json
import threading
import time

import numpy as np
import psutil
import pytest

from slu.audio.types import Waveform
from slu.config.live import LiveConfig
from slu.errors import RegistryError
from slu.inference import Prediction
from slu.live.session import Heard, LiveSession, LiveState, LiveView
from slu.service import PredictionService
from tests.live.browser_sound import BROWSER_RATE, browser_frames

CONFIG = LiveConfig()
WAIT_S = 30.0
"""For a machine that is busy with other things."""


def seconds(duration_s: float, level: float = 0.0) -> Waveform:
    """Silence, or faint noise."""
    noise = np.random.default_rng(3).standard_normal(int(duration_s * BROWSER_RATE), np.float32)
    return np.float32(level) * noise


def joined(*parts: Waveform) -> Waveform:
    return np.concatenate(parts).astype(np.float32)


class Talk:
    """Sends sound to a session, as fast as it is worked off, and keeps every view."""

    def __init__(self, session: LiveSession) -> None:
        self.session = session
        self.views: list[LiveView] = []

    def say(self, waveform: Waveform) -> None:
        for frame in browser_frames(waveform):
            self.session.hear(frame)
            self.keep_up()
            self.views.append(self.session.view)

    def keep_up(self) -> None:
        deadline = time.monotonic() + WAIT_S
        while self.session._frames and time.monotonic() < deadline:
            time.sleep(0.0005)

    def stop(self) -> list[Heard]:
        self.session.end()
        assert self.session.wait_until_off(WAIT_S)
        return self.session.take_heard()

    @property
    def states(self) -> list[LiveState]:
        return [view.state for view in self.views]

    @property
    def guesses(self) -> list[Prediction]:
        guesses = [view.guess for view in self.views if view.guess]
        return [b for a, b in zip([None, *guesses], guesses, strict=False) if a is not b]


@pytest.fixture
def talk(service: PredictionService) -> Talk:
    return Talk(LiveSession(service, CONFIG))


def log_lines(service: PredictionService) -> list[dict[str, object]]:
    if not service.log.path.exists():
        return []
    return [json.loads(line) for line in service.log.path.read_text("utf-8").splitlines()]


def labels(heard: list[Heard]) -> list[dict[str, str]]:
    return [one.answer.prediction.labels for one in heard if one.answer]


class TestAnOrder:
    def test_it_is_understood_and_logged_once(
        self, talk: Talk, service: PredictionService, order: Waveform
    ) -> None:
        talk.say(joined(seconds(1), order, seconds(1)))
        (heard,) = talk.stop()
        assert heard.answer is not None
        assert heard.answer.prediction.labels == {"product": "beras", "quantity": "3"}
        assert not heard.answer.prediction.rejected
        (line,) = log_lines(service)
        assert line["source"] == "live"
        assert line["request_id"] == heard.answer.request_id

    def test_states_follow_the_talk(self, talk: Talk, order: Waveform) -> None:
        assert talk.session.view.state is LiveState.OFF
        talk.say(joined(seconds(1), order, seconds(1)))
        states = [s for s in talk.states if s is not LiveState.THINKING]
        changes = [b for a, b in zip([None, *states], states, strict=False) if a is not b]
        assert changes == [LiveState.LISTENING, LiveState.SPEAKING, LiveState.LISTENING]
        talk.stop()
        assert talk.session.view.state is LiveState.OFF

    def test_it_guesses_about_four_times_a_second_and_logs_no_guess(
        self, talk: Talk, service: PredictionService, order: Waveform
    ) -> None:
        talk.say(joined(seconds(1), order, seconds(1)))
        spoken_s = sum(state is LiveState.SPEAKING for state in talk.states) * 0.02
        assert 2.5 <= len(talk.guesses) / spoken_s <= 4.5
        talk.stop()
        assert len(log_lines(service)) == 1

    def test_the_last_guess_is_the_answer(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(seconds(1), order, seconds(1)))
        assert talk.guesses[-1].labels == {"product": "beras", "quantity": "3"}
        talk.stop()

    def test_whoever_waits_is_told_at_once(self, talk: Talk, order: Waveform) -> None:
        seen = talk.session.view
        waiting = threading.Thread(target=talk.session.wait_for_news, args=(seen, WAIT_S))
        waiting.start()
        talk.say(joined(seconds(1), order, seconds(1)))
        waiting.join(WAIT_S / 2)
        assert not waiting.is_alive()
        talk.stop()

    def test_an_answer_that_nobody_took_is_still_news(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(seconds(1), order, seconds(1)))
        began = time.monotonic()
        talk.session.wait_for_news(talk.session.view, WAIT_S)
        assert time.monotonic() - began < WAIT_S / 2
        assert len(talk.stop()) == 1

    def test_without_news_it_waits_no_longer_than_asked(self, talk: Talk) -> None:
        talk.say(seconds(0.5))
        before = talk.session.view
        talk.session.wait_for_news(before, 0.05)
        assert talk.session.view.state is before.state
        talk.stop()

    def test_the_level_rises_and_falls(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(seconds(1), order, seconds(1)))
        levels = [view.level_db for view in talk.views]
        assert max(levels) > -25
        assert levels[-1] < -60
        talk.stop()

    def test_several_are_answered_in_order(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(*[order, seconds(1)] * 3))
        assert labels(talk.stop()) == [{"product": "beras", "quantity": "3"}] * 3

    def test_heard_is_taken_once(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(order, seconds(1)))
        assert len(talk.stop()) == 1
        assert talk.session.take_heard() == []


class TestStopAndStart:
    def test_the_words_before_stop_are_understood(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(seconds(0.5), order))
        assert labels(talk.stop()) == [{"product": "beras", "quantity": "3"}]

    def test_half_a_word_does_not_leak_into_the_next_stream(
        self, talk: Talk, order: Waveform
    ) -> None:
        talk.say(order[: order.size // 3])
        talk.stop()
        talk.say(joined(seconds(0.5), order, seconds(1)))
        assert labels(talk.stop()) == [{"product": "beras", "quantity": "3"}]

    def test_a_stream_that_stops_without_a_word_is_over(self, talk: Talk, order: Waveform) -> None:
        talk.say(joined(seconds(0.5), order))
        assert talk.session.wait_until_off(WAIT_S)  # nobody called end()
        assert len(labels(talk.session.take_heard())) == 1

    def test_its_thread_ends_with_it(self, talk: Talk) -> None:
        talk.say(seconds(0.2))
        thread = talk.session._worker
        assert thread is not None
        talk.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()

    def test_end_without_a_beginning_does_nothing(self, talk: Talk, order: Waveform) -> None:
        talk.session.end()
        talk.say(joined(order, seconds(1)))
        assert len(talk.stop()) == 1


class TestNoOrder:
    """The voice activity detector keeps from the model what is no voice."""

    @pytest.mark.parametrize("level", [0.0, 0.003, 0.1, 0.4])
    def test_silence_and_noise(self, talk: Talk, service: PredictionService, level: float) -> None:
        talk.say(seconds(4, level))
        assert talk.stop() == []
        assert log_lines(service) == []

    def test_tones_like_music(self, talk: Talk, service: PredictionService) -> None:
        time_s = np.arange(6 * BROWSER_RATE) / BROWSER_RATE
        melody_hz = 220 * 2 ** (np.array([0, 4, 7, 12, 9, 5])[(2 * time_s).astype(int) % 6] / 12)
        phase = 2 * np.pi * np.cumsum(melody_hz) / BROWSER_RATE
        chords = 0.15 * (np.sin(phase) + np.sin(1.26 * phase) + np.sin(1.5 * phase))
        talk.say(chords.astype(np.float32))
        assert talk.stop() == []
        assert log_lines(service) == []

    def test_clicks(self, talk: Talk, service: PredictionService) -> None:
        clicks = seconds(4)
        clicks[:: BROWSER_RATE // 3] = 0.9
        talk.say(clicks)
        assert talk.stop() == []


class TestTrouble:
    def test_a_model_that_cannot_be_loaded_is_told(
        self, talk: Talk, service: PredictionService, order: Waveform
    ) -> None:
        (service.settings.registry_dir / "latest.json").unlink()
        talk.say(joined(order, seconds(1)))
        (heard,) = talk.stop()
        assert heard.answer is None
        with pytest.raises(RegistryError, match=str(heard.problem)):
            _ = service.predictor

    def test_a_computer_that_cannot_keep_up_loses_the_oldest(
        self,
        service: PredictionService,
    ) -> None:
        is_let_go = threading.Event()

        class Stuck:
            def __call__(self, audio: bytes) -> float:
                is_let_go.wait(WAIT_S)
                return 0.0

            def reset(self) -> None:
                pass

        session = LiveSession(service, CONFIG, Stuck)
        for frame in browser_frames(seconds(10)):
            session.hear(frame)
        assert len(session._frames) == 100
        # 500 were sent: 100 wait, and it took twice as many at most before it got stuck.
        assert session.view.n_lost >= 200
        is_let_go.set()
        session.end()
        assert session.wait_until_off(WAIT_S)

    def test_something_unforeseen_does_not_end_it_for_good(
        self, service: PredictionService, order: Waveform,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        failures: list[object] = []
        monkeypatch.setattr(threading, "excepthook", failures.append)
        session = LiveSession(service, CONFIG)
        talk = Talk(session)
        with monkeypatch.context() as patch:
            patch.setattr(service, "predict", lambda *_: 1 / 0)
            talk.say(joined(order, seconds(1)))
            talk.stop()
        assert len(failures) == 1
        talk.say(joined(order, seconds(1)))
        assert labels(talk.stop()) == [{"product": "beras", "quantity": "3"}]


def test_two_sessions_do_not_mix(service: PredictionService, order: Waveform) -> None:
    one, other = (Talk(LiveSession(service, CONFIG)) for _ in range(2))
    for frame, silent in zip(
        browser_frames(joined(order, seconds(1))), browser_frames(seconds(60)), strict=False
    ):
        one.session.hear(frame)
        other.session.hear(silent)
        one.keep_up()
        other.keep_up()
    assert len(one.stop()) == 1
    assert other.stop() == []


@pytest.mark.fault
def test_ten_minutes_take_no_more_memory_than_one(
    service: PredictionService, order: Waveform
) -> None:
    """Order upon order, faster than real time; a page takes what was heard now and then."""
    talk = Talk(LiveSession(service, CONFIG))
    order_and_pause = joined(order, seconds(1))
    n_orders = 600 * BROWSER_RATE // len(order_and_pause)
    n_heard, sizes = 0, []
    for _ in range(n_orders):
        talk.say(order_and_pause)
        talk.views.clear()
        n_heard += len(talk.session.take_heard())
        sizes.append(psutil.Process().memory_info().rss)
    assert n_heard + len(talk.stop()) == n_orders
    assert sizes[-1] - sizes[n_orders // 10] < 10e6
    assert talk.session.view.n_lost == 0
