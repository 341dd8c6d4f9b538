import json
import logging
from types import TracebackType

from hypothesis import given
from hypothesis import strategies as st

from slu.api.json_log import JsonFormatter

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def record(message: str, exc_info: ExcInfo | None = None, **extra: object) -> logging.LogRecord:
    entry = logging.LogRecord("slu.api", logging.INFO, "file.py", 1, message, (), exc_info)
    vars(entry).update(extra)
    return entry


@given(st.text())
def test_any_message_is_one_line_of_json(message: str) -> None:
    line = JsonFormatter().format(record(message))
    assert "\n" not in line
    assert json.loads(line)["message"] == message


def test_fields_are_keys_of_their_own() -> None:
    row = json.loads(JsonFormatter().format(record("request", fields={"status": 200})))
    assert row["status"] == 200
    assert row["level"] == "info"


def test_exceptions_are_told() -> None:
    cause = ValueError("the cause")
    row = json.loads(JsonFormatter().format(record("failed", (ValueError, cause, None))))
    assert "the cause" in row["exception"]
