from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from slu.api.api_keys import ApiKeys

KEYS = ApiKeys([SecretStr("first-key"), SecretStr("kopi-manis-é")])

header_values = st.text(st.characters(max_codepoint=255))


def test_every_key_is_admitted() -> None:
    assert KEYS.admit("first-key")
    assert KEYS.admit("kopi-manis-é".encode().decode("latin-1"))


@given(header_values)
def test_nothing_else_is_admitted(given_key: str) -> None:
    assert not KEYS.admit(given_key)


def test_a_missing_key_is_not_admitted() -> None:
    assert not KEYS.admit(None)


@given(header_values | st.none())
def test_without_keys_everybody_is_admitted(given_key: str | None) -> None:
    assert ApiKeys([]).admit(given_key)
