"""A real server of this test takes what is posted, or does not."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from slu.config.monitor import AlertsConfig, WebhookConfig
from slu.monitoring.alert import Alert
from slu.monitoring.alert_state import AlertState
from slu.monitoring.webhook import tell_webhook

SLOW = Alert("p95_latency_ms", "warning", "answers are slow", 300.0, 200.0)


class Receiver(HTTPServer):
    """Keeps what is posted and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.posted: list[dict[str, Any]] = []

    @property
    def config(self) -> WebhookConfig:
        return WebhookConfig.model_validate({"url": f"http://127.0.0.1:{self.server_port}/hook"})


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(content))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def found(*alerts: Alert, before: AlertState | None = None) -> AlertState:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return (before or AlertState()).after(alerts, AlertsConfig(), now)


def test_beginning_and_end_are_posted_once_each(receiver: Receiver) -> None:
    state = tell_webhook(receiver.config, found(SLOW))
    state = tell_webhook(receiver.config, found(SLOW, before=state))
    state = tell_webhook(receiver.config, found(before=state))
    tell_webhook(receiver.config, found(before=state))
    begin, end = receiver.posted
    assert begin["text"] == "SLU Studio\nwarning: answers are slow"
    assert begin["begun"] == [vars(SLOW)]
    assert begin["alerts"] == [vars(SLOW) | {"since": "2026-01-01T00:00:00+00:00"}]
    assert end["text"] == "SLU Studio\nover: p95_latency_ms"
    assert (end["ended"], end["alerts"]) == (["p95_latency_ms"], [])


def test_calm_is_not_posted(receiver: Receiver) -> None:
    tell_webhook(receiver.config, found())
    assert receiver.posted == []


def test_what_was_refused_is_posted_again(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 500
    state = tell_webhook(receiver.config, found(SLOW))
    assert state.told == ()
    assert "did not take the alerts" in caplog.text
    receiver.status = 204
    assert tell_webhook(receiver.config, state).told == ["p95_latency_ms"]
    assert len(receiver.posted) == 2


def test_nobody_there_and_nobody_answering_are_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, says nothing
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        config = WebhookConfig.model_validate({"url": url, "timeout_s": 0.2})
        assert tell_webhook(config, found(SLOW)).told == ()
    assert tell_webhook(config, found(SLOW)).told == ()


def test_without_a_webhook_nothing_is_posted() -> None:
    assert tell_webhook(WebhookConfig(), found(SLOW)).told == ()
