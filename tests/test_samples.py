from pathlib import Path

import numpy as np

from slu.audio.decode import decode
from slu.config import CorpusConfig, load_config
from slu.samples import draw_readings, draw_samples

CORPUS = load_config(CorpusConfig, Path(__file__).parents[1] / "configs/corpus.yaml")


def test_a_sample_is_spoken_with_its_labels() -> None:
    sample = draw_samples(CORPUS, count=1, seed=3)[0]
    assert set(sample.labels) == set(CORPUS.slots)
    assert np.abs(decode(sample.speak(), 16000)).max() > 0.02


def test_any_phrase_is_read_in_several_voices() -> None:
    readings = draw_readings(CORPUS, "tiga roti", 3, seed=1)
    assert len({reading.voice for reading in readings}) == 3
    assert len({reading.speak() for reading in readings}) == 3
    assert all(reading.labels == {} for reading in readings)


def test_pronunciations_of_the_catalogue_are_heard() -> None:
    silent = CORPUS.model_copy(update={"pronunciations": {}})
    changed = [
        draw_readings(corpus, "beli beras", 1, seed=1)[0].utterance.spoken
        for corpus in (CORPUS, silent)
    ]
    assert "[[" in changed[0]
    assert "beli beras" in changed[1]
