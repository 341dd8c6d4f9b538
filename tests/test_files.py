import json
import threading
from pathlib import Path

import pandas as pd
import pytest

from slu.files import locked, replacing, write_csv, write_json


class Interrupted(Exception):
    pass


def write_half(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise Interrupted


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(Interrupted):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_threads_write_the_same_file_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    both = threading.Barrier(2)

    def write(text: str) -> None:
        with replacing(path) as temporary:
            temporary.write_text(text)
            both.wait(timeout=10)
            assert temporary.read_text() == text

    threads = [threading.Thread(target=write, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in ("one", "two")
    assert list(tmp_path.iterdir()) == [path]


def test_json_keeps_letters_and_ends_with_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_json(path, {"kopi": ["crème", 1, None]})
    text = path.read_text("utf-8")
    assert "crème" in text
    assert text.endswith("}\n")
    assert json.loads(text) == {"kopi": ["crème", 1, None]}


def test_json_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "value.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_csv_has_no_index_and_the_same_line_ends_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_csv(path, pd.DataFrame({"a": [1, 2], "b": ["x, y", "é"]}))
    assert path.read_bytes() == 'a,b\n1,"x, y"\n2,é\n'.encode()


def test_a_locked_file_is_changed_by_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "count.json"

    def count() -> None:
        for _ in range(20):
            with locked(path):
                so_far = json.loads(path.read_text()) if path.exists() else 0
                write_json(path, so_far + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(path.read_text()) == 80


def test_who_waits_too_long_for_a_lock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slu.files._LOCK_TIMEOUT_S", 0.1)
    with locked(tmp_path / "a"), pytest.raises(TimeoutError), locked(tmp_path / "a"):
        pass
