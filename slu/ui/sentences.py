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
# No sentence of the source is nearly as long; what strangers write may be, and would take long.
_LONGEST = 1000


def told(message: object) -> str:
    """An error, or what it says, as a sentence for a page."""
    return as_sentence(translated(str(message)))


def translated(text: str) -> str:
    """What an error or a job says, line by line; lines of an unknown shape stay as they are."""
    code = language()
    lines = text.split("\n")
    return "\n".join(line if len(line) > _LONGEST else _translated(code, line) for line in lines)


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
    literals: tuple[str, ...]
    """What is the same each time."""

    def values(self, text: str) -> dict[str, str] | None:
        """What differs in a text of this shape."""
        # Most shapes are ruled out without the pattern, which is slow on long texts.
        is_like = all(literal in text for literal in self.literals)
        found = self.pattern.fullmatch(text) if is_like else None
        return found and found.groupdict()


def _translated(code: str, text: str) -> str:
    return _listed(code, text) or _whole(code, text) or _joined(code, text) or text


def _listed(code: str, text: str) -> str | None:
    """The translation of several texts of known shapes, which one shape might swallow."""
    for joint in _BETWEEN.finditer(text):
        first, others = text[: joint.start()], text[joint.end() :]
        begin = _whole(code, first)
        if begin and (end := _listed(code, others) or _whole(code, others)):
            return f"{begin}{joint[0]}{end}"
    return None


@lru_cache(maxsize=4096)
def _whole(code: str, text: str) -> str | None:
    """The translation of a text of a known shape, its values translated as well."""
    for shape in _shapes(code):
        values = shape.values(text)
        if values is not None:
            told = {name: _translated(code, value) for name, value in values.items()}
            return shape.translation.format_map(told)
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
    shapes = (_shape(*text) for text in texts)
    return sorted(shapes, key=lambda shape: -sum(map(len, shape.literals)))


def _shape(text: str, translation: str) -> _Shape:
    parts = list(string.Formatter().parse(text))
    pattern = "".join(_pattern(words, name) for words, name, _, _ in parts)
    return _Shape(re.compile(pattern), translation, tuple(words for words, _, _, _ in parts))


def _pattern(words: str, name: str | None) -> str:
    return re.escape(words) + ("" if name is None else f"(?P<{name}>.*?)")
