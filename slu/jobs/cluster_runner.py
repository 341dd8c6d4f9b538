"""`python -m slu.jobs.cluster_runner JOB COMMAND…`: what Ray starts on a node for a job."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from slu.jobs.cluster import JobFiles
from slu.jobs.local import SLU
from slu.jobs.output import LogCopy, why_it_ended
from slu.settings import Settings, get_settings

# What is written to it is what Ray keeps as the log of the job.
_LOG = Path("/dev/stdout")


def run(job_id: str, command: list[str], settings: Settings) -> int:
    """Run a command and note how it went; returns its exit code."""
    files = JobFiles.of(settings, job_id)
    if "cancelled_at" in files.facts():
        return 1
    files.note(started_at=datetime.now(UTC).isoformat())
    # Ray signals all processes of a job: the command tidies up, and this one waits for it.
    signal.signal(signal.SIGTERM, lambda *_: None)
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
    code = child.wait()
    result, complaint = said.finish(), complained.finish()
    files.progress.remove()
    files.note(**{"result": result} if code == 0 else {"error": complaint or why_it_ended(code)})
    return code


if __name__ == "__main__":
    job_id, *command = sys.argv[1:]
    sys.exit(abs(run(job_id, command, get_settings())))
