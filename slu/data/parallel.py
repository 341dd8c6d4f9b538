"""Work spread over processes, with its progress told."""

import math
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

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
    """
    workers = min(_cores(), math.ceil(len(tasks) / chunk))
    if workers <= 1:
        yield from _tell(map(function, tasks), len(tasks), progress)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from _tell(pool.map(function, tasks, chunksize=chunk), len(tasks), progress)


def _tell(results: Iterator[Result], total: int, progress: Progress) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        yield result
        progress(done, total)


def _cores() -> int:
    """Cores that this process may use (a container may have fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
