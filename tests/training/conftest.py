"""A corpus of tones, and trainers that are quick."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from slu.models.factory import build_model
from slu.training.trainer import Trainer
from slu.training.utterances import Corpus, UtteranceDataset, load_corpus
from tests.tones import MODEL, SLOTS, TRAIN

torch.set_num_threads(1)

MakeTrainer = Callable[..., Trainer]


@pytest.fixture(scope="session")
def corpus(tone_root: Path) -> Corpus:
    return load_corpus(tone_root / "data" / "processed" / "metadata_features.csv")


@pytest.fixture
def make_trainer(corpus: Corpus, tmp_path: Path) -> MakeTrainer:
    """A function that gives a trainer at its beginning, with some settings changed."""

    def make(folder: str = "run", **changes: object) -> Trainer:
        config = TRAIN.model_copy(update={"epochs": 3, **changes})
        torch.manual_seed(config.seed)
        model = build_model(MODEL, 16, {slot: len(x) for slot, x in corpus.labels.items()})
        (tmp_path / folder).mkdir(exist_ok=True)
        train = UtteranceDataset(corpus, corpus.split("train"), config.augment, config.seed)
        val = UtteranceDataset(corpus, corpus.split("val"), None, config.seed)
        return Trainer(model, config, train, val, SLOTS, tmp_path / folder)

    return make
