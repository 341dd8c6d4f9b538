"""Write the reference of all commands, `docs/cli.md`, from the commands themselves.

Run with `python -m docs.cli_reference`, or `make docs`.
"""

import re
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from slu.cli.application import application

PATH = Path(__file__).with_name("cli.md")

# Typer lists the commands of a group with their help cut short; their own parts follow anyway.
_LISTS = re.compile(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n")


def cli_reference() -> str:
    """All commands with their arguments and options, as Markdown."""
    command = typer.main.get_command(application)
    text = get_docs_for_click(
        obj=command, ctx=typer.Context(command), name="slu", title="The command line"
    )
    return f"{_LISTS.sub('', text).strip()}\n"


if __name__ == "__main__":
    PATH.write_text(cli_reference(), "utf-8")
