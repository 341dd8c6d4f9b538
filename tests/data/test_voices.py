import pytest

from slu.data.voices import (
    UNUSABLE_VARIANTS,
    Voice,
    check_voices,
    languages,
    usable_variants,
    variants,
    voice_file,
)
from slu.errors import SynthesisError


def test_languages_have_names() -> None:
    assert languages()["id"] == "Indonesian"
    assert {"ms", "en-us", "en-gb-scotland"} <= set(languages())


def test_languages_without_a_dictionary_are_left_out() -> None:
    assert not {"fo", "kaa", "xex"} & set(languages())


def test_usable_variants_are_all_but_the_listed_ones() -> None:
    assert set(variants()) - set(usable_variants()) == UNUSABLE_VARIANTS
    assert len(usable_variants()) == 81


def test_a_voice_is_named_and_found_as_the_engine_does() -> None:
    assert Voice("id", "f3").name == "id+f3"
    assert Voice("id").name == "id"
    assert voice_file(Voice("id", "f3")) == "poz/id+f3"
    assert voice_file(Voice("ko")) == "ko"


@pytest.mark.parametrize(
    ("accents", "names", "message"),
    [
        (["id", "idn"], [], "no language 'idn'; use one of its 138, such as .*id"),
        (["id"], ["f1", "f11"], "no voice variant 'f11'; use one of its 104, such as .*f1"),
    ],
)
def test_missing_voices_are_named_with_near_ones(
    accents: list[str], names: list[str], message: str
) -> None:
    with pytest.raises(SynthesisError, match=message):
        check_voices(accents, names)
