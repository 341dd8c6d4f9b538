"""Which utterances go into a batch together, and who prepares them."""

import gc
import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slu.errors import ModelError
from slu.training.batches import EpochLoader, in_order, plan_epoch
from slu.training.utterances import Batch, Corpus, UtteranceDataset
from tests.tones import TRAIN

BATCH_SIZE = 10


@pytest.fixture
def dataset(corpus: Corpus) -> UtteranceDataset:
    return UtteranceDataset(corpus, corpus.split("train"), TRAIN.augment, seed=3)


def epoch(
    dataset: UtteranceDataset, number: int, *, first_batch: int = 0, seed: int = 3, workers: int = 0
) -> list[Batch]:
    with EpochLoader(dataset, BATCH_SIZE, seed, workers) as loader:
        return list(loader.batches(number, first_batch))


def assert_equal(first: list[Batch], second: list[Batch]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.features, other.features)
        assert torch.equal(one.lengths, other.lengths)
        assert torch.equal(one.targets, other.targets)


@given(
    n_frames=st.lists(st.integers(1, 1000), min_size=1, max_size=200),
    batch_size=st.integers(1, 50),
    seed=st.integers(0, 2**32),
)
def test_every_utterance_is_in_exactly_one_batch(
    n_frames: list[int], batch_size: int, seed: int
) -> None:
    batches = plan_epoch(np.array(n_frames), batch_size, np.random.default_rng(seed))

    assert sorted(np.concatenate(batches)) == list(range(len(n_frames)))
    assert sorted(len(batch) for batch in batches)[1:] == [batch_size] * (len(batches) - 1)


def test_batches_hold_utterances_of_similar_length() -> None:
    n_frames = np.random.default_rng(0).integers(50, 500, 1000)

    batches = plan_epoch(n_frames, 50, np.random.default_rng(1))

    padding = sum((n_frames[b].max() - n_frames[b]).sum() for b in batches) / n_frames.sum()
    shuffled = np.random.default_rng(2).permutation(n_frames).reshape(-1, 50)
    unsorted = (shuffled.max(axis=1, keepdims=True) - shuffled).sum() / n_frames.sum()
    assert padding < unsorted / 3


def test_what_is_drawn_depends_on_seed_and_epoch(dataset: UtteranceDataset) -> None:
    first = epoch(dataset, 0)

    assert_equal(first, epoch(dataset, 0))
    for other in (epoch(dataset, 1), epoch(dataset, 0, seed=4)):
        assert not all(torch.equal(a.lengths, b.lengths) for a, b in zip(first, other, strict=True))


def test_an_epoch_goes_on_from_any_batch(dataset: UtteranceDataset) -> None:
    assert_equal(epoch(dataset, 2, first_batch=3), epoch(dataset, 2)[3:])


def test_worker_processes_draw_the_same(dataset: UtteranceDataset) -> None:
    with EpochLoader(dataset, BATCH_SIZE, 3, workers=2) as loader:
        apart = [list(loader.batches(number)) for number in (0, 1)]

    assert_equal(apart[0], epoch(dataset, 0))
    assert_equal(apart[1], epoch(dataset, 1))


def test_worker_processes_leave_the_random_state_alone(dataset: UtteranceDataset) -> None:
    before = torch.get_rng_state()

    epoch(dataset, 0, workers=1)

    assert torch.equal(torch.get_rng_state(), before)


def test_worker_processes_end_with_the_block(dataset: UtteranceDataset) -> None:
    with EpochLoader(dataset, BATCH_SIZE, 3, workers=2) as loader:
        next(loader.batches(0))
        during = children()
    assert len(during) >= 2
    assert not during & children()


def test_worker_processes_end_with_an_error(dataset: UtteranceDataset) -> None:
    def fail() -> None:
        with EpochLoader(dataset, BATCH_SIZE, 3, workers=2) as loader:
            for _ in loader.batches(0):
                raise ValueError("on the way")

    before = children()
    with pytest.raises(ValueError, match="on the way") as caught:
        fail()

    assert caught.tb is not None, "the frames that the error came through are alive"
    assert children() == before


def test_a_worker_that_dies_is_one_sentence(dataset: UtteranceDataset) -> None:
    def kill_workers() -> None:
        with EpochLoader(dataset, BATCH_SIZE, 3, workers=1) as loader:
            before = children()
            batches = loader.batches(0)
            next(batches)
            for pid in children() - before:
                os.kill(pid, signal.SIGKILL)
            for number in range(1, 100):
                list(loader.batches(number))

    # torch raises the error wherever Python is when it hears of the death. In hypothesis' timer of
    # garbage collections, which nothing outside the tests has, it would be lost.
    gc.disable()
    try:
        with pytest.raises(ModelError, match=r"died, .*--resume"):
            kill_workers()
    finally:
        gc.enable()


def test_in_order_gives_everything_once(dataset: UtteranceDataset) -> None:
    indices, batches = zip(*in_order(dataset, BATCH_SIZE), strict=True)

    assert sorted(np.concatenate(indices)) == list(range(len(dataset)))
    for places, batch in zip(indices, batches, strict=True):
        assert batch.targets.tolist() == dataset.targets[places].tolist()


def children() -> set[int | None]:
    """Processes that this one started."""
    return {process.pid for process in multiprocessing.active_children()}
