"""The catalogue that a session edits: it outlives a change of tab or page, and is saved whole."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from slu.config import CorpusConfig, load_config, update_config
from slu.data.catalogue import CatalogueDraft, draft_of, read_draft
from slu.errors import ConfigError
from slu.settings import get_settings

_EDITING = "catalogue"


@dataclass
class Editing:
    """A catalogue in the hands of a session."""

    base: CorpusConfig
    """What the draft began as; it says what the tables do not."""
    draft: CatalogueDraft
    saved: CorpusConfig | None
    """What the file held when it was looked at last."""
    generation: int = 0
    """Counts how often the draft was replaced; its widgets begin anew then."""

    def begin(self, corpus: CorpusConfig) -> None:
        """Replace the draft."""
        self.base, self.draft = corpus, draft_of(corpus)
        self.generation += 1

    def key(self, name: str) -> str:
        """Key of a widget of this draft."""
        return f"{name} {self.generation}"

    def read(self) -> tuple[CorpusConfig | None, list[str]]:
        """The catalogue that the draft makes, or all that is wrong with it."""
        try:
            return read_draft(self.draft, self.base), []
        except ConfigError as error:
            return None, str(error).split("\n")

    @property
    def n_negatives(self) -> int:
        """How many clips that are no orders come on top of the draft's orders."""
        return self.base.negatives.beside(self.draft.utterances)

    @property
    def is_changed(self) -> bool:
        """Whether the draft says anything else than the file."""
        return self.saved is None or self.read()[0] != self.saved

    def save(self, corpus: CorpusConfig) -> None:
        """Write what the draft makes."""
        update_config(corpus, catalogue_path())
        self.saved = corpus


def catalogue_path() -> Path:
    """The file of the catalogue."""
    return get_settings().project_root / "configs/corpus.yaml"


def open_catalogue() -> tuple[Editing | None, str]:
    """What this session edits, and what is wrong with the file.

    A file that was changed elsewhere is followed as long as nothing was edited here. None where
    there is nothing yet to edit, as the file cannot be read.
    """
    saved, problem = _read_file()
    editing: Editing | None = st.session_state.get(_EDITING)
    if editing is None and saved is not None:
        editing = st.session_state[_EDITING] = Editing(saved, draft_of(saved), saved)
    elif editing is not None and saved not in (editing.saved, None):
        if not editing.is_changed:
            editing.begin(saved)
        editing.saved = saved
    return editing, problem


def begin_with(corpus: CorpusConfig) -> None:
    """Edit a copy of an example; the file stays as it is until it is saved."""
    editing: Editing | None = st.session_state.get(_EDITING)
    if editing is None:
        st.session_state[_EDITING] = Editing(corpus, draft_of(corpus), saved=None)
    else:
        editing.begin(corpus)


def _read_file() -> tuple[CorpusConfig | None, str]:
    try:
        return load_config(CorpusConfig, catalogue_path()), ""
    except ConfigError as error:
        return None, str(error)
