"""`python -m slu.jobs.cluster_runner JOB COMMAND…`: what Ray starts on a node for a job."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from slu.errors import ClusterError
from slu.jobs.cluster_files import JOB_FILES, JobFiles
from slu.jobs.local import SLU
from slu.jobs.output import LogCopy, why_it_ended
from slu.mirror import PROJECT_FILES, Mirror, open_mirror
from slu.settings import Settings, get_settings

# What is written to it is what Ray keeps as the log of the job.
_LOG = Path("/dev/stdout")
_STORE_EVERY_S = 5.0


def run(job_id: str, command: list[str], settings: Settings) -> int:
    """Run a command and note how it went; returns its exit code."""
    files, mirror = JobFiles.of(settings, job_id), open_mirror(settings)
    # Ray signals all processes of a job: the command tidies up, and this one waits for it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    if mirror is not None:
        mirror.fetch(*PROJECT_FILES, JOB_FILES)
    if "cancelled_at" in files.facts():
        return 1
    files.note_run(started_at=datetime.now(UTC).isoformat())
    try:
        return _run(command, settings, files, mirror)
    finally:
        files.progress.remove()
        if mirror is not None:
            mirror.store(*PROJECT_FILES, JOB_FILES)


def _run(command: list[str], settings: Settings, files: JobFiles, mirror: Mirror | None) -> int:
    child = subprocess.Popen(
        [*SLU, *command],
        cwd=settings.project_root,
        env={**os.environ, "SLU_PROGRESS_PATH": str(files.progress.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    said, complained = LogCopy(child.stdout, _LOG), LogCopy(child.stderr, _LOG, "slu: ")
    code = _wait(child, mirror)
    result, complaint = said.finish(), complained.finish()
    end = {"result": result} if code == 0 else {"error": complaint or why_it_ended(code)}
    files.note_run(**end)
    return code


def _wait(child: "subprocess.Popen[bytes]", mirror: Mirror | None) -> int:
    """Wait for the end; meanwhile others see what is there so far, and it is not lost with us."""
    while True:
        try:
            return child.wait(None if mirror is None else _STORE_EVERY_S)
        except subprocess.TimeoutExpired:
            assert mirror is not None
            with suppress(ClusterError):
                mirror.store("artifacts", JOB_FILES)


if __name__ == "__main__":
    job_id, *command = sys.argv[1:]
    sys.exit(abs(run(job_id, command, get_settings())))
