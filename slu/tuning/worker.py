"""Workers: they take trials from a shared study until it has its number."""

import multiprocessing
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.trial import FrozenTrial, TrialState

from slu.config.tune import TuneConfig
from slu.errors import SLUError
from slu.training.trainer import Interrupted
from slu.tuning.guards import StudyFull
from slu.tuning.sampler import TrialSeededSampler
from slu.tuning.storage import storage_errors, try_again, worker_storage
from slu.tuning.study import finished_trials, is_stopping

Objective = Callable[[optuna.Trial, Callable[[], bool]], float]
"""Called with the trial and with what asks whether to stop at once; returns the trial's value."""

RunWorkers = Callable[["StudyWork", int, Callable[[], bool], Callable[[], None]], None]
"""Called with the work, the number of workers, what asks whether to stop at once, and what is to be
called now and then; returns when the study has its number."""

ERROR = "error"
"""The attribute of a trial that says why it failed."""

POLL_S = 0.5


@dataclass(frozen=True)
class StudyWork:
    """What a worker has to know: self-contained, so that any process can do it."""

    study_name: str
    storage_url: str
    n_trials: int
    """Trials that the study shall have in the end, finished or pruned, whoever runs them."""
    max_epochs: int
    """Of the longest trial."""
    tune_config: TuneConfig
    objective: Objective


def run_worker(
    work: StudyWork,
    should_stop: Callable[[], bool] = lambda: False,
    on_trial: Callable[[], None] = lambda: None,
) -> None:
    """Run trials in this process until the study has its number.

    A worker that finds no trial left stays until the others have finished theirs: should one of
    them die, its trial is tried again here.

    Args:
        work: the study and what its trials do.
        should_stop: asked after each training step; the trial then goes back into the queue.
        on_trial: called after each trial.

    Raises:
        StudyError: the storage cannot be used any more.
        SLUError: a trial failed, as the next ones would.
    """
    config = work.tune_config
    with (
        storage_errors(work.storage_url),
        worker_storage(work.storage_url, config.heartbeat_s, work.n_trials) as storage,
    ):
        study = optuna.load_study(
            study_name=work.study_name,
            storage=storage,
            sampler=TrialSeededSampler(config.seed, config.startup_trials),
            pruner=make_pruner(config, work.max_epochs),
        )
        _Worker(work, study, should_stop, on_trial).run()


@dataclass(frozen=True)
class _Worker:
    work: StudyWork
    study: optuna.Study
    should_stop: Callable[[], bool]
    on_trial: Callable[[], None]

    def run(self) -> None:
        while not self._is_over():
            try:
                self.study.optimize(
                    self._run_trial, catch=(Interrupted,), callbacks=[self._close_trial]
                )
            except StudyFull:
                time.sleep(POLL_S)
            except ValueError as error:
                # This machine slept, and another worker took the trial for dead.
                if not str(error).startswith("Cannot tell a FAIL"):
                    raise

    def _run_trial(self, trial: optuna.Trial) -> float:
        try:
            return self.work.objective(trial, self.should_stop)
        except Interrupted:
            raise
        except SLUError as error:
            trial.set_user_attr(ERROR, str(error))
            raise

    def _close_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        if trial.state == TrialState.FAIL:
            try_again(study, trial)
        self.on_trial()
        if self._is_over():
            study.stop()

    def _is_over(self) -> bool:
        is_done = len(finished_trials(self.study)) >= self.work.n_trials
        return is_done or self.should_stop() or is_stopping(self.study)


def run_here(
    work: StudyWork,
    n_workers: int,
    should_stop: Callable[[], bool],
    on_poll: Callable[[], None],
) -> None:
    """Run trials on this machine, a single worker in this process; see `run_processes`."""
    if n_workers == 1:
        run_worker(work, should_stop, on_poll)
    else:
        run_processes(work, n_workers, should_stop, on_poll)


def run_processes(
    work: StudyWork,
    n_workers: int,
    should_stop: Callable[[], bool],
    on_poll: Callable[[], None],
) -> None:
    """Run trials in several processes of this machine until the study has its number.

    A worker that is killed does not stop the others.

    Args:
        work: what each of them does.
        n_workers: processes.
        should_stop: asked now and then; the trials then go back into the queue.
        on_poll: called now and then.
    """
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    processes = [context.Process(target=_work, args=(work, stop)) for _ in range(n_workers)]
    try:
        for process in processes:
            process.start()
        while alive := [process for process in processes if process.is_alive()]:
            wait([process.sentinel for process in alive], timeout=POLL_S)
            on_poll()
            if should_stop():
                stop.set()
    finally:
        stop.set()
        for process in processes:
            _join(process)


def _join(process: BaseProcess) -> None:
    # A process that was never started cannot be joined.
    if process.pid is not None:
        process.join()


def _work(work: StudyWork, stop: Event) -> None:
    """Body of a worker process."""
    # Ctrl-C and a cancelled job reach the whole process group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def should_stop() -> bool:
        return stop.is_set() or parent is None or not parent.is_alive()

    # Why a trial failed is in the study, where the parent reads it.
    with suppress(SLUError):
        run_worker(work, should_stop)


def make_pruner(config: TuneConfig, max_epochs: int) -> BasePruner:
    """What gives trials up: Golovin et al. 2017 (median) or Li et al. 2018 (Hyperband)."""
    if config.pruner == "median":
        return MedianPruner(config.startup_trials, config.warmup_epochs)
    if config.pruner == "hyperband":
        return HyperbandPruner(min(config.warmup_epochs, max_epochs), max_epochs)
    return NopPruner()
