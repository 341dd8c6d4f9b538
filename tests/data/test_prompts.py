from collections import Counter

import numpy as np
import pandas as pd

from slu.config import CorpusConfig
from slu.data.prompts import Prompt, draw_prompt, said_labels

CORPUS = CorpusConfig(
    templates=["[catat|beli] {quantity} {product}"],
    slots={
        "product": {"Beras": ["beras"], "teh": ["teh"], "kopi": ["kopi"]},
        "quantity": {"1": ["satu"], "2": ["dua"]},
    },
)


def prompts(count: int, said: list[dict[str, str]], corpus: CorpusConfig = CORPUS) -> list[Prompt]:
    """Prompts, each said before the next is drawn."""
    found: list[Prompt] = []
    for seed in range(count):
        before = [*said, *(dict(prompt.labels) for prompt in found)]
        found.append(draw_prompt(corpus, before, np.random.default_rng(seed)))
    return found


def test_all_labels_come_up_equally_often() -> None:
    counts = Counter(prompt.labels["product"] for prompt in prompts(30, []))
    assert counts == {"beras": 10, "teh": 10, "kopi": 10}


def test_what_was_said_least_comes_first() -> None:
    said = [{"product": label, "quantity": "1"} for label in ("teh", "kopi") for _ in range(5)]
    found = prompts(5, said)
    assert {prompt.labels["product"] for prompt in found} == {"beras"}
    assert {prompt.labels["quantity"] for prompt in found} == {"2"}


def test_a_prompt_says_its_labels_in_their_canonical_form() -> None:
    words = {"1": "satu", "2": "dua"}
    for prompt in prompts(12, []):
        verb, quantity, product = prompt.text.split()
        assert verb in ("catat", "beli")
        assert prompt.labels == {
            "product": product,
            "quantity": {v: k for k, v in words.items()}[quantity],
        }


def test_a_slot_that_is_not_said_has_no_label() -> None:
    corpus = CORPUS.model_copy(
        update={
            "templates": CorpusConfig(
                templates=["{product} ({quantity})?"], slots=CORPUS.slots
            ).templates
        }
    )
    labels = {prompt.labels["quantity"] for prompt in prompts(20, [], corpus)}
    assert labels == {"none", "1", "2"}


def test_chance_starts_where_it_is_told() -> None:
    drawn = [draw_prompt(CORPUS, [], np.random.default_rng(seed)) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({prompt.text for prompt in drawn}) > 1


def test_recordings_are_counted_by_their_labels() -> None:
    table = pd.DataFrame({"product": ["teh"], "quantity": ["2"], "speaker": ["Siti"]})
    assert said_labels(table, ["product", "quantity"]) == [{"product": "teh", "quantity": "2"}]
