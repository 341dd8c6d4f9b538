"""A configuration that a person changes with controls; its values live in the session."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

import streamlit as st
from pydantic.fields import FieldInfo

from slu.config import Config, check_config
from slu.errors import ConfigError
from slu.ui.controls import from_widget, label, show_control, to_widget
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.sentences import translated

C = TypeVar("C", bound=Config)
_TAG = "name"
_FIELD = re.compile(r"\b(?:[a-z]\w*\.)*([a-z]\w*)\b")


@dataclass(frozen=True)
class ConfigForm(Generic[C]):
    """Controls for one configuration.

    A section that comes in several kinds, told apart by their `name`, keeps the values of each.
    """

    key: str
    """Of the form; every widget's key begins with it."""
    saved: C
    """What the file holds."""

    def begin(self) -> None:
        """Show what the file holds, where the session has not yet or the file changed since."""
        if st.session_state.get(self.key) != self.saved:
            self.adopt(self.saved)

    def adopt(self, config: Config) -> None:
        """Put the values of a configuration into the controls, before they are drawn."""
        st.session_state[self.key] = self.saved
        for key, name, owner, value in leaves(config, f"{self.key}."):
            field = type(owner).model_fields[name]
            st.session_state[key] = to_widget(name, field, value)

    def config(self) -> C:
        """What the controls say.

        Raises:
            ConfigError: one line for each value that is not allowed.
        """
        kind = type(self.saved)
        return check_config(kind, _values(kind, f"{self.key}."))

    def config_or_saved(self) -> C:
        """The same; what the file holds while something is not allowed."""
        try:
            return self.config()
        except ConfigError:
            return self.saved

    def show(self, kind: type[Config], path: str = "", fields: Sequence[str] = ()) -> None:
        """Draw the controls of a section.

        Args:
            kind: the section.
            path: dotted key of the section, ending in a dot; empty for the whole configuration.
            fields: which ones; empty for all that are no sections themselves.
        """
        prefix = f"{self.key}.{path}"
        saved = {key: value for key, _, _, value in leaves(self.saved, f"{self.key}.")}
        for name, field in kind.model_fields.items():
            if name == _TAG or section_kinds(field) or (fields and name not in fields):
                continue
            key = prefix + name
            st.session_state.setdefault(key, to_widget(name, field, field.default))
            show_control(kind, name, key, saved.get(key, field.default))

    def show_problems(self, error: ConfigError) -> None:
        """What is not allowed, a line each, with the fields called as on the screen."""
        names = {name for _, name, _, _ in leaves(self.saved)}
        lines = translated(str(error).replace("(whole file): ", "")).splitlines()
        texts = [_FIELD.sub(lambda found: _called(found, names), line) for line in lines]
        listed = texts if len(texts) == 1 else [f"- {text}" for text in texts]
        st.error("\n".join(listed), icon=":material/error:")

    def show_save(
        self, title: str, config: C | None, path: Path, write: Callable[[C], None]
    ) -> None:
        """Buttons that save, or go back to other values.

        Args:
            title: of the button that saves, translated.
            config: what the controls say; none while something is not allowed.
            path: of the file, as a person knows it.
            write: saves it; what it raises is shown.
        """
        wide: dict[str, Any] = {"width": "stretch"}
        is_changed = config != self.saved
        as_saved = tr("As saved in {path}.", path=path)
        st.caption(tr("Changed, and not saved yet.") if is_changed else as_saved)
        if st.button(
            title, icon=":material/save:", disabled=config is None,
            help=tr("Writes {path}", path=path), **wide,
        ):  # fmt: skip
            with errors_shown():
                write(config or self.saved)
                st.toast(tr("The settings are saved."), icon=":material/save:")
                st.rerun()
        st.button(
            tr("Undo changes"), icon=":material/undo:", disabled=not is_changed,
            help=tr("Back to the saved settings"), on_click=self.adopt, args=(self.saved,), **wide,
        )  # fmt: skip
        st.button(
            tr("Standard settings"), icon=":material/restart_alt:",
            help=tr("What everything was set to in the beginning"), on_click=self.adopt,
            args=(type(self.saved)(),), **wide,
        )  # fmt: skip

    def choose_kind(
        self, section: str, label: str, on_change: Callable[[], None] | None = None
    ) -> tuple[type[Config], str]:
        """Let a person choose the kind of a section.

        Args:
            section: field of the configuration.
            label: of the control, translated.
            on_change: called before the page is drawn anew with another kind.

        Returns:
            The kind, and the path of its fields for `show`.
        """
        field = type(self.saved).model_fields[section]
        kinds = {kind.model_fields[_TAG].default: kind for kind in section_kinds(field)}
        key = f"{self.key}.{section}.{_TAG}"
        if len(kinds) > 1:
            st.selectbox(
                label,
                list(kinds),
                format_func=lambda name: name.replace("_", " "),
                key=key,
                persist_state="session",
                on_change=on_change,
            )
        chosen = st.session_state[key]
        return kinds[chosen], f"{section}.{chosen}."


def section_kinds(field: FieldInfo) -> list[type[Config]]:
    """The kinds of section that a field may hold; none if it is a plain value."""
    candidates = get_args(field.annotation) or (field.annotation,)
    kinds = [getattr(kind, "__origin__", kind) for kind in candidates]  # without annotations
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Config)]


def leaves(config: Config, prefix: str = "") -> Iterator[tuple[str, str, Config, Any]]:
    """Everything in a configuration that is no section itself.

    Yields:
        Key (dotted, behind the prefix; the kind of a section counts as a part of it), field,
        section that has the field, value.
    """
    for name in type(config).model_fields:
        value = getattr(config, name)
        if not isinstance(value, Config):
            yield prefix + name, name, config, value
        elif _TAG in type(value).model_fields:
            tag = getattr(value, _TAG)
            yield f"{prefix}{name}.{_TAG}", _TAG, value, tag
            yield from leaves(value, f"{prefix}{name}.{tag}.")
        else:
            yield from leaves(value, f"{prefix}{name}.")


def _values(kind: type[Config], prefix: str) -> dict[str, Any]:
    """What the session holds, as a file would."""
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        kinds = section_kinds(field)
        if not kinds:
            held = st.session_state.get(prefix + name, to_widget(name, field, field.default))
            values[name] = from_widget(name, field, held)
        elif _TAG in kinds[0].model_fields:
            values[name] = _tagged_values(kinds, f"{prefix}{name}.")
        else:
            values[name] = _values(kinds[0], f"{prefix}{name}.")
    return values


def _tagged_values(kinds: Sequence[type[Config]], prefix: str) -> dict[str, Any]:
    chosen = st.session_state[prefix + _TAG]
    kind = next(kind for kind in kinds if kind.model_fields[_TAG].default == chosen)
    return {**_values(kind, f"{prefix}{chosen}."), _TAG: chosen}


def _called(found: re.Match[str], names: Collection[str]) -> str:
    """A field by its label; a word that only looks like a field stays."""
    is_key = "." in found[0] or "_" in found[1]
    return f"“{tr(label(found[1]))}”" if is_key and found[1] in names else found[0]
