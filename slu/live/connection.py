"""Whether sound gets from the browser to here, and what to tell a person where it does not."""

from enum import StrEnum
from typing import Final

SLOW_AFTER_S: Final = 6.0
"""A connection that takes longer than this will probably not come about."""


class Connection(StrEnum):
    """How far the way from the microphone is open."""

    OFF = "off"
    CONNECTING = "connecting"
    SLOW = "slow"
    """It takes so long that something is in the way."""
    FAILED = "failed"
    """The browser gave up."""
    ON = "on"
    SILENT = "silent"
    """Connected, and no sound arrives."""


class ConnectionWatch:
    """Follows a connection from the browser's word and the sound that arrives."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._was: tuple[bool, bool] = (False, False)
        self._has_failed = False

    def look(
        self, is_signalling: bool, is_playing: bool, is_heard: bool, now_s: float
    ) -> Connection:
        """How it is now.

        Args:
            is_signalling: the browser wishes to connect.
            is_playing: the browser says that it is connected.
            is_heard: sound arrives.
            now_s: of a clock that never goes back.
        """
        self._follow(is_signalling and not is_playing, is_playing, now_s)
        is_slow = now_s - self._since_s > SLOW_AFTER_S
        if is_playing:
            return Connection.SILENT if is_slow and not is_heard else Connection.ON
        if is_signalling:
            return Connection.SLOW if is_slow else Connection.CONNECTING
        return Connection.FAILED if self._has_failed else Connection.OFF

    def _follow(self, is_signalling: bool, is_playing: bool, now_s: float) -> None:
        now = (is_signalling, is_playing)
        if now == self._was:
            return
        was_signalling, _ = self._was
        given_up = was_signalling and not any(now) and now_s - self._since_s > SLOW_AFTER_S
        # Who stops a connection before it is slow has changed their mind.
        self._has_failed = given_up
        self._was, self._since_s = now, now_s
