import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from slu.jsonl import read_rows
from slu.monitoring.inference_log import InferenceLog, InferenceRecord, log_paths, rotation_held

MakeRecord = Callable[..., InferenceRecord]


def read_all(path: Path) -> list[str]:
    """Every line of the log and its rotated files, oldest first."""
    return [line for part in log_paths(path) for line in part.read_text("utf-8").splitlines()]


def test_line_has_the_fields_of_the_contract(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "logs" / "inference.log")
    assert log.append(make_record(prediction={"product": "air mineral"}))
    (line,) = read_all(log.path)
    row = json.loads(line)
    assert list(row) == [
        "ts", "request_id", "source", "status", "latency_ms", "audio_duration", "mel_mean",
        "mel_std", "frames", "snr_db", "prediction", "confidence", "joint_confidence",
        "model_version", "error",
    ]  # fmt: skip
    assert row["prediction"] == {"product": "air mineral"}
    assert row["error"] is None


def test_many_processes_lose_and_double_nothing_while_rotating(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    path, n_processes, n_records = tmp_path / "inference.log", 6, 300

    def write(process: int) -> None:
        log = InferenceLog(path, max_bytes=5000, backups=1000)
        for number in range(n_records):
            assert log.append(make_record(request_id=f"{process}-{number}"))

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=write, args=(number,)) for number in range(n_processes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * n_processes
    ids = [json.loads(line)["request_id"] for line in read_all(path)]
    assert sorted(ids) == sorted(f"{p}-{n}" for p in range(n_processes) for n in range(n_records))
    assert len(log_paths(path)) > 5


def test_threads_share_a_log(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=3000, backups=1000)

    def write(thread: int) -> None:
        for number in range(100):
            log.append(make_record(request_id=f"{thread}-{number}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({json.loads(line)["request_id"] for line in read_all(log.path)}) == 400


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from slu.monitoring.inference_log import *\n"
        "log = InferenceLog(pathlib.Path(sys.argv[1]), max_bytes=4000, backups=10000)\n"
        "for number in range(10**9):\n"
        "    if log.append(InferenceRecord('t', str(number), 'api', 'ok', 1.0)):\n"
        "        print(number, flush=True)\n"
    )
    path = tmp_path / "inference.log"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    logged = [json.loads(line)["request_id"] for line in read_all(path)]
    assert logged[: len(acknowledged)] == acknowledged
    assert len(logged) - len(acknowledged) <= 1


def test_only_so_many_files_are_kept(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=1, backups=3)
    for number in range(10):
        log.append(make_record(number))
    ids = [json.loads(line)["request_id"] for line in read_all(log.path)]
    assert ids == ["request-7", "request-8", "request-9"]
    assert [path.name for path in log.paths()] == [f"inference.log.{n}" for n in (3, 2, 1)]


def test_files_stay_while_they_are_read(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=1, backups=3)
    log.path.touch()
    with rotation_held(log.path):
        assert log.append(make_record(1))
        assert log.append(make_record(2))
        assert log.paths() == [log.path]
    assert log.append(make_record(3))
    assert [path.name for path in log.paths()] == ["inference.log.1"]
    assert len(read_all(log.path)) == 3


def test_rotated_files_are_ordered_by_number(tmp_path: Path) -> None:
    for suffix in ("", ".2", ".10", ".1", ".lock", ".gz", ".old.3"):
        (tmp_path / f"inference.log{suffix}").touch()
    names = [
        path.name.removeprefix("inference.log") for path in log_paths(tmp_path / "inference.log")
    ]
    assert names == [".10", ".2", ".1", ""]


@pytest.mark.parametrize("tail", [b'{"ts": "2025', b"\x00\x00\x00", b'{"a": 1}'])
def test_a_torn_line_spoils_no_other(tmp_path: Path, make_record: MakeRecord, tail: bytes) -> None:
    log = InferenceLog(tmp_path / "inference.log")
    log.append(make_record(1))
    with log.path.open("ab") as file:
        file.write(tail)
    log.append(make_record(2))
    log.append(make_record(3))
    assert b"\n\n" not in log.path.read_bytes()
    assert [row["request_id"] for row in read_rows(log.path) if "request_id" in row] == [
        "request-1",
        "request-2",
        "request-3",
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_disk_is_counted_and_not_raised(make_record: MakeRecord) -> None:
    log = InferenceLog(Path("/dev/full"))
    assert not log.append(make_record(1))
    assert not log.append(make_record(2))
    assert log.failures == 2


def test_a_disk_that_takes_half_a_line(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = InferenceLog(tmp_path / "inference.log")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[: len(line) // 2]))
    assert not log.append(make_record(1))
    monkeypatch.undo()
    assert log.append(make_record(2))
    assert [row["request_id"] for row in read_rows(log.path)] == ["request-2"]
    assert log.failures == 1


def test_a_log_that_cannot_be_opened_is_counted(tmp_path: Path, make_record: MakeRecord) -> None:
    folder = InferenceLog(tmp_path)
    assert not folder.append(make_record())
    (tmp_path / "file").touch()
    below_a_file = InferenceLog(tmp_path / "file" / "inference.log")
    assert not below_a_file.append(make_record())
    assert folder.failures == below_a_file.failures == 1


def test_a_rotation_that_fails_loses_nothing(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log", max_bytes=1, backups=1)
    (tmp_path / "inference.log.1" / "in_the_way").mkdir(parents=True)
    assert log.append(make_record(1))
    assert log.append(make_record(2))
    assert len(log.path.read_text("utf-8").splitlines()) == 2


def test_a_deleted_log_and_folder_come_back(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "logs" / "inference.log")
    log.append(make_record(1))
    log.path.unlink()
    log.path.parent.rmdir()
    assert log.append(make_record(2))
    assert [row["request_id"] for row in read_rows(log.path)] == ["request-2"]


def test_odd_values_make_valid_lines(tmp_path: Path, make_record: MakeRecord) -> None:
    log = InferenceLog(tmp_path / "inference.log")
    record = make_record(
        snr_db=float("nan"), confidence={"product": float("inf")}, error="a\nb\u2028 \udcff é"
    )
    assert log.append(record)
    (line,) = log.path.read_bytes().split(b"\n")[:-1]
    row = json.loads(line)
    assert row["snr_db"] is None
    assert row["confidence"] == {"product": None}
    assert row["error"] == "a\nb\u2028 ? é"


def test_serving_loads_nothing_heavy_with_the_log() -> None:
    code = (
        "import sys, slu.monitoring.inference_log\n"
        "heavy = {'numpy', 'pandas', 'duckdb', 'matplotlib', 'pydantic', 'filelock', 'asyncio'}\n"
        "print(*(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert loaded.stdout.split() == []
