"""The alert rules, held against the log now and then while the server runs."""

import logging
import os
import subprocess
import sys
import threading
from types import TracebackType

_LOGGER = logging.getLogger(__name__)
_COMMAND = (sys.executable, "-m", "slu.cli", "alerts")
_TIMEOUT_S = 300.0
_NICENESS = 10


class AlertChecks:
    """Runs `slu alerts` again and again until the block ends.

    In processes of their own: reading the log takes memory that a server should not hold, and time
    that it needs for its answers.

    Args:
        every_s: from check to check; 0 for never.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alert checks", daemon=True)
        self._last_problem = ""

    def __enter__(self) -> None:
        if self._every_s:
            self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        if self._every_s:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(self._every_s):
            try:
                self._check()
            except (OSError, subprocess.SubprocessError) as error:
                self._tell(f"the alert rules were not checked ({error})")

    def _check(self) -> None:
        with subprocess.Popen(
            _COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as check:
            _give_way(check.pid)
            threading.Thread(target=self._end_with_server, args=(check,), daemon=True).start()
            try:
                _, problem = check.communicate(timeout=_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                check.kill()
                raise
        if not self._is_over.is_set():
            self._tell(problem.strip())

    def _end_with_server(self, check: "subprocess.Popen[str]") -> None:
        while check.poll() is None:
            if self._is_over.wait(0.1):
                check.kill()
                return

    def _tell(self, problem: str) -> None:
        """Log a problem once, not every minute."""
        if problem and problem != self._last_problem:
            _LOGGER.warning("alerts: %s", problem)
        self._last_problem = problem


def _give_way(pid: int) -> None:
    """Let answers come first, where the system knows of priorities."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)
