"""The grammar of phrase templates: `[a|b]` one of, `(…)?` may be left out, `{slot}` a slot.

    "[catat|jual] {quantity} (bungkus|botol)? {product}"

Groups nest, and `|` works in both kinds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

_CLOSING: Final = {"[": "]", "(": ")"}
_SPECIAL: Final = frozenset("[](){}|")
_MAX_DEPTH: Final = 20


@dataclass(frozen=True)
class Words:
    """Text as it stands, spaces included."""

    text: str


@dataclass(frozen=True)
class SlotReference:
    """A slot, to be filled with a way to say one of its labels."""

    name: str
    position: int
    """Of its brace in the template; the first character is 1."""


@dataclass(frozen=True)
class OneOf:
    """Alternatives; something that may be left out has an empty one."""

    options: tuple["Sequence", ...]


@dataclass(frozen=True)
class Sequence:
    """Parts that follow one another."""

    parts: tuple["Node", ...] = ()


Node = Words | SlotReference | OneOf | Sequence

_NOTHING: Final = Sequence()


def parse_template(text: str) -> Sequence:
    """Read a template.

    Raises:
        ValueError: naming the position (the first character is 1) and what is wrong there; a
            ValueError, so that pydantic reports it among the other problems of a file.
    """
    return _Parser(text).parse()


def slot_references(node: Node) -> Iterator[SlotReference]:
    """Every slot that a template names, in order."""
    match node:
        case SlotReference():
            yield node
        case OneOf(children) | Sequence(children):
            for child in children:
                yield from slot_references(child)


def always_spoken(node: Node) -> frozenset[str]:
    """Names of the slots that every phrase of a template speaks."""
    match node:
        case Words():
            return frozenset()
        case SlotReference(name):
            return frozenset([name])
        case OneOf(options):
            return frozenset.intersection(*map(always_spoken, options))
        case Sequence(parts):
            return frozenset().union(*map(always_spoken, parts))


def _may_be_silent(node: Node) -> bool:
    match node:
        case Words(text):
            return not text.strip()
        case SlotReference():
            return False
        case OneOf(options):
            return any(map(_may_be_silent, options))
        case Sequence(parts):
            return all(map(_may_be_silent, parts))


class _Parser:
    """Recursive descent; `_index` is the next character to read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._index = 0
        self._depth = 0

    def parse(self) -> Sequence:
        node = self._sequence()
        if self._next == "|":
            self._fail(self._index, "'|' stands outside of [...] and (...)?")
        if self._next:
            self._fail(self._index, f"'{self._next}' closes nothing")
        if _may_be_silent(node):
            self._fail(0, "every part may be left out; keep at least one word")
        return node

    @property
    def _next(self) -> str:
        return self._text[self._index : self._index + 1]

    def _sequence(self) -> Sequence:
        parts: list[Node] = []
        while self._next and self._next not in "|])}":
            if self._next in _CLOSING:
                parts.append(self._group())
            elif self._next == "{":
                parts.append(self._slot())
            else:
                parts.append(self._words())
        return Sequence(tuple(parts))

    def _words(self) -> Words:
        start = self._index
        while self._next and self._next not in _SPECIAL:
            self._index += 1
        return Words(self._text[start : self._index])

    def _slot(self) -> SlotReference:
        start = self._index
        end = self._text.find("}", start)
        if end < 0:
            self._fail(start, "'{' is never closed")
        self._index = end + 1
        return SlotReference(self._text[start + 1 : end].strip(), start + 1)

    def _group(self) -> OneOf:
        start, opening = self._index, self._next
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail(start, f"groups are nested more than {_MAX_DEPTH} deep")
        options = self._options()
        if self._next != _CLOSING[opening]:
            self._fail(start, f"'{opening}' is never closed")
        self._index += 1
        self._depth -= 1
        return OneOf((*options, _NOTHING) if self._is_optional(opening) else options)

    def _options(self) -> tuple[Sequence, ...]:
        """Alternatives up to the end of the group, the opening bracket being next."""
        options: list[Sequence] = []
        while not options or self._next == "|":
            self._index += 1
            start = self._index
            options.append(self._sequence())
            if self._next and not self._text[start : self._index].strip():
                self._fail(start, "an empty alternative; write (...)? around what may be left out")
        return tuple(options)

    def _is_optional(self, opening: str) -> bool:
        """Step over the `?` that a `(...)` must have."""
        if opening == "[":
            return False
        if self._next != "?":
            self._fail(self._index - 1, "')' must be followed by '?'; write [...] for a choice")
        self._index += 1
        return True

    def _fail(self, index: int, problem: str) -> NoReturn:
        raise ValueError(f"position {index + 1}: {problem}")
