"""What is wrong with a configuration, in words for the person who wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "at least {:.10g}",
    "exclusiveMinimum": "above {:.10g}",
    "maximum": "at most {:.10g}",
    "exclusiveMaximum": "below {:.10g}",
    "multipleOf": "a multiple of {:.10g}",
}
_LONGEST_SHOWN = 80


def describe_problems(error: ValidationError, schema: Schema) -> list[str]:
    """Put each problem into one line: key, value, what is allowed.

    Args:
        error: what pydantic found.
        schema: JSON schema of the configuration.
    """
    return [text for _, text in locate_problems(error, schema)]


def locate_problems(error: ValidationError, schema: Schema) -> list[tuple[str, str]]:
    """The same, each behind the dotted key where it lies; empty for the whole file."""
    return [
        (_key_of(problem, schema), _describe(problem, schema))
        for problem in error.errors(include_url=False)
        if not _is_echo(problem)
    ]


def _key_of(problem: Mapping[str, Any], schema: Schema) -> str:
    key = _find_place(problem["loc"], schema).key
    if not problem["type"].startswith("union_tag"):
        return key
    tag = _tag(problem)
    return f"{key}.{tag}" if key else tag


def _tag(problem: Mapping[str, Any]) -> str:
    """The key that says which kind of section it is."""
    return str(problem["ctx"]["discriminator"]).strip("'")


@dataclass(frozen=True)
class _Place:
    """Where in a configuration a problem lies."""

    key: str
    """Dotted, as in `--set`; empty for the whole file."""
    neighbours: Sequence[str]
    """All keys that may stand where the problem lies."""
    schema: Schema
    """Of the value itself."""


def _is_echo(problem: Mapping[str, Any]) -> bool:
    """Whether a list is called too short only because bad items were not counted."""
    if problem["type"] != "too_short":
        return False
    return len(problem["input"]) >= int(problem["ctx"]["min_length"])


def _describe(problem: Mapping[str, Any], schema: Schema) -> str:
    location = problem["loc"]
    kind, value, context = problem["type"], problem["input"], problem.get("ctx", {})
    if kind == "missing" and isinstance(location[-1], int):
        location = location[:-1]
    place = _find_place(location, schema)
    if kind.startswith("union_tag"):
        return _describe_tag(place, value, _tag(problem))
    if kind == "missing" and location == problem["loc"]:
        return f"{place.key}: is missing and has no default"
    if kind == "extra_forbidden":
        reason = f"unknown key; allowed here: {', '.join(place.neighbours)}"
    else:
        reason = _explain(kind, context, place.schema) or _as_sentence(problem["msg"])
    if not place.key:
        return f"(whole file): {reason}"
    return f"{place.key} = {_shorten(value)}: {reason}"


def _describe_tag(place: _Place, value: Any, tag: str) -> str:
    """A section whose kind (`name`, `kind`) is unknown or not given."""
    key = f"{place.key}.{tag}" if place.key else tag
    allowed = " or ".join(f"'{name}'" for name in place.schema["discriminator"]["mapping"])
    if isinstance(value, dict) and tag in value:
        return f"{key} = {_shorten(value[tag])}: must be {allowed}"
    return f"{key}: is missing; it must be {allowed}"


def _explain(kind: str, context: Mapping[str, Any], schema: Schema) -> str | None:
    """What is allowed instead, for problems that pydantic words for programmers."""
    if schema.get("type") in ("integer", "number") and kind != "value_error":
        return f"must be {_allowed_number(schema)}"
    if kind in ("missing", "too_long", "too_short"):
        return f"must be a list of {_allowed_length(schema)}"
    if kind == "model_type":
        return f"must be a section with the keys {', '.join(schema.get('properties', ()))}"
    return {
        "bool_parsing": "must be true or false",
        "bool_type": "must be true or false",
        "dict_type": "must be a section of `key: value` lines",
        "model_attributes_type": "must be a section of `key: value` lines",
        "literal_error": f"must be {context.get('expected')}",
        "string_type": "must be text; put it in quotes",
        "tuple_type": "must be a list, as in [a, b]",
    }.get(kind)


def _allowed_number(schema: Schema) -> str:
    noun = "a whole number" if schema["type"] == "integer" else "a number"
    bounds = [text.format(schema[bound]) for bound, text in _BOUNDS.items() if bound in schema]
    return f"{noun}, {' and '.join(bounds)}" if bounds else noun


def _allowed_length(schema: Schema) -> str:
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    if fewest == most:
        return f"{fewest} values"
    return f"{fewest} or more values" if most is None else f"{fewest} to {most} values"


def _as_sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").replace("Input should", "must")
    return f"{text[:1].lower()}{text[1:]}"


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _find_place(location: Sequence[str | int], schema: Schema) -> _Place:
    names: list[str] = []
    neighbours: list[str] = []
    node = _resolve(schema, schema)
    for part in location:
        tags = node.get("discriminator", {}).get("mapping", {})
        if part in tags:  # which kind of section it is: no key of the file
            node = _resolve({"$ref": tags[part]}, schema)
            continue
        names.append(str(part))
        neighbours = list(node.get("properties", {}))
        node = _resolve(_child(node, part), schema)
    return _Place(".".join(names), neighbours, node)


def _child(node: Schema, part: str | int) -> Schema:
    if isinstance(part, int):
        items: Schema = (node.get("prefixItems") or [node.get("items", {})] * (part + 1))[part]
        return items
    found: Schema = node.get("properties", {}).get(part) or node.get("additionalProperties") or {}
    return found


def _resolve(node: Schema, schema: Schema) -> Schema:
    """Follow references and look behind `or none`."""
    if "$ref" in node:
        return _resolve(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in node:
        return _resolve(next(n for n in node["anyOf"] if n.get("type") != "null"), schema)
    return node
