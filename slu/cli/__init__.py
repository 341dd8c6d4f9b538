"""The command line: `slu`, or `python -m slu.cli`."""

from slu.cli.application import main

__all__ = ["main"]
