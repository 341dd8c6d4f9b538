"""Workers on the nodes of a Ray cluster."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from pathlib import Path

from slu.cluster import RETRIES, connect
from slu.errors import SLUError
from slu.settings import Settings
from slu.tuning.worker import POLL_S, StudyWork, run_worker


def run_on_cluster(
    settings: Settings,
    work: StudyWork,
    n_workers: int,
    should_stop: Callable[[], bool],
    on_poll: Callable[[], None],
) -> None:
    """Run trials on a cluster until the study has its number.

    A worker whose node is lost is started again on another one. Its trial is found dead by its
    missing heartbeat and tried again, by whichever worker sees it first.

    Args:
        settings: with the cluster's address and what a training reserves there.
        work: what each worker does.
        n_workers: Ray tasks; those that find no free core wait for one.
        should_stop: asked now and then; the trials then go back into the queue.
        on_poll: called now and then.

    Raises:
        ClusterError: the cluster cannot be reached.
    """
    assert settings.ray_address is not None
    ray = connect(settings.ray_address)
    worker = ray.remote(
        num_cpus=settings.ray_cpus, num_gpus=settings.ray_gpus, max_retries=RETRIES
    )(_work)
    tasks = [worker.remote(work, Path.cwd()) for _ in range(n_workers)]
    # Unlike `ray.wait`, waiting for these lets signals through.
    alive: set[Future[None]] = {task.future() for task in tasks}
    asked = False
    while alive:
        alive = wait(alive, POLL_S, FIRST_COMPLETED).not_done
        on_poll()
        if should_stop() and not asked:
            asked = True
            for task in tasks:
                ray.cancel(task)


def _work(work: StudyWork, folder: Path) -> None:
    """Body of a Ray task."""
    os.chdir(folder)
    stop = threading.Event()
    # As Ray cancels a task.
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    # Why a trial failed is in the study, where the driver reads it.
    with suppress(SLUError):
        run_worker(work, stop.is_set)
