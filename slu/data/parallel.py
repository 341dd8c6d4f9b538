"""Work spread over processes, with its progress told."""

import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from slu.errors import DataError

Task = TypeVar("Task")
Result = TypeVar("Result")

Progress = Callable[[int, int], None]
"""Called with the number of items done and the number of all."""


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def map_parallel(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    chunk: int = 16,
    progress: Progress = no_progress,
) -> Iterator[Result]:
    """Results in the order of the tasks, from one process a core.

    Args:
        function: importable by name, as spawned processes look it up.
        tasks: what it is called with.
        chunk: tasks that are sent to a process together; a single chunk runs in this process,
            as starting others would take longer.
        progress: told after each result.

    Raises:
        DataError: a process died.
    """
    workers = min(cores(), math.ceil(len(tasks) / chunk))
    if workers <= 1:
        yield from tell(map(function, tasks), len(tasks), progress)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_serve_parent)
    try:
        yield from tell(pool.map(function, tasks, chunksize=chunk), len(tasks), progress)
    except BrokenProcessPool as error:
        raise DataError(
            "a process died at work; free some memory and run this again (a script of your own "
            "must start under `if __name__ == '__main__':`)"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def tell(results: Iterable[Result], total: int, progress: Progress) -> Iterator[Result]:
    """The same results, of which there are `total`; each is told of."""
    for done, result in enumerate(results, start=1):
        yield result
        progress(done, total)


def _serve_parent() -> None:
    """Leave Ctrl-C to the parent, which ends the pool, and do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def cores() -> int:
    """Cores that this process may use (a container may have fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
