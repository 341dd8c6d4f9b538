"""YAML as people mean it: plain words stay text, and no key is given twice."""

import re
from typing import Any, ClassVar

import yaml


class _Schema:
    """The core schema of YAML 1.2, for reading and writing alike.

    PyYAML's own is that of YAML 1.1, where `no` and `on` are truth values, `2026-01-31` is a date,
    `010` is 8 and `1e-3` is text.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_NUMBER_STARTS = list("-+.0123456789")
_PLAIN_WORDS: list[tuple[str, str, list[str]]] = [
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", _NUMBER_STARTS),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        _NUMBER_STARTS,
    ),
]
for _name, _pattern, _starts in _PLAIN_WORDS:
    for _start in _starts:
        _Schema.yaml_implicit_resolvers.setdefault(_start, []).append(
            (f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"))
        )


class _Loader(_Schema, yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse keys that are given twice, of which PyYAML would keep the last."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(_Schema, yaml.SafeDumper):
    pass


class _InlineDumper(_Schema, yaml.SafeDumper):
    pass


def parse_yaml(text: str) -> Any:
    """Read one YAML document.

    Raises:
        yaml.YAMLError: it is malformed.
    """
    return yaml.load(text, _Loader)


def compose_yaml(text: str) -> yaml.Node | None:
    """The parts of one YAML document with their places in the text; none if it is empty.

    Raises:
        yaml.YAMLError: it is malformed.
    """
    return yaml.compose(text, _Loader)


def format_yaml(values: Any) -> str:
    """Write what `parse_yaml` reads as the same values, keys in their order."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def format_inline(value: Any) -> str:
    """Write a value on one line, as it may stand behind a key: `0.5`, `[3.0, 40.0]`."""
    listed = yaml.dump(
        [value], Dumper=_InlineDumper, default_flow_style=True, sort_keys=False, allow_unicode=True,
        width=float("inf"),
    )  # fmt: skip
    return listed.strip()[1:-1]
