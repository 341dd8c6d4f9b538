"""What a command prints."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.jobs.output import LogCopy

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20))


def copy(content: bytes, log_path: Path, prefix: str = "") -> str | None:
    """Copy what a process prints."""
    script = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        log_copy = LogCopy(process.stdout, log_path, prefix)
        process.stdin.write(content)
        process.stdin.close()
        return log_copy.finish()


@pytest.mark.parametrize(
    ("content", "prefix", "says"),
    [
        ("one\ntwo\n\n", "", "two"),
        ("no end of the line", "", "no end of the line"),
        ("", "", None),
        ("\n \n", "", None),
        ("slu: first\nslu: last; see it\nnote\n", "slu: ", "last; see it"),
        ("Traceback\nslush: no\n", "slu: ", None),
        ("x" * 200_000 + "\n", "", "x" * 1000),
    ],
)
def test_the_last_line_that_matters(
    tmp_path: Path, content: str, prefix: str, says: str | None
) -> None:
    assert copy(content.encode(), tmp_path / "log", prefix) == says
    assert (tmp_path / "log").read_text() == content


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert copy(b"caf\xe9\n", tmp_path / "log") == "caf\N{REPLACEMENT CHARACTER}"
    assert (tmp_path / "log").read_bytes() == b"caf\xe9\n"


def test_with_a_full_disk_the_last_line_is_known_all_the_same() -> None:
    assert copy(b"first\nresult\n", Path("/dev/full")) == "result"


class Stream:
    """Gives lines as a pipe does."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readline(self, limit: int) -> bytes:
        end = self._rest.find(b"\n") + 1 or len(self._rest)
        line, self._rest = self._rest[: min(end, limit)], self._rest[min(end, limit) :]
        return line


@given(lines=LINES)
def test_all_is_copied_and_the_last_line_found(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    log_path = tmp_path_factory.mktemp("log") / "log"
    content = "\n".join(lines).encode()

    said = LogCopy(Stream(content), log_path).finish()

    assert log_path.read_bytes() == content
    assert said == next((line.strip() for line in reversed(lines) if line.strip()), None)
