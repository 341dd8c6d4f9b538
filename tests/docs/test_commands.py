import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from docs import cli_reference
from slu.cli.application import application
from tests.docs.conftest import PAGES, code, name_of

SLU = typer.main.get_command(application)
COMMAND = re.compile(r"(?<![\w./-])slu (?=[a-z-])[^|;&#\n`]*")


def test_the_reference_is_what_the_code_says() -> None:
    written = cli_reference.PATH.read_text("utf-8")
    assert written == cli_reference.cli_reference(), "run python -m docs.cli_reference"


@pytest.mark.parametrize("page", [p for p in PAGES if p != cli_reference.PATH], ids=name_of)
def test_every_command_exists(page: Path) -> None:
    assert [f"{line}: {problem}" for line in commands(page) for problem in problems(line)] == []


def commands(page: Path) -> Iterator[str]:
    """The calls of slu on a page, each on one line."""
    for piece in code(page):
        for found in COMMAND.finditer(piece.replace("\\\n", " ")):
            yield found.group().strip()


def problems(line: str) -> Iterator[str]:
    """The commands and options of a line that are not there."""
    command = SLU
    _, *words = shlex.split(line)
    for position, word in enumerate(words):
        if command.name == "submit":  # what follows is a command of its own
            yield from problems(shlex.join(["slu", *words[position:]]))
            return
        if word.startswith("--"):
            if word.partition("=")[0] not in options(command):
                yield f"no option {word}"
        elif isinstance(command, TyperGroup):
            inner = command.commands.get(word)
            if inner is None:
                yield f"no command {word}"
                return
            command = inner


def options(command: TyperCommand | TyperGroup) -> set[str]:
    names = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    return names | {"--help"}


@pytest.mark.parametrize("line", ["slu trian", "slu jobs lst", "slu train --resme"])
def test_a_wrong_command_is_found(line: str) -> None:
    assert list(problems(line))


@pytest.mark.parametrize("line", ["slu runs list", "slu jobs submit train --resume", "slu --help"])
def test_a_right_command_is_not(line: str) -> None:
    assert not list(problems(line))
