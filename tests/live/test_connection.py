from slu.live.connection import SLOW_AFTER_S, Connection, ConnectionWatch


def follow(*looks: tuple[float, str]) -> Connection:
    """What is said after (seconds, what the browser does) one after another."""
    watch = ConnectionWatch()
    said = Connection.OFF
    for now_s, does in looks:
        playing = does in ("playing", "heard")
        said = watch.look(does == "signalling", playing, does == "heard", now_s)
    return said


def test_nothing_was_started() -> None:
    assert follow((100.0, "idle"), (200.0, "idle")) is Connection.OFF


def test_a_connection_takes_a_moment() -> None:
    assert follow((10.0, "signalling"), (12.0, "signalling")) is Connection.CONNECTING


def test_after_some_seconds_it_is_slow() -> None:
    looks = (10.0, "signalling"), (10.1 + SLOW_AFTER_S, "signalling")
    assert follow(*looks) is Connection.SLOW


def test_a_browser_that_gives_up_after_a_while_has_failed() -> None:
    looks = (10.0, "signalling"), (30.0, "idle"), (60.0, "idle")
    assert follow(*looks) is Connection.FAILED


def test_who_stops_at_once_has_changed_their_mind() -> None:
    assert follow((10.0, "signalling"), (11.0, "idle")) is Connection.OFF


def test_starting_again_clears_the_failure() -> None:
    looks = (10.0, "signalling"), (30.0, "idle"), (40.0, "signalling"), (42.0, "heard")
    assert follow(*looks) is Connection.ON


def test_the_end_of_a_talk_is_no_failure() -> None:
    assert follow((10.0, "signalling"), (12.0, "heard"), (90.0, "idle")) is Connection.OFF


def test_connected_and_silent() -> None:
    looks = (10.0, "playing"), (10.5 + SLOW_AFTER_S, "playing")
    assert follow(*looks) is Connection.SILENT


def test_the_first_sound_may_take_a_moment() -> None:
    assert follow((10.0, "playing"), (12.0, "playing")) is Connection.ON
