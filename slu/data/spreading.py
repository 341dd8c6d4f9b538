"""Work spread over the nodes of a Ray cluster, with its progress told."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeVar

from slu.cluster import RETRIES, connect
from slu.data.parallel import Progress, no_progress, tell
from slu.errors import ClusterError

Task = TypeVar("Task")
Result = TypeVar("Result")

# Enough that no core waits, and few enough that results do not pile up.
_CHUNKS_PER_CORE = 2


class Mapper(Protocol):
    """Spreads work over processes: `slu.data.parallel.map_parallel` here, or a cluster's."""

    def __call__(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        *,
        chunk: int = 16,
        progress: Progress = no_progress,
    ) -> Iterator[Result]:
        """Results in the order of the tasks."""


def map_on_cluster(
    address: str,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    chunk: int = 16,
    progress: Progress = no_progress,
) -> Iterator[Result]:
    """Results in the order of the tasks, from one Ray task for each chunk of them.

    The tasks run in this process' folder, which all nodes must share. Those of a node that is
    lost are done again on another one, so that a task must give the same when it is repeated.

    Args:
        address: of the cluster, as `slu.cluster.connect` takes it.
        function: importable by name, as the nodes look it up.
        tasks: what it is called with.
        chunk: tasks that are sent to a node together.
        progress: told after each result.

    Raises:
        ClusterError: the cluster cannot be reached, or lost its nodes too often.
    """
    ray = connect(address)
    run = ray.remote(num_cpus=1, max_retries=RETRIES)(_run_chunk)
    chunks = [tasks[start : start + chunk] for start in range(0, len(tasks), chunk)]
    begun = (run.remote(function, part, str(Path.cwd())) for part in chunks)
    width = _CHUNKS_PER_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
    results = chain.from_iterable(_results(ray, begun, width))
    yield from tell(results, len(tasks), progress)


def _results(ray: ModuleType, chunks: Iterator[Any], width: int) -> Iterator[list[Any]]:
    """What each chunk of work gave, with so many chunks begun at once."""
    begun: deque[Any] = deque()
    try:
        while begun or (begun := deque(islice(chunks, width))):
            yield _result(ray, begun.popleft())
            begun.extend(islice(chunks, 1))
    finally:
        for chunk in begun:
            ray.cancel(chunk)


def _run_chunk(
    function: Callable[[Task], Result], tasks: Sequence[Task], folder: str
) -> list[Result]:
    """Body of a Ray task."""
    os.chdir(folder)
    return [function(task) for task in tasks]


def _result(ray: ModuleType, chunk: Any) -> list[Any]:
    """What a Ray task returned, or the error that it ended with."""
    try:
        # Unlike `ray.get`, this lets signals through while no core is free.
        return list(chunk.future().result())
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ClusterError(
            f"the cluster lost the same work {RETRIES + 1} times ({reason}); give its nodes more "
            "memory, and run this again"
        ) from error
