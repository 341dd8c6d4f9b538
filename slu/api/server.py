"""Running the API: one process, or several that share one port."""

import logging
import multiprocessing
import os
import signal
import socket
from contextlib import suppress
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

from slu.api.alert_checks import AlertChecks
from slu.api.json_log import log_config
from slu.errors import ConfigError
from slu.settings import get_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOGGER = logging.getLogger(__name__)
_APPLICATION = "slu.api.server:application"
_FINISH_WITHIN_S = 10
"""What a request in progress gets after SIGTERM."""


def serve(host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Answer HTTP requests until Ctrl-C or SIGTERM; requests in progress are finished first.

    Settings are those of the environment (`SLU_*`), in this process and in the workers.

    Args:
        host: address to listen at; `0.0.0.0` for every network of this machine.
        port: 0 for any that is free.
        workers: processes; more than one answers more requests a second on several cores.

    Raises:
        ConfigError: nobody may listen there, or somebody does already.
    """
    config = uvicorn.Config(
        _APPLICATION,
        factory=True,
        host=host,
        workers=workers,
        access_log=False,  # `RequestLog` writes it, with what matters here
        server_header=False,
        log_config=log_config(),
        timeout_graceful_shutdown=_FINISH_WITHIN_S,
    )
    checks = AlertChecks(get_settings().alert_check_s)
    with _listen(host, port) as listener, checks, suppress(KeyboardInterrupt):
        _LOGGER.info("listening on http://%s:%d", host, listener.getsockname()[1])
        if workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            _serve_with_workers(config, listener)


def application() -> "FastAPI":
    """The app as a process of `serve` runs it."""
    from slu.api.app import create_app_from_environment

    if supervisor := multiprocessing.parent_process():
        # Killed, it could not end its workers, which would go on answering and hold the port.
        Thread(target=_end_after, args=(supervisor,), daemon=True).start()
    return create_app_from_environment()


def _end_after(supervisor: BaseProcess) -> None:
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"port {port} at {host} cannot be opened ({error}); choose another one"
        ) from error
    # asyncio does this only where it made the socket; without it, each answer waits 40 ms for
    # the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _serve_with_workers(config: uvicorn.Config, listener: socket.socket) -> None:
    # Each worker keeps its figures in a file here, so that any of them can tell those of all.
    with TemporaryDirectory(prefix="slu-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        Multiprocess(config, sockets=[listener]).run()
