"""The shapes of texts in source."""

import ast

import pytest

from docs.shapes import assigned, is_telling, shape_of_format, shapes_of, skeleton


def shapes(source: str) -> list[str]:
    """Of the last expression of a piece of source."""
    *before, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    return shapes_of(last.value, assigned(before))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'plain'", ["plain"]),
        ("'one {brace}'", ["one {{brace}}"]),
        ("f'{{slot}} of {entry.version!r}'", ["{{slot}} of {version}"]),
        ("f'{a:.2f}, {a} and {b}' ' s'", ["{a}, {a2} and {b} s"]),
        ("f'{path}: {error.strerror or error}'", ["{path}: {strerror}"]),
        ("f'{sep.join(map(str, _PATHS))}'", ["{paths}"]),
        ("f'{len(rows)} {facts[\"kind\"]} {names[0]} {a / 1e6} {1 - b}'",
         ["{rows} {kind} {names} {a} {b}"]),
        ("f'{slot.capitalize()} {_parse(url).database} {read(path)} {schema.get(\"keys\", ())}'",
         ["{slot} {database} {read} {keys}"]),
        ("f'{{}} {3}'", ["{{}} {value}"]),
        ("f'{n} left' + ('!' if n else '')", ["{n} left!", "{n} left"]),
        ("f'it is {found or \"away\"}'", ["it is {found}", "it is away"]),
        ("'\\n'.join(f'{place}: {problem}' for place in places)", ["{place}: {problem}"]),
        ("_HINT = 'try again'\nf'no; {_HINT}'", ["no; try again"]),
        ("where = f' in line {mark.line}' if mark else ''\nf'bad{where}'",
         ["bad in line {line}", "bad"]),
        ("said = said_by(a)\nsaid", ["{said}"]),
        ("said = 'a'\nsaid = 'b'\nsaid", ["{said}"]),
    ],
)  # fmt: skip
def test_shape(source: str, expected: list[str]) -> None:
    assert shapes(source) == expected


def test_shape_of_a_format() -> None:
    shape = shape_of_format("{{a}} took {duration_s:.1f} s, {}")
    assert shape == "{{a}} took {duration_s} s, {value}"


def test_names_make_no_difference() -> None:
    assert skeleton("{path} is {{odd}}") == skeleton("{name} is {{odd}}") != skeleton("{x} is odd")


@pytest.mark.parametrize(
    ("shape", "telling"), [("{a}: {b}", False), ("{a} is {b}.", False), ("above {a}", True)]
)
def test_too_few_words_tell_nothing(shape: str, telling: bool) -> None:
    assert is_telling(shape) is telling
