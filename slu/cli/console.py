"""What commands share: options, progress bars, tables."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from slu.jobs import JobProgress
from slu.jobs.progress import ProgressFile
from slu.settings import get_settings

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Override a value of a configuration, e.g. --set train.epochs=5. May be repeated.",
    ),
]
VersionOption = Annotated[
    str | None, typer.Option("--model", help="Model version. Default: the one in use.")
]
ModelCfg = Annotated[Path, typer.Option(help="Which model, and its sizes.")]
TrainCfg = Annotated[Path, typer.Option(help="How to train.")]
PreprocessCfg = Annotated[
    Path | None,
    typer.Option(help="Compute these features where they are missing; default: the table's."),
]
FeaturesTable = Annotated[Path, typer.Option(help="Table that slu preprocess wrote.")]

MODEL_CFG = Path("configs/model_m1.yaml")
TRAIN_CFG = Path("configs/train.yaml")
FEATURES = Path("data/processed/metadata_features.csv")

output = Console(highlight=False, soft_wrap=True)
"""Results."""
notes = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress."""


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much is done, from the first item on; also to who watches this as a background job.

    Gives a function that is told the done and the total items.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=notes)
    path = get_settings().progress_path
    watched = None if path is None else ProgressFile(path)

    def tell(done: int, total: int) -> None:
        if not progress.tasks:
            progress.add_task(title)
            progress.start()
        progress.update(progress.task_ids[0], completed=done, total=total)
        if watched is not None:
            remaining_s = progress.tasks[0].time_remaining
            watched.tell(JobProgress(title, done, total, remaining_s))

    try:
        yield tell
    finally:
        if progress.tasks:
            progress.stop()
        if watched is not None:
            watched.flush()


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Gives a function that tells whether Ctrl-C or SIGTERM came; the work then saves and ends.

    A second one ends the work at once.
    """
    stop = threading.Event()

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, ask_to_stop) for number in signals]
    try:
        yield stop.is_set
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
