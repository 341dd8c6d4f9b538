"""The shape of a text in Python source: what it always says, with braces for what differs.

f"there is no job '{job.id}'"    there is no job '{id}'
"""

import ast
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, product

Names = Mapping[str, ast.expr]
"""What names stand for, where the source tells."""

# Calls that say nothing of their own: what they are given does.
_PLAIN_CALLS = {"join", "len", "map", "max", "min", "repr", "shorten", "sorted", "str", "sum"}
# What always says less would be found in sentences of all kinds.
_FEWEST_LETTERS = 4


@dataclass(frozen=True)
class _Value:
    """What differs from time to time."""

    name: str


_Parts = tuple[str | _Value, ...]


def shapes_of(node: ast.expr, names: Names) -> list[str]:
    """All shapes that a text can have."""
    return list(dict.fromkeys(_as_shape(parts) for parts in _wordings(node, names)))


def shape_of_format(text: str) -> str:
    """The shape of a text for `str.format`."""
    parts: list[str | _Value] = []
    for words, name, _, _ in string.Formatter().parse(text):
        parts += [words] if name is None else [words, _Value(name or "value")]
    return _as_shape(parts)


def skeleton(shape: str) -> str:
    """A shape without the names of its values."""
    return "".join(
        words.replace("{", "{{") + ("" if name is None else "{}")
        for words, name, _, _ in string.Formatter().parse(shape)
    )


def is_telling(shape: str) -> bool:
    """Whether a sentence can be known again by what its shape always says."""
    letters = (filter(str.isalpha, words) for words, _, _, _ in string.Formatter().parse(shape))
    return len([*chain.from_iterable(letters)]) >= _FEWEST_LETTERS


def assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Names that are given a value only once."""
    values: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values.setdefault(name, []).append(value)
    return {name: given[0] for name, given in values.items() if len(given) == 1}


def _wordings(node: ast.expr, names: Names) -> list[_Parts]:
    match node:
        case ast.Constant(value=str(text)):
            return [(text,)]
        case ast.JoinedStr(values=values):
            return _strung(values, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _strung([left, right], names)
        case ast.IfExp(body=body, orelse=orelse):
            return [*_wordings(body, names), *_wordings(orelse, names)]
        case ast.BoolOp(op=ast.Or(), values=values):
            return [parts for value in values for parts in _wordings(value, names)]
        case ast.BoolOp(values=[*_, last]):
            return _wordings(last, names)
        case ast.FormattedValue(value=value):
            return _of_value(value, names)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value="\n")), args=[given]):
            lines = given.elt if isinstance(given, ast.GeneratorExp) else given
            return _wordings(lines, names)
        case ast.Name(id=name) if name in names:
            return _of_name(name, names)
    return [(_Value(_name_of(node)),)]


def _strung(nodes: Iterable[ast.expr], names: Names) -> list[_Parts]:
    """One text behind the other, in every combination."""
    each = [_wordings(node, names) for node in nodes]
    return [tuple(part for parts in chosen for part in parts) for chosen in product(*each)]


def _of_value(node: ast.expr, names: Names) -> list[_Parts]:
    wordings = _wordings(node, names)
    is_told = any(isinstance(part, str) and part for parts in wordings for part in parts)
    return wordings if is_told else [(_Value(_name_of(node)),)]


def _of_name(name: str, names: Names) -> list[_Parts]:
    others = {other: value for other, value in names.items() if other != name}
    own: _Parts = (_Value(_tidy(name)),)
    return [
        own if len(parts) == 1 and isinstance(parts[0], _Value) else parts
        for parts in _wordings(names[name], others)
    ]


def _as_shape(parts: Iterable[str | _Value]) -> str:
    counts: dict[str, int] = {}
    shape = ""
    for part in parts:
        if isinstance(part, str):
            shape += part.replace("{", "{{").replace("}", "}}")
        else:
            counts[part.name] = count = counts.get(part.name, 0) + 1
            shape += f"{{{part.name}{count if count > 1 else ''}}}"
    return shape


def _name_of(node: ast.AST) -> str:
    """What a value is called in the source, in short."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _tidy(name)
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return _tidy(name)
        case ast.Call(args=[ast.Constant(value=str(name)), *_]):
            return _tidy(name)
        case ast.Call(func=func, args=[*_, last]) if _name_of(func) in _PLAIN_CALLS:
            return _name_of(last)
        case ast.Call(func=ast.Attribute(value=owner), args=[]):
            return _name_of(owner)
        case ast.Call(func=func):
            return _name_of(func)
        case ast.BinOp(left=left, right=right):
            return _name_of(right if isinstance(left, ast.Constant) else left)
    return next((_name_of(child) for child in _told_children(node)), "value")


def _told_children(node: ast.AST) -> Iterable[ast.AST]:
    return (
        child
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.expr) and not isinstance(child, ast.Constant | ast.Compare)
    )


def _tidy(name: str) -> str:
    return re.sub("[^a-z0-9_]", "", name.lower()).strip("_") or "value"
