"""The log, read once for a whole process and brought up to date now and then."""

import threading
import time
from functools import lru_cache
from pathlib import Path

from slu.monitoring.analytics import LogAnalytics

# Reading takes at most this share of the time: a log that grows fast is not read at every look.
_READING_SHARE = 0.1


class SharedLog:
    """The log of an inference log's path. May be shared by threads.

    Args:
        path: `logs/inference.log`.

    Raises:
        DataError: a file may not be read.
    """

    def __init__(self, path: Path) -> None:
        started = time.monotonic()
        self._analytics = LogAnalytics(path)
        self._is_changing = threading.Lock()
        self._rest_until = self._after_rest(started)

    def fresh(self, at_once: bool = False) -> LogAnalytics:
        """The log as it was a moment ago; a small one as it is now.

        Args:
            at_once: take in everything that was logged, however long it takes.

        Raises:
            DataError: a file may not be read.
        """
        with self._is_changing:
            started = time.monotonic()
            if at_once or started >= self._rest_until:
                self._analytics.refresh()
                self._rest_until = self._after_rest(started)
        return self._analytics

    @staticmethod
    def _after_rest(started: float) -> float:
        now = time.monotonic()
        return now + (now - started) / _READING_SHARE


@lru_cache(maxsize=2)
def shared_log(path: Path) -> SharedLog:
    """The one of this process: a million requests take 400 MB, which pages share.

    Raises:
        DataError: a file may not be read.
    """
    return SharedLog(path)
