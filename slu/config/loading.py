"""YAML file to checked configuration: every problem at once, before anything runs."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from slu.config.problems import describe_problems
from slu.config.yaml_edit import edit_yaml
from slu.config.yaml_text import format_yaml, parse_yaml
from slu.errors import ConfigError
from slu.files import replacing

C = TypeVar("C")


def parse_overrides(settings: Iterable[str], sections: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Sort `section.key=value` settings by section.

    Args:
        settings: what was given to `--set`; values are read as YAML (`1e-3`, `true`, `[0, 1]`).
        sections: the sections that the command knows, e.g. `model` and `train`.

    Returns:
        section -> dotted key -> value.

    Raises:
        ConfigError: naming every setting that is malformed or of an unknown section.
    """
    known = list(sections)
    parsed: dict[str, dict[str, Any]] = {section: {} for section in known}
    problems = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        section, *keys = name.strip().split(".")
        if not equals or not keys or not all(keys):
            problems.append(f"--set {setting}: write it as section.key=value")
        elif section not in parsed:
            problems.append(f"--set {setting}: the section must be one of {', '.join(known)}")
        else:
            parsed[section][".".join(keys)] = _parse_value(value)
    if problems:
        raise ConfigError("\n".join(problems))
    return parsed


def load_config(
    kind: type[C] | TypeAdapter[C],
    path: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None = None,
) -> C:
    """Read and check one YAML file.

    Args:
        kind: a `Config` class, or the adapter of a union of them.
        path: the YAML file.
        overrides: dotted key -> value, applied over the file's.

    Raises:
        ConfigError: one line for each problem, with file, key, value and what is allowed.
    """
    config: C = load_configs([(kind, path, overrides or {})])[0]
    return config


def load_configs(
    requests: Iterable[tuple[Any, str | os.PathLike[str], Mapping[str, Any]]],
) -> list[Any]:
    """Read several files and report the problems of all of them in one error."""
    configs, problems = [], []
    for kind, path, overrides in requests:
        try:
            configs.append(_load(kind, Path(path), overrides))
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    return configs


def save_config(config: BaseModel, path: str | os.PathLike[str]) -> None:
    """Write a configuration as YAML, whole or not at all."""
    _write(format_yaml(config.model_dump(mode="json")), Path(path))


def update_config(config: BaseModel, path: str | os.PathLike[str]) -> None:
    """Write a configuration into its YAML file, whole or not at all, keeping the comments.

    Only values that differ from the file's are touched. Where the file cannot be read as such a
    configuration, or could not be edited to mean exactly `config`, it is written anew.
    """
    path = Path(path)
    try:
        edited = _edited(path.read_text("utf-8-sig"), config)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError):
        save_config(config, path)
    else:
        _write(edited, path)


def _write(text: str, path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def _edited(text: str, config: BaseModel) -> str:
    kind = type(config)
    wanted = config.model_dump(mode="json")
    present = kind.model_validate(parse_yaml(text)).model_dump(mode="json")
    edited = edit_yaml(text, present, wanted)
    means_config = kind.model_validate(parse_yaml(edited)) == config
    return edited if means_config else format_yaml(wanted)


def check_config(kind: type[C] | TypeAdapter[C], values: Any) -> C:
    """Make a configuration of plain values.

    Args:
        kind: a `Config` class, or the adapter of a union of them.
        values: what a YAML file would hold.

    Raises:
        ConfigError: one line for each problem, with key, value and what is allowed.
    """
    adapter: TypeAdapter[C] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_python(values)
    except ValidationError as error:
        raise ConfigError("\n".join(describe_problems(error, adapter.json_schema()))) from error


def _load(kind: Any, path: Path, overrides: Mapping[str, Any]) -> Any:
    values = _read_yaml(path)
    for key, value in overrides.items():
        assign(values, key, value)
    try:
        return check_config(kind, values)
    except ConfigError as error:
        problems = str(error).split("\n")
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems)) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        values = parse_yaml(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; check the path") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8; save it as such") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        what = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise ConfigError(f"{path}: is not valid YAML{where}: {what}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: must hold `key: value` lines, not a list or a single value")
    return values


def assign(values: dict[str, Any], dotted_key: str, value: Any) -> None:
    """Set the value that a dotted key names, making sections that are not there yet."""
    *parents, last = dotted_key.split(".")
    for parent in parents:
        child = values.get(parent)
        values[parent] = child = dict(child) if isinstance(child, dict) else {}
        values = child
    values[last] = value


def _parse_value(text: str) -> Any:
    try:
        return parse_yaml(text)
    except yaml.YAMLError:
        return text  # which the check of the configuration accepts, or shows as it was typed
