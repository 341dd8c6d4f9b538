"""The sentences of errors and of jobs, in the language of the page.

They are raised, logged and stored in English, with everything filled in. A page knows them again by
their shapes, which `python -m docs.translation` gathers from the source into `errors.po`.
"""

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from babel.messages.mofile import read_mo

from slu.ui.language import LOCALE_DIR, language

# Behind a place, between two problems, between two bounds.
_JOINT = re.compile(": |; | and ")
_BETWEEN = re.compile("; ")


def told(message: object) -> str:
    """An error, or what it says, as a sentence for a page."""
    return as_sentence(translated(str(message)))


def translated(text: str) -> str:
    """What an error or a job says, line by line; lines of an unknown shape stay as they are."""
    code = language()
    return "\n".join(_translated(code, line) for line in text.split("\n"))


def as_sentence(message: str) -> str:
    """The message of an error with a capital and a full stop.

    A name of a file or a version at its beginning stays as it is, and so do several lines.
    """
    if "\n" in message or not message:
        return message
    if message.split()[0].rstrip(",:").isalpha():
        message = message[0].upper() + message[1:]
    return message if message[-1] in ".!?" else f"{message}."


@dataclass(frozen=True)
class _Shape:
    """What a sentence looks like, and what it is in another language."""

    pattern: re.Pattern[str]
    translation: str
    n_literal: int
    """How many characters are the same each time."""


def _translated(code: str, text: str) -> str:
    return _listed(code, text) or _whole(code, text) or _joined(code, text) or text


def _listed(code: str, text: str) -> str | None:
    """The translation of several texts of known shapes, which one shape might swallow."""
    for joint in _BETWEEN.finditer(text):
        first, others = text[: joint.start()], text[joint.end() :]
        begin, end = _whole(code, first), _listed(code, others) or _whole(code, others)
        if begin and end:
            return f"{begin}{joint[0]}{end}"
    return None


@lru_cache(maxsize=4096)
def _whole(code: str, text: str) -> str | None:
    """The translation of a text of a known shape, its values translated as well."""
    for shape in _shapes(code):
        if found := shape.pattern.fullmatch(text):
            values = {name: _translated(code, value) for name, value in found.groupdict().items()}
            return shape.translation.format_map(values)
    return None


def _joined(code: str, text: str) -> str | None:
    """The translation of a text of parts, one of which has a known shape: `file: problem`."""
    for joint in _JOINT.finditer(text):
        before, place, after = text[: joint.start()], text[: joint.end()], text[joint.end() :]
        begin, end = _whole(code, place), _whole(code, after)
        if begin or end:
            begin = begin or _translated(code, before) + _translated(code, joint[0])
            return begin + (end or _translated(code, after))
    return None


@lru_cache
def _shapes(code: str) -> list[_Shape]:
    """All that can be translated, the most telling first."""
    path = LOCALE_DIR / code / "LC_MESSAGES" / "errors.mo"
    if not path.exists():
        return []
    with path.open("rb") as file:
        return _ordered((str(text.id), str(text.string)) for text in read_mo(file) if text.id)


def _ordered(texts: Iterable[tuple[str, str]]) -> list[_Shape]:
    return sorted((_shape(*text) for text in texts), key=lambda shape: -shape.n_literal)


def _shape(text: str, translation: str) -> _Shape:
    parts = list(string.Formatter().parse(text))
    pattern = "".join(_pattern(words, name) for words, name, _, _ in parts)
    n_literal = sum(len(words) for words, _, _, _ in parts)
    return _Shape(re.compile(pattern), translation, n_literal)


def _pattern(words: str, name: str | None) -> str:
    return re.escape(words) + ("" if name is None else f"(?P<{name}>.*?)")
