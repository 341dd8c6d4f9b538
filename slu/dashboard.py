"""optuna-dashboard beside the app: a process of its own, at most one, that ends with the app.

Whoever wants it looks at the record that it left, and starts it where there is none or where its
process is gone. The process holds a lock as long as it lives, so that of two that are started at
once one gives way; it ends when its standard input does, however the app came to its end.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

from filelock import FileLock, Timeout

from slu.errors import StudyError
from slu.files import write_json
from slu.jobs.processes import ProcessMark
from slu.settings import Settings, get_settings

HOST = "127.0.0.1"
"""It asks nobody who they are: only people at this computer may reach it."""

_LOOK_EVERY_S = 0.1
# On a busy machine; usually it takes three seconds.
_STARTED_WITHIN_S = 180.0
_ANY_PORT = 0
# A process whose pipe is closed ends: those that run must stay referred to.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Dashboard:
    """One that runs."""

    process: ProcessMark
    port: int

    @property
    def url(self) -> str:
        """Address of its first page."""
        return f"http://{HOST}:{self.port}"

    def study_url(self, study_id: int) -> str:
        """Address of a study."""
        return f"{self.url}/dashboard/studies/{study_id}"


def running_dashboard(settings: Settings) -> Dashboard | None:
    """The one that runs for this project, if one does."""
    try:
        record = json.loads(_record_path(settings).read_text("utf-8"))
        found = Dashboard(ProcessMark(**record["process"]), record["port"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if found.process.is_alive() else None


def open_dashboard(settings: Settings) -> Dashboard:
    """The one that runs for this project; it is started where none does.

    Raises:
        StudyError: it does not start.
    """
    found = running_dashboard(settings)
    if found is not None:
        return found
    process = _start(settings)
    deadline_s = time.monotonic() + _STARTED_WITHIN_S
    while time.monotonic() < deadline_s:
        found = running_dashboard(settings)
        if found is not None:
            return found
        # One that gave way to another ends well.
        if process.poll():
            break
        time.sleep(_LOOK_EVERY_S)
    raise StudyError(f"optuna-dashboard does not start; {_log_path(settings)} says why")


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    log_path = _log_path(settings)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "slu.dashboard"],
            cwd=settings.project_root,
            env={**os.environ, "SLU_PROJECT_ROOT": str(settings.project_root.resolve())},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # Ctrl-C at the app's terminal is for the app.
            start_new_session=True,
        )
    _started.append(process)
    threading.Thread(target=_reap, args=(process,), daemon=True).start()
    return process


def _reap(process: subprocess.Popen[bytes]) -> None:
    """An ended process would stay a zombie as long as this one lives."""
    process.wait()
    _started.remove(process)
    if process.stdin is not None:
        process.stdin.close()


def serve(settings: Settings, wait_for_end: Callable[[], object]) -> None:
    """Be the dashboard until `wait_for_end` returns; nothing if another one is there.

    Raises:
        StudyError: the storage cannot be used.
    """
    lock = FileLock(_record_path(settings).with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    server = make_server(
        HOST, _ANY_PORT, _application(settings), _ThreadingServer, handler_class=_QuietHandler
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = ProcessMark.of(os.getpid())
    record = {"process": asdict(process), "port": server.server_port}
    write_json(_record_path(settings), record)
    try:
        wait_for_end()
    finally:
        _record_path(settings).unlink(missing_ok=True)


def _application(settings: Settings) -> WSGIApplication:
    from optuna_dashboard import wsgi

    from slu.tuning.storage import open_storage

    application: WSGIApplication = wsgi(open_storage(settings.study_storage_url))
    return application


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are not written down: the page asks every few seconds."""


def _record_path(settings: Settings) -> Path:
    return settings.jobs_dir / "dashboard.json"


def _log_path(settings: Settings) -> Path:
    return settings.logs_dir / "dashboard.log"


if __name__ == "__main__":
    serve(get_settings(), sys.stdin.buffer.read)
