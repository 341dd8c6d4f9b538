"""Which utterances go into a batch together, and who prepares them."""

import signal
import time
from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Sampler

from slu.errors import ModelError
from slu.training.utterances import Batch, Draw, Utterance, UtteranceDataset, collate

# Within this, torch has heard of a worker's death.
_HEARD_S = 1.0
# Length is blurred by this share before sorting: batches differ from epoch to epoch.
_LENGTH_JITTER = 0.15


def plan_epoch(
    n_frames: NDArray[np.int64], batch_size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Batches of similar length in random order; every utterance is in exactly one.

    Args:
        n_frames: length of each utterance.
        batch_size: utterances in a batch; the last one may be smaller.
        rng: shuffles.

    Returns:
        indices of each batch's utterances.
    """
    blurred = n_frames * rng.uniform(1 - _LENGTH_JITTER, 1 + _LENGTH_JITTER, len(n_frames))
    order = np.argsort(blurred)
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [batches[index] for index in rng.permutation(len(batches))]


class EpochLoader:
    """The batches of one epoch after another; worker processes prepare the next ones meanwhile.

    What a batch holds depends on seed and epoch alone. To be used in a `with` block, at whose end
    the processes are gone.

    Args:
        dataset: what is trained on.
        batch_size: utterances in a batch.
        seed: of the order.
        workers: processes; 0: batches are prepared in this one.
    """

    def __init__(self, dataset: UtteranceDataset, batch_size: int, seed: int, workers: int) -> None:
        self._sampler = _EpochSampler(dataset, batch_size, seed)
        self._loader: DataLoader[Utterance] | None = DataLoader(
            dataset,
            batch_sampler=self._sampler,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
            prefetch_factor=4 if workers else None,
            worker_init_fn=_leave_signals_to_the_trainer,
            # Its own: drawing worker seeds from torch's would change dropout after a resume.
            generator=torch.Generator().manual_seed(0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        # The workers end with the last reference; an error's traceback must not hold it.
        self._loader = None
        # Raised by torch's signal handler, wherever the trainer is at that moment.
        if isinstance(error, RuntimeError) and "DataLoader worker" in str(error):
            raise _worker_died() from error

    def __len__(self) -> int:
        return len(self._sampler)

    def batches(self, epoch: int, first_batch: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from some batch on (to continue an interrupted epoch)."""
        assert self._loader is not None, "the `with` block has ended"
        self._sampler.start(epoch, first_batch)
        try:
            yield from self._loader
        except (ConnectionError, EOFError) as error:
            # A worker died while it handed a batch over; torch hears of it in a moment, and raises
            # its own error in this line.
            time.sleep(_HEARD_S)
            raise _worker_died() from error


class _EpochSampler(Sampler[list[Draw]]):
    def __init__(self, dataset: UtteranceDataset, batch_size: int, seed: int) -> None:
        self._dataset = dataset
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0
        self._first_batch = 0

    def start(self, epoch: int, first_batch: int) -> None:
        """Choose what the next iteration gives."""
        self._epoch, self._first_batch = epoch, first_batch

    def __len__(self) -> int:
        return -(-len(self._dataset) // self._batch_size)

    def __iter__(self) -> Iterator[list[Draw]]:
        rng = np.random.default_rng([self._seed, self._epoch])
        plan = plan_epoch(self._dataset.n_frames, self._batch_size, rng)
        for batch in plan[self._first_batch :]:
            yield [(self._epoch, int(index)) for index in batch]


def _worker_died() -> ModelError:
    return ModelError(
        "a process that prepares batches died, perhaps for lack of memory; continue with --resume "
        "and --set train.workers=0"
    )


def _leave_signals_to_the_trainer(_worker: int) -> None:
    # Ctrl-C and a cancelled job reach the whole process group; only the trainer knows what to save.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def in_order(
    dataset: UtteranceDataset, batch_size: int
) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Every utterance once, in batches of similar length, with its indices."""
    order = np.argsort(dataset.n_frames, kind="stable")
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        yield indices, collate([dataset[0, int(index)] for index in indices])
