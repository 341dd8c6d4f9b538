"""One line in the server's log for every request, and an id to find it by."""

import logging
import time
import uuid

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slu.api.errors import internal_error
from slu.api.metrics import Metrics

_LOGGER = logging.getLogger(__name__)
_NOT_ANSWERED = 499
"""Status of a request whose client left before the answer, as nginx has it."""


class RequestLog:
    """Names, times, counts and logs requests, and answers those that met a mistake.

    Args:
        app: what answers.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = uuid.uuid4().hex
        started = time.perf_counter()
        status = _NOT_ANSWERED

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            with self.metrics.in_flight.track_inprogress():
                await self._answer(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception:
            # A door to the outside must stay open whatever happened behind it.
            request = Request(scope)
            _LOGGER.exception(
                "a request failed", extra={"fields": {"request_id": request.state.request_id}}
            )
            await internal_error(request)(scope, receive, send)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self.metrics.count_request(route, status, seconds)
        client = scope.get("client")
        fields = {
            "request_id": scope["state"]["request_id"],
            "client": client[0] if client else None,
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round(seconds * 1e3, 3),
        }
        _LOGGER.info("request", extra={"fields": fields})
