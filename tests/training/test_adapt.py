"""Learning a few recordings: what batches hold, what is trained, and that chance has a seed."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from slu.config import AdaptConfig
from slu.errors import ModelError
from slu.models.factory import Model, build_model
from slu.training.adapt import MixedBatches, adapt
from slu.training.lesson import Lesson, prepare_lesson
from slu.training.trainer import Interrupted
from slu.training.utterances import Batch, Corpus, Utterance, UtteranceDataset
from tests.people import record_person
from tests.tones import MODEL, TRAIN

CONFIG = AdaptConfig(steps=4, batch_size=8, recordings_share=0.25, variants=2)


@pytest.fixture(scope="module")
def lesson(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    folder = tmp_path_factory.mktemp("person")
    return prepare_lesson(
        corpus, record_person(folder / "recorded", takes=2), CONFIG, (), folder / "features"
    )


@pytest.fixture
def model(corpus: Corpus) -> Model:
    torch.manual_seed(0)
    return build_model(MODEL, 16, {slot: len(labels) for slot, labels in corpus.labels.items()})


def marked(corpus: Corpus, count: int) -> list[list[Utterance]]:
    """Recordings that can be told from each other: all values are their number plus 100."""
    return [
        [Utterance(np.full((5, 16), 100 + number, np.float32), np.zeros(2, np.int64))]
        for number in range(count)
    ]


def batches_of(corpus: Corpus, count: int, n: int, config: AdaptConfig = CONFIG) -> Iterator[Batch]:
    replay = UtteranceDataset(corpus, corpus.split("train"), None, 0)
    return islice(iter(MixedBatches(marked(corpus, count), replay, config)), n)


def numbers(batch: Batch) -> list[int]:
    return [int(row[0, 0]) - 100 for row in batch.features if row[0, 0] >= 100]


def test_each_batch_is_part_recordings_part_replay(corpus: Corpus) -> None:
    for batch in batches_of(corpus, 3, 6):
        assert len(batch.features) == 8
        assert len(numbers(batch)) == 2


def test_every_recording_is_drawn_before_any_is_drawn_again(corpus: Corpus) -> None:
    drawn = [number for batch in batches_of(corpus, 6, 6) for number in numbers(batch)]

    assert sorted(drawn[:6]) == sorted(drawn[6:]) == list(range(6))


def test_without_a_corpus_batches_are_recordings_alone(corpus: Corpus) -> None:
    replay = UtteranceDataset(corpus, corpus.split("nothing"), None, 0)

    batch = next(iter(MixedBatches(marked(corpus, 3), replay, CONFIG)))

    assert len(numbers(batch)) == len(batch.features) == 2


def weights_of(model: Model) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_the_same_seed_teaches_the_same(lesson: Lesson, model: Model) -> None:
    before = weights_of(model)
    taught = []
    for seed in (3, 3, 4):
        model.load_state_dict(before)
        adapt(model, lesson, CONFIG.model_copy(update={"seed": seed}), TRAIN)
        taught.append(weights_of(model))

    first, second, other = (weights["heads.classifiers.0.weight"] for weights in taught)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_held_back_recordings_are_never_trained_on(
    lesson: Lesson, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is read from the stores is a recording to learn from or a training clip."""
    read: set[tuple[str, int]] = set()

    def spied(module: str, name: str) -> None:
        original = getattr(__import__(module, fromlist=[name]), name)

        def spy(path: Path, offset: int, count: int) -> np.ndarray:
            read.add((Path(path).name, offset))
            return original(path, offset, count)

        monkeypatch.setattr(f"{module}.{name}", spy)

    spied("slu.training.utterances", "read_features")
    spied("slu.training.utterances", "read_waveform")
    assert not lesson.held_back.empty

    adapt(model, lesson, CONFIG.model_copy(update={"steps": 20}), TRAIN)

    def places(rows: pd.DataFrame) -> set[tuple[str, int]]:
        kinds = (("feature_path", "feature_offset"), ("waveform_path", "waveform_offset"))
        return {
            (Path(name).name, int(offset))
            for path, start in kinds
            for name, offset in zip(rows[path], rows[start], strict=True)
        }

    assert read & places(lesson.recordings)
    assert read & places(lesson.replay)
    assert not read & places(lesson.held_back)
    assert read <= places(lesson.corpus.split("train"))


@pytest.mark.parametrize(
    ("layers", "moved", "kept"),
    [
        ("heads", "heads.classifiers.0.weight", "encoder.norm.weight"),
        ("last", "encoder.norm.weight", "projection.weight"),
        ("all", "projection.weight", "convolutions.0.norm.running_mean"),
    ],
)
def test_only_what_was_chosen_learns(
    lesson: Lesson, model: Model, layers: str, moved: str, kept: str
) -> None:
    before = weights_of(model)

    adapt(model, lesson, CONFIG.model_copy(update={"layers": layers}), TRAIN)

    after = weights_of(model)
    assert not torch.equal(before[moved], after[moved])
    assert torch.equal(before[kept], after[kept])


def test_it_can_be_stopped(lesson: Lesson, model: Model) -> None:
    done: list[int] = []

    with pytest.raises(Interrupted, match="nothing was changed"):
        adapt(
            model,
            lesson,
            CONFIG,
            TRAIN,
            on_step=lambda step, steps: done.append(step),
            should_stop=lambda: len(done) == 2,
        )
    assert done == [1, 2]


def test_a_rate_that_breaks_the_model_is_told(lesson: Lesson, model: Model) -> None:
    with torch.no_grad():
        model.heads.classifiers[0].weight.fill_(float("inf"))

    with pytest.raises(ModelError, match="try a lower learning_rate"):
        adapt(model, lesson, CONFIG, TRAIN)
