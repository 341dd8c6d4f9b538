from pathlib import Path

import pytest

from slu.config import CorpusConfig, load_config
from slu.config.engine import FurtherEngineConfig
from slu.data.casting import voices_of_splits
from slu.data.flite import SHARE, is_installed, speaks_in, with_flite, without_flite
from tests.ui.harness import ROOT

OTHER = FurtherEngineConfig(command="festival {text} {out}", share=0.1)


def corpus(language: str) -> CorpusConfig:
    return CorpusConfig(
        language=language,
        templates=["{product}"],
        slots={"product": {"kopi": ["kopi"], "susu": ["susu"]}},
        more_engines=with_flite((OTHER,), language),
    )


@pytest.mark.parametrize(
    ("language", "given"), [("en-us", "-t {text}"), ("en", "-t {text}"), ("id", "-p {phones}")]
)
def test_it_reads_english_and_is_given_the_sounds_of_other_languages(
    language: str, given: str
) -> None:
    other, *flite = corpus(language).more_engines
    assert other == OTHER
    assert all(given in engine.command for engine in flite)
    assert sum(engine.share for engine in flite) == pytest.approx(SHARE)


def test_its_voices_are_heard_in_training_alone() -> None:
    voices = voices_of_splits(corpus("id"))
    heard = {split: {v.name for v in of if v.accent == "flite"} for split, of in voices.items()}
    assert heard["train"] == {"flite+slt", "flite+rms", "flite+awb", "flite+kal16"}
    assert not heard["val"] | heard["test"]


def test_it_can_be_taken_out_again() -> None:
    assert speaks_in(corpus("id"))
    twice = with_flite(corpus("id").more_engines, "en")
    assert twice == with_flite((OTHER,), "en")
    assert without_flite(twice) == (OTHER,)


def test_the_coffee_suite_has_it() -> None:
    coffee = load_config(CorpusConfig, ROOT / "configs/bench/coffee_corpus.yaml")
    assert coffee.more_engines == with_flite((), coffee.language)


def test_it_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not is_installed()
    (tmp_path / "flite").write_text("#!/bin/sh\n")
    (tmp_path / "flite").chmod(0o755)
    assert is_installed()
