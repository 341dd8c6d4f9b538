"""A configuration while it is being typed: every problem at once, each with its line."""

from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from slu.config.problems import locate_problems
from slu.config.yaml_text import parse_yaml
from slu.errors import ConfigError

C = TypeVar("C")


def read_draft(kind: type[C] | TypeAdapter[C], text: str) -> C:
    """Check the text of a configuration.

    Args:
        kind: a `Config` class, or the adapter of a union of them.
        text: YAML; empty for all defaults.

    Raises:
        ConfigError: one line for each problem, with the line of the text where it is known.
    """
    values = _parse(text)
    adapter: TypeAdapter[C] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        lines = _lines_of_keys(text)
        problems = locate_problems(error, adapter.json_schema())
        raise ConfigError(
            "\n".join(f"{_where(key, lines)}{problem}" for key, problem in problems)
        ) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        values = parse_yaml(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{where}this is not valid YAML ({error.problem})") from error
    except yaml.reader.ReaderError as error:
        raise ConfigError(f"this is not valid YAML ({error.reason})") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError("a value is too long or nested too deeply; shorten it") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError("write lines of `key: value`, not a list or a single value")
    return values


def _where(key: str, lines: dict[str, int]) -> str:
    """The line of a key or, where that is not written, of the section that it belongs to."""
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return f"line {lines[key]}: " if key else ""


def _lines_of_keys(text: str) -> dict[str, int]:
    """Dotted key -> the line where it stands, from 1; items of a list are its keys 0, 1, 2."""
    lines: dict[str, int] = {}
    seen: list[yaml.Node] = []  # an anchor may hold itself
    pending = [("", yaml.compose(text, yaml.SafeLoader))]
    while pending:
        prefix, node = pending.pop()
        if node is None or node in seen:
            continue
        seen.append(node)
        for name, line, value in _children(node):
            lines[f"{prefix}{name}"] = line
            pending.append((f"{prefix}{name}.", value))
    return lines


def _children(node: yaml.Node) -> list[tuple[str, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return [(str(key.value), key.start_mark.line + 1, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(str(i), item.start_mark.line + 1, item) for i, item in enumerate(node.value)]
    return []
