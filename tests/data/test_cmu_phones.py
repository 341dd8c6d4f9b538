import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config import EngineConfig
from slu.data.cmu_phones import cmu_phones
from slu.data.espeak import Delivery, name_sounds
from slu.data.everyday import SENTENCES
from slu.data.phonemes import ALL, SEPARATOR
from slu.data.rendering import speak_utterance
from slu.data.utterances import Utterance
from slu.data.voices import Voice
from slu.errors import SynthesisError

AMERICAN = frozenset(
    [
        *("aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy"),
        *("uh", "uw", "b", "ch", "d", "dh", "f", "g", "hh", "jh", "k", "l", "m", "n", "ng", "p"),
        *("r", "s", "sh", "t", "th", "v", "w", "y", "z", "zh"),
    ]
)


@given(st.lists(st.sampled_from(sorted(ALL)), min_size=1, max_size=8))
def test_sounds_that_come_in_by_chance_are_known(sounds: list[str]) -> None:
    phones = cmu_phones(SEPARATOR.join(sounds)).split()
    assert len(phones) >= len(sounds)
    assert AMERICAN.issuperset(phones)


@pytest.mark.parametrize("accent", ["id", "ms", "en-us", "es", "de", "sw", "tr", "nl", "it"])
def test_everything_a_language_says_can_be_named(accent: str) -> None:
    sentences = [text for texts in SENTENCES.values() for text in texts]
    phones = [cmu_phones(name_sounds(text, accent)).split() for text in sentences]
    assert AMERICAN.issuperset(phone for sentence in phones for phone in sentence)
    assert min(map(len, phones)) > 1


@pytest.mark.parametrize(
    ("phonemes", "phones"),
    [
        ("tS|'a|r|i", "ch aa r iy"),
        ("b@R'as", "b ax r aa s"),
        ("n^|'a|N", "n y aa ng"),
        ("t|'i|g|a b|'a|?", "t iy g aa b aa"),
        ("aI|_:", "ay"),
    ],
)
def test_sounds_get_their_american_names(phonemes: str, phones: str) -> None:
    assert cmu_phones(phonemes) == phones


def test_an_unknown_sound_is_named() -> None:
    with pytest.raises(SynthesisError, match=r"eSpeak's '½'; give the word another"):
        cmu_phones("a|½")


def test_a_program_is_given_the_sounds_of_the_language(tmp_path: Path) -> None:
    """It writes a sample for each sound that it is given."""
    script = tmp_path / "synthesiser.py"
    script.write_text(
        "import sys, soundfile\n"
        "soundfile.write(sys.argv[2], [0.5] * len(sys.argv[1].split()), 8000)\n"
    )
    command = shlex.join([sys.executable, str(script)]) + " {phones} {out}"
    engine = EngineConfig(name="command", command=command, language="id")
    voice = Voice("synthesiser", engine=engine)
    planned = Utterance("tiga", "[[t'iga]] ya?", (), voice, Delivery(), 0.0, 0.0, "train")
    samples, _ = speak_utterance(planned)
    assert samples.size == len(["t", "iy", "g", "aa", "y", "aa"])
