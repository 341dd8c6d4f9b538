"""Values changed inside a YAML text, whose comments and order stay."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from slu.config.yaml_text import compose_yaml, format_inline


class _Edit(NamedTuple):
    """A stretch of the text, in characters, and what takes its place."""

    start: int
    end: int
    replacement: str


def edit_yaml(text: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Change what differs between two meanings of a text: values, added keys, removed keys.

    Comments, order and the writing of everything else stay as they are. Texts with anchors, merge
    keys or keys of several lines may come out with another meaning: read the result to be sure.

    Args:
        text: keys and values, as in a configuration file.
        old: what the text means now; defaults that it leaves out may be filled in.
        new: what it shall mean.

    Raises:
        yaml.YAMLError: the text is malformed.
    """
    text = text if text.endswith("\n") else f"{text}\n"
    root = compose_yaml(text)
    if not isinstance(root, yaml.MappingNode):
        raise yaml.YAMLError("the text must hold `key: value` lines")
    for edit in sorted(_mapping_edits(text, root, old, new), reverse=True):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def _mapping_edits(
    text: str, node: yaml.MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[_Edit]:
    entries = {key.value: (key, value) for key, value in node.value}
    removed = entries.keys() - new.keys()
    changed = [name for name in new if name not in old or _differ(old[name], new[name])]
    if not new or (node.flow_style and (removed or set(changed) - entries.keys())):
        yield _replace(text, node, new)
        return
    for name in removed:
        yield _remove(text, *entries[name])
    for name in changed:
        if name in entries:
            yield from _value_edits(text, entries[name][1], old.get(name), new[name])
        else:
            yield _add(text, node, name, new[name])


def _value_edits(text: str, node: yaml.Node, old: Any, new: Any) -> Iterator[_Edit]:
    if isinstance(node, yaml.MappingNode) and isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mapping_edits(text, node, old, new)
    else:
        yield _replace(text, node, new)


def _replace(text: str, node: yaml.Node, value: Any) -> _Edit:
    start, end = node.start_mark.index, _end(text, node)
    written = _written(node, value)
    if start == end:  # nothing stood behind the colon
        return _Edit(start, end, f" {written}")
    # A comment behind the value keeps its column where there is room.
    line_end = text.index("\n", end)
    rest = text[end:line_end]
    if rest.lstrip().startswith("#") and "\n" not in written and "\n" not in text[start:end]:
        gap = len(rest) - len(rest.lstrip()) + (end - start) - len(written)
        return _Edit(start, line_end, written + " " * max(1, gap) + rest.lstrip())
    return _Edit(start, end, written)


def _add(text: str, node: yaml.MappingNode, name: str, value: Any) -> _Edit:
    """A line behind the last one of a section."""
    place = text.index("\n", _end(text, node)) + 1
    indent = " " * node.start_mark.column
    return _Edit(place, place, f"{indent}{format_inline(name)}: {format_inline(value)}\n")


def _remove(text: str, key: yaml.Node, value: yaml.Node) -> _Edit:
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    return _Edit(start, text.index("\n", _end(text, value)) + 1, "")


def _written(node: yaml.Node, value: Any) -> str:
    """A value in the style in which one stood there before."""
    is_block = isinstance(node, yaml.SequenceNode) and not node.flow_style
    if is_block and (not isinstance(value, list) or not value):
        # Dashes may stand in the column of their key; anything else must be indented.
        return f"  {format_inline(value)}"
    if not is_block:
        return format_inline(value)
    indent = " " * node.start_mark.column
    return f"\n{indent}".join(f"- {format_inline(item)}" for item in value)


def _end(text: str, node: yaml.Node) -> int:
    """Where a value ends; sections, for a parser, go on to the next key, over the comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def _differ(old: Any, new: Any) -> bool:
    """Whether two values are written differently; `1` is no `true`, though they are equal."""
    return format_inline(old) != format_inline(new)
