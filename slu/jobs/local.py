"""Jobs on this machine: one detached process for each, which outlives whoever started it."""

import os
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence

from slu.errors import JobError
from slu.jobs.job import Job, JobStatus
from slu.jobs.processes import ProcessMark, kill_group, remove_leavings
from slu.jobs.store import JobStore, Row
from slu.settings import Settings

SLU = (sys.executable, "-m", "slu.cli")
"""How a command is run."""
# A runner that cannot even start must not be started for ever.
_MAX_RUNNERS = 3
_LOST = "it was ended from outside, or the computer was restarted; start it again"


class LocalJobs:
    """Jobs on this machine; see `slu.jobs.job.Jobs`.

    The state is in `jobs/`. Each job has a runner (`slu.jobs.runner`), a process that waits for a
    free slot and watches over the command. Whoever looks at the jobs also sees after those whose
    runner is gone.

    Args:
        settings: project root and number of slots.
        program: what the arguments of a command are added to.
    """

    def __init__(self, settings: Settings, program: Sequence[str] = SLU) -> None:
        root = settings.project_root.resolve()
        self.settings = settings.model_copy(update={"project_root": root})
        self.program = tuple(program)
        self.store = JobStore(self.settings.jobs_dir)

    def submit(
        self, command: Sequence[str], title: str, parameters: Mapping[str, str] | None = None
    ) -> Job:
        """Put a `slu` command into the queue.

        Raises:
            JobError: no process can be started, or the disk is full.
        """
        job_id = uuid.uuid4().hex[:12]
        # The runner finds its job only after this transaction, which names the runner.
        with self.store.transaction() as connection:
            runner = self._start_runner(job_id)
            self.store.insert(connection, job_id, command, title, parameters or {}, runner)
        return self.get(job_id)

    def list(self, limit: int = 100) -> list[Job]:
        """The latest jobs, newest first."""
        self._see_after_lost()
        with self.store.reading() as connection:
            return [row.job for row in self.store.newest(connection, limit)]

    def get(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: there is none of that id.
        """
        self._see_after_lost()
        with self.store.reading() as connection:
            return self._find(connection, job_id).job

    def log(self, job_id: str, max_bytes: int = 20_000) -> str:
        """The end of what a job printed, in whole lines.

        Raises:
            JobError: there is none of that id.
        """
        self.get(job_id)
        path = self.store.log_path(job_id)
        if not path.exists():
            return ""
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max_bytes))
            content = file.read()
        if size > max_bytes:
            content = content.partition(b"\n")[2] or content
        return content.decode("utf-8", errors="replace")

    def cancel(self, job_id: str) -> None:
        """End a job with all its processes, or take it out of the queue; nothing if it ended.

        Raises:
            JobError: there is none of that id.
        """
        with self.store.transaction() as connection:
            job = self._find(connection, job_id).job
            if job.status is JobStatus.QUEUED:
                self.store.end(connection, job_id, JobStatus.CANCELLED)
            elif job.status is JobStatus.RUNNING:
                self.store.ask_to_end(connection, job_id)

    def live(self) -> Sequence[Row]:
        """Jobs that wait or run, oldest first."""
        self._see_after_lost()
        with self.store.reading() as connection:
            return self.store.live(connection)

    def remove_leavings(self, pids: set[int]) -> None:
        """Remove what killed processes were writing."""
        remove_leavings((self.settings.artifacts_dir, self.settings.data_dir), pids)

    def _see_after_lost(self) -> None:
        """Give waiting jobs a new runner and end running ones, where the runner is gone."""
        with self.store.reading() as connection:
            if all(row.runner.is_alive() for row in self.store.live(connection)):
                return
        with self.store.transaction() as connection:
            for row in self.store.live(connection):
                if not row.runner.is_alive():
                    self._see_after(connection, row)

    def _see_after(self, connection: sqlite3.Connection, row: Row) -> None:
        if row.job.status is JobStatus.RUNNING:
            self._end_lost(connection, row)
        elif row.n_runners < _MAX_RUNNERS:
            self.store.give_runner(connection, row.job.id, self._start_runner(row.job.id))
        else:
            error = "it could not be started; its log says why"
            self.store.end(connection, row.job.id, JobStatus.FAILED, error=error)

    def _end_lost(self, connection: sqlite3.Connection, row: Row) -> None:
        if row.child is not None:
            self.remove_leavings(kill_group(row.child))
        self.store.progress_file(row.job.id).remove()
        if row.job.is_cancelling:
            self.store.end(connection, row.job.id, JobStatus.CANCELLED)
        else:
            self.store.end(connection, row.job.id, JobStatus.FAILED, error=_LOST)

    def _find(self, connection: sqlite3.Connection, job_id: str) -> Row:
        row = self.store.find(connection, job_id)
        if row is None:
            raise JobError(f"there is no job {job_id!r}; see them with `slu jobs list`")
        return row

    def _start_runner(self, job_id: str) -> ProcessMark:
        command = [sys.executable, "-m", "slu.jobs.runner", job_id, *self.program]
        environment = {
            "SLU_PROJECT_ROOT": str(self.settings.project_root),
            "SLU_JOB_SLOTS": str(self.settings.job_slots),
            "SLU_JOB_GRACE_S": str(self.settings.job_grace_s),
        }
        try:
            with self.store.log_path(job_id).open("ab") as log:
                runner = subprocess.Popen(
                    command,
                    cwd=self.settings.project_root,
                    env={**os.environ, **environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise JobError(
                f"a job cannot be started: {error.strerror or error}; free some memory or space "
                "on the disk, and try again"
            ) from error
        # Found while it cannot be gone: nobody has waited for it yet.
        mark = ProcessMark.of(runner.pid)
        # An ended runner would stay a zombie as long as this process lives.
        threading.Thread(target=runner.wait, daemon=True, name=f"reaper of {job_id}").start()
        return mark


def whose_turn(live: Sequence[Row], slots: int) -> set[str]:
    """Ids of the jobs that may start now: those that came first, as far as slots are free.

    Args:
        live: jobs that wait or run, oldest first.
        slots: jobs that may run at once.
    """
    waiting = [row.job.id for row in live if row.job.status is JobStatus.QUEUED]
    n_running = len(live) - len(waiting)
    return set(waiting[: max(0, slots - n_running)])
