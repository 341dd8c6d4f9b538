import json
import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slu.errors import DataError
from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.monitoring.log_table import LogTable

MakeRecord = Callable[..., InferenceRecord]

GOOD = json.dumps(
    {
        "ts": "2025-06-01T00:00:00.500Z", "request_id": "good", "source": "api", "status": "ok",
        "latency_ms": 5.0, "prediction": {"product": "teh"},
    }
)  # fmt: skip
FOREIGN = [
    GOOD[:40],
    GOOD[:40] + GOOD,
    GOOD + GOOD,
    "no JSON at all",
    "\x00" * 5000,
    "[1, 2]",
    "7",
    '"text"',
    "null",
    '{"message": "another program"}',
    '{"a":' * 3000,
    GOOD.replace("2025-06-01", "yesterday"),
    GOOD.replace('"good"', "null"),
]


def count(table: LogTable, view: str) -> int:
    return int(table.query(f"SELECT count(*) AS n FROM {view}")["n"].iloc[0])


@pytest.mark.parametrize("foreign", FOREIGN, ids=range(len(FOREIGN)))
def test_a_torn_or_foreign_line_costs_only_itself(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / "inference.log"
    path.write_text(f"{GOOD}\n{foreign}\n\n{GOOD}\n", "utf-8")
    table = LogTable(path)
    assert table.refresh()
    assert count(table, "log") == 2
    assert count(table, "lines") == 3


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b'{"ts": "2025'], ids=["bytes", "torn tail"])
def test_a_file_that_ends_badly(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "inference.log"
    path.write_bytes(GOOD.encode() + b"\n" + raw)
    table = LogTable(path)
    table.refresh()
    assert count(table, "log") == 1


@pytest.mark.parametrize(
    ("old", "new"), [("5.0", '"slow"'), ("5.0", "NaN"), ("5.0", "-Infinity"), ("5.0", "null")]
)
def test_a_value_that_is_no_number_is_missing(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "inference.log"
    path.write_text(f"{GOOD.replace(old, new)}\n{GOOD}\n", "utf-8")
    table = LogTable(path)
    table.refresh()
    assert table.query("SELECT avg(latency_ms) AS mean FROM log")["mean"].iloc[0] == 5.0


@pytest.mark.parametrize("prediction", ["7", '"teh"', "[1]", "null", '{"product": null}'])
def test_a_prediction_that_is_no_mapping_is_kept_apart(tmp_path: Path, prediction: str) -> None:
    path = tmp_path / "inference.log"
    other = GOOD.replace('{"product": "teh"}', prediction)
    path.write_text(f"{other}\n{GOOD}\n", "utf-8")
    table = LogTable(path)
    table.refresh()
    found = table.query("SELECT labels['product'] AS label FROM answers")["label"].dropna()
    assert list(found) == ["teh"]


def test_no_file_is_an_empty_table(tmp_path: Path) -> None:
    table = LogTable(tmp_path / "logs" / "inference.log")
    assert not table.refresh()
    assert count(table, "lines") == 0
    assert not (tmp_path / "logs").exists()


def test_only_what_changed_is_read_again(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=900, backups=5)
    table = LogTable(log.path)
    for number in range(8):
        log.append(make_record(number))
        assert table.refresh()
        assert not table.refresh()
        assert count(table, "log") == number + 1
    assert len(log.paths()) > 2


def test_an_answer_is_kept_until_the_log_changes(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slu.monitoring.log_table._MOST_ANSWERS", 2)
    log = InferenceLog(tmp_path / "inference.log")
    log.append(make_record(0))
    table = LogTable(log.path)
    table.refresh()
    assert count(table, "log") == 1
    answer = table.query("SELECT status FROM log")
    answer["status"] = "altered"
    assert list(table.query("SELECT status FROM log")["status"]) == ["ok"]
    assert list(table.query("SELECT ? AS n", [1])["n"]) == [1]
    assert list(table.query("SELECT ? AS n", [2])["n"]) == [2]
    log.append(make_record(60))
    assert count(table, "log") == 1
    table.refresh()
    assert count(table, "log") == 2


def test_deleted_files_are_forgotten(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=1, backups=5)
    log.append(make_record(1))
    log.append(make_record(2))
    table = LogTable(log.path)
    table.refresh()
    log.paths()[0].unlink()
    assert table.refresh()
    assert list(table.query("SELECT request_id FROM log")["request_id"]) == ["request-2"]


def test_times_carry_their_zone(tmp_path: Path) -> None:
    path = tmp_path / "inference.log"
    path.write_text(GOOD + "\n", "utf-8")
    table = LogTable(path)
    table.refresh()
    assert table.query("SELECT ts FROM log")["ts"].iloc[0].isoformat() == (
        "2025-06-01T00:00:00.500000+00:00"
    )


@pytest.mark.parametrize("folder", ["a[b]c", "what?", "st*r", "quote's"])
def test_a_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "inference.log"
    path.parent.mkdir()
    path.write_text(GOOD + "\n", "utf-8")
    table = LogTable(path)
    table.refresh()
    assert count(table, "log") == 1


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = InferenceLog(tmp_path / "inference.log")
    log.append(make_record(1))
    table = LogTable(log.path)
    table.refresh()
    log.append(make_record(2))
    missing = tmp_path / "missing.log"
    monkeypatch.setattr("slu.monitoring.log_table._escape_glob", lambda _: str(missing))
    with pytest.raises(DataError, match="cannot be read"):
        table.refresh()
    assert count(table, "log") == 0
    monkeypatch.undo()
    assert table.refresh()
    assert count(table, "log") == 2


def test_reading_while_others_write_and_rotate(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=20_000, backups=1000)

    def write(process: int) -> None:
        for number in range(300):
            assert log.append(make_record(request_id=f"{process}-{number}"))

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    table, seen = LogTable(log.path), [0]
    while any(process.is_alive() for process in processes):
        table.refresh()
        seen.append(count(table, "log"))
    for process in processes:
        process.join()
    table.refresh()
    assert seen == sorted(seen)
    assert count(table, "lines") == count(table, "log") == 900
    distinct = table.query("SELECT count(DISTINCT request_id) AS n FROM log")
    assert distinct["n"].iloc[0] == 900


def test_files_that_were_complete_before_can_be_left_out(
    tmp_path: Path, make_record: Callable[..., InferenceRecord]
) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=1, backups=10)
    for number in range(5):
        log.append(make_record(number))
    for age_s, path in enumerate(reversed(log.paths())):
        os.utime(path, (1000 - age_s, 1000 - age_s))

    def ids(since_s: float) -> list[str]:
        table = LogTable(log.path, datetime.fromtimestamp(since_s, UTC))
        table.refresh()
        return list(table.query("SELECT request_id FROM log ORDER BY ts")["request_id"])

    assert ids(997) == ["request-1", "request-2", "request-3", "request-4"]
    assert ids(2000) == ["request-3", "request-4"]
