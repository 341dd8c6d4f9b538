"""Every YAML file that comes with the project is valid, complete and explained."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from slu.config import (
    MODEL_CONFIG,
    AdaptConfig,
    CorpusConfig,
    DataConfig,
    PreprocessConfig,
    TrainConfig,
    load_config,
)
from slu.config.base import Config
from slu.config.live import LiveConfig
from slu.config.monitor import MonitorConfig
from slu.config.tune import TuneConfig

CONFIGS = Path(__file__).parents[2] / "configs"
KINDS: dict[str, Any] = {
    "adapt": AdaptConfig,
    "corpus": CorpusConfig,
    "data": DataConfig,
    "preprocess": PreprocessConfig,
    "model": MODEL_CONFIG,
    "train": TrainConfig,
    "tune": TuneConfig,
    "monitor": MonitorConfig,
    "live": LiveConfig,
}
every_file = pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.stem)


def load(path: Path) -> Config:
    kind = path.stem.split("_")[0]
    assert kind in KINDS, f"{path.name}: say here what kind of configuration it is"
    config: Config = load_config(KINDS[kind], path)
    return config


def test_the_files_that_the_commands_name_are_there() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} >= {
        *("adapt", "corpus", "data", "preprocess", "preprocess_m3", "monitor", "live"),
        *("model_m1", "model_m2", "model_m3"),
        *("train", "train_m1_best", "train_m2", "train_m3", "tune", "tune_m2", "tune_m3"),
    }


@every_file
def test_it_is_valid(path: Path) -> None:
    assert isinstance(load(path), Config)


@every_file
def test_it_shows_every_key(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    commented_out = {line.strip(" #").partition(":")[0] for line in lines}
    for key in keys(path):
        is_shown = key.line is not None or key.name in commented_out
        assert is_shown or key.name in documented(key.section), f"{key.place} is nowhere explained"


@every_file
def test_it_explains_every_key(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    explained = {path.stem: False}
    for key in keys(path):
        above = explained[key.place.rpartition(".")[0]]
        explained[key.place] = above or (key.line is not None and has_comment(lines, key.line))
        assert key.line is None or key.is_section or explained[key.place], (
            f"{key.place}: no comment"
        )


class Key(NamedTuple):
    place: str
    """File, sections and key, dotted."""
    section: type[Config]
    name: str
    line: int | None
    """Where it stands in the file."""
    is_section: bool


def keys(path: Path) -> list[Key]:
    """All keys that a file may hold, but for those of open tables (slots, words, knobs)."""
    return list(keys_of_section(load(path), yaml.compose(path.read_text("utf-8")), path.stem))


def keys_of_section(config: Config, node: yaml.MappingNode, place: str) -> Iterator[Key]:
    given = {key.value: (key.start_mark.line, value) for key, value in node.value}
    for name in type(config).model_fields:
        line, value_node = given.get(name, (None, None))
        value = getattr(config, name)
        yield Key(f"{place}.{name}", type(config), name, line, isinstance(value, Config))
        if isinstance(value, Config) and value_node is not None:
            yield from keys_of_section(value, value_node, f"{place}.{name}")


def documented(cls: type[Config]) -> set[str]:
    """Fields with a docstring below them."""
    names = set()
    for base in cls.__mro__[: cls.__mro__.index(Config)]:
        (definition,) = ast.parse(inspect.getsource(base)).body
        assert isinstance(definition, ast.ClassDef)
        for field, after in zip(definition.body, definition.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
                names.add(ast.unparse(field.target))
    return names


def has_comment(lines: list[str], number: int) -> bool:
    """Whether a line has a comment, or its paragraph begins with one."""
    if " #" in lines[number]:
        return True
    while number and lines[number - 1].strip():
        number -= 1
        if lines[number].lstrip().startswith("#"):
            return True
    return False
