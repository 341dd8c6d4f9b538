"""`python -m slu.jobs.runner JOB PROGRAM…`: waits for a job's turn and watches over its command."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from slu.errors import JobError
from slu.jobs.job import JobStatus
from slu.jobs.local import LocalJobs, whose_turn
from slu.jobs.output import LogCopy, why_it_ended
from slu.jobs.processes import ProcessMark, kill_group, signal_group
from slu.jobs.store import Row
from slu.settings import get_settings

_LOOK_EVERY_S = 0.2
_RETRY_AFTER_S = 1.0
# Room for the end state on a disk that the job has filled.
_RESERVE_BYTES = 256 * 1024

Result = TypeVar("Result")
Child = subprocess.Popen[bytes]


class Runner:
    """Runs one job.

    Args:
        jobs: where the job is.
        job_id: which.
    """

    def __init__(self, jobs: LocalJobs, job_id: str) -> None:
        self.jobs = jobs
        self.store = jobs.store
        self.job_id = job_id
        self.log_path = self.store.log_path(job_id)
        self.progress_file = self.store.progress_file(job_id)
        self.reserve = self.store.folder / f".{job_id}.reserve"

    def run(self) -> None:
        """Wait for the job's turn, run its command, and note how it ended."""
        while self._persist(self._is_queued):
            child = self._persist(self._start_in_turn)
            if child is not None:
                self._see_through(child)
                return
            time.sleep(_LOOK_EVERY_S)

    def _is_queued(self) -> bool:
        row = self._row()
        return row is not None and row.job.status is JobStatus.QUEUED

    def _start_in_turn(self) -> Child | None:
        """Start the command if a slot is free and nobody was here before."""
        slots = self.jobs.settings.job_slots
        if self.job_id not in whose_turn(self.jobs.live(), slots):
            return None
        child = None
        try:
            with self.store.transaction() as connection:
                if self.job_id in whose_turn(self.store.live(connection), slots):
                    child = self._start_command()
                    self.store.start(connection, self.job_id, ProcessMark.of(child.pid))
        except JobError:
            if child is not None:
                child.kill()
                child.wait()
            raise
        return child

    def _start_command(self) -> Child:
        row = self._row()
        assert row is not None
        return subprocess.Popen(
            [*self.jobs.program, *row.job.command],
            env={
                **os.environ,
                "SLU_PROGRESS_PATH": str(self.progress_file.path),
                # The log is to be read while it grows.
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def _see_through(self, child: Child) -> None:
        mark = ProcessMark.of(child.pid)
        assert child.stdout is not None
        assert child.stderr is not None
        said = LogCopy(child.stdout, self.log_path)
        complained = LogCopy(child.stderr, self.log_path, "slu: ")
        # Ending this process, as a computer does that shuts down, is ending the command.
        signal.signal(signal.SIGTERM, lambda *_: signal_group(child.pid, signal.SIGTERM))
        try:
            with self._prepared_for_full_disk():
                cancelled = self._watch(child, mark)
        finally:
            group = kill_group(mark)
            self.progress_file.remove()
        code = child.wait()
        if code < 0:
            self.jobs.remove_leavings(group)
        result, complaint = said.finish(), complained.finish()
        self._persist(lambda: self._note_end(code, cancelled, result, complaint))

    def _watch(self, child: Child, mark: ProcessMark) -> bool:
        """Wait until the command has ended; returns whether it was asked to."""
        kill_at_s = None
        while mark.is_alive():
            time.sleep(_LOOK_EVERY_S)
            if kill_at_s is None and not self._is_wanted():
                signal_group(child.pid, signal.SIGTERM)
                kill_at_s = time.monotonic() + self.jobs.settings.job_grace_s
            elif kill_at_s is not None and time.monotonic() >= kill_at_s:
                signal_group(child.pid, signal.SIGKILL)
        return kill_at_s is not None

    def _is_wanted(self) -> bool:
        """Whether the job may go on; without its database it is nobody's."""
        try:
            row = self._row()
        except JobError:
            return self.store.path.exists()
        return row is not None and not row.job.is_cancelling

    def _note_end(
        self, code: int, cancelled: bool, result: str | None, complaint: str | None
    ) -> None:
        with self.store.transaction() as connection:
            end = partial(self.store.end, connection, self.job_id)
            if code == 0:
                end(JobStatus.SUCCEEDED, result=result)
            elif cancelled:
                end(JobStatus.CANCELLED)
            else:
                end(JobStatus.FAILED, error=complaint or why_it_ended(code))

    def _row(self) -> Row | None:
        with self.store.reading() as connection:
            return self.store.find(connection, self.job_id)

    @contextmanager
    def _prepared_for_full_disk(self) -> Iterator[None]:
        """Keep what the database needs to be read until then, and to be written afterwards."""
        with self.store.reading() as held_open:
            # SQLite removes its shared memory with the last connection that has read something.
            self.store.find(held_open, self.job_id)
            try:
                with suppress(OSError):
                    self.reserve.write_bytes(b"\0" * _RESERVE_BYTES)
                yield
            finally:
                self.reserve.unlink(missing_ok=True)

    def _persist(self, act: Callable[[], Result]) -> Result:
        """Try again while the database is there and cannot be used, as on a full disk."""
        while True:
            try:
                return act()
            except JobError:
                if not self.store.path.exists():
                    raise
                time.sleep(_RETRY_AFTER_S)


def main() -> None:
    """Run the job that the arguments name."""
    job_id, *program = sys.argv[1:]
    Runner(LocalJobs(get_settings(), program), job_id).run()


if __name__ == "__main__":
    main()
