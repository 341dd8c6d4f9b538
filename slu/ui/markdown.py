"""Words of people inside texts that Streamlit reads as Markdown."""

import re

_SIGN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:])")


def plain(text: str) -> str:
    """Text in which no Markdown is found."""
    return _SIGN.sub(r"\\\1", text)
