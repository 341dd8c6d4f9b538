"""Gather the sentences that errors and commands say from the source, as shapes.

Pages know a sentence again by its shape, and show it in their language (`slu/ui/sentences.py`).
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.shapes import assigned, is_telling, shape_of_format, shapes_of, skeleton

ROOT = Path(__file__).resolve().parents[1]
# Functions whose texts, and tables whose values, become sentences or parts of them elsewhere.
SPEAKING: Mapping[str, tuple[str, ...]] = {
    "slu/config/corpus.py": ("_templates_fit_slots",),
    "slu/config/draft.py": ("_where",),
    "slu/config/grammar.py": ("parse", "_slot", "_group", "_options", "_is_optional"),
    "slu/config/loading.py": ("parse_overrides",),
    "slu/config/problems.py": (
        "_BOUNDS", "_describe", "_describe_tag", "_explain", "_allowed_number", "_allowed_length",
    ),
    "slu/data/catalogue.py": ("_slot_problems", "_template_problems", "_pronunciation_problems"),
    "slu/data/clips.py": ("measure_clip",),
    "slu/data/imports.py": ("_problems", "_copies"),
    "slu/data/takes.py": ("_REASONS",),
    "slu/inference.py": ("_find_problem", "_doubt"),
    "slu/jobs/database.py": ("_advice",),
    "slu/jobs/output.py": ("why_it_ended",),
    "slu/service.py": ("_reason",),
    "slu/tuning/search.py": ("_why_workers_ended",),
}  # fmt: skip
# Folder -> calls whose first argument a person reads on a page.
_CALLS: Mapping[str, set[str]] = {
    "slu/config": {"ValueError"},
    "slu/cli": {"_fail", "output.out", "output.print"},
}
# What Linux says of files.
_SYSTEM = (
    "Cannot allocate memory", "File exists", "File name too long", "Input/output error",
    "Is a directory", "No space left on device", "No such file or directory", "Not a directory",
    "Operation not permitted", "Permission denied", "Read-only file system",
)  # fmt: skip
# Between the parts of a sentence.
_JOINTS = (" and ", "{some}' or '{last}")
# Which command comes next is left out on pages.
_NEXT = " Next: slu "
_SENTENCE = re.compile(r"[^\s,;].* .*")


@dataclass(frozen=True)
class Call:
    """A call that says something."""

    path: str
    function: str
    """In which it is; empty at the top of a module."""
    shapes: list[str]
    """Of what it says; empty where that is made elsewhere."""


def sentences() -> dict[str, list[str]]:
    """Shape -> the files where it is said; of those that differ only in names, the first."""
    found: dict[str, tuple[str, list[str]]] = {}
    for shape, path in _said():
        _, paths = found.setdefault(skeleton(shape), (shape, []))
        if path not in paths:
            paths.append(path)
    return dict(found.values())


def error_calls() -> Iterator[Call]:
    """Every call of a class that derives from `SLUError`."""
    names = error_names()
    for path in _modules("slu"):
        yield from _calls(path, names)


def error_names() -> set[str]:
    """`SLUError` and the classes that derive from it, wherever they are."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for path in _modules("slu")
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    names = {"SLUError"}
    while more := {name for name, of in bases.items() if of & names} - names:
        names |= more
    return names


def spoken_by(path: str, name: str) -> list[str]:
    """The shapes of what a function or a table says; single words are keys, and left out."""
    tree = _parsed(path)
    constants = assigned(tree.body)
    if name in constants:
        texts = [node.value for node in ast.walk(constants[name]) if _is_text(node)]
        shapes = [shape_of_format(text) for text in texts]
    else:
        function = next(node for node in _functions(tree) if node.name == name)
        names = constants | assigned(ast.walk(function))
        said = function.body[1:] if ast.get_docstring(function) else function.body
        parts = (text for statement in said for text in _texts(statement))
        shapes = [shape for text in parts for shape in shapes_of(text, names)]
    return [shape for shape in shapes if _SENTENCE.match(shape) and is_telling(shape)]


def _said() -> Iterator[tuple[str, str]]:
    for call in error_calls():
        yield from ((shape, call.path) for shape in call.shapes)
    for path, names in SPEAKING.items():
        for name in names:
            yield from ((shape, path) for shape in spoken_by(path, name))
    for folder, functions in _CALLS.items():
        for path in _modules(folder):
            for call in _calls(path, functions):
                yield from ((shape, path) for shape in call.shapes)
    yield from ((text, "errno") for text in _SYSTEM)
    yield from ((joint, "slu/ui/sentences.py") for joint in _JOINTS)


def _modules(folder: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py"))


@cache
def _parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """The texts in a piece of source, but not those inside others."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _calls(path: str, names: set[str]) -> Iterator[Call]:
    """Calls by name in a module, each with the shapes of its first argument."""
    tree = _parsed(path)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        if _called(call) in names:
            owner = _owner(tree, call)
            known = assigned(tree.body) | assigned(ast.walk(owner) if owner else ())
            shapes = shapes_of(call.args[0], known) if call.args else []
            said = [shape.partition(_NEXT)[0] for shape in shapes]
            yield Call(path, owner.name if owner else "", [*filter(is_telling, said)])


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""


def _owner(tree: ast.Module, node: ast.AST) -> ast.FunctionDef | None:
    """The innermost function that a node is in."""
    owners = [function for function in _functions(tree) if node in ast.walk(function)]
    return owners[-1] if owners else None
