"""A catalogue as it is typed into tables: read and checked as a whole, every problem by its row."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slu.config import CorpusConfig, check_config
from slu.config.engine import FurtherEngineConfig
from slu.config.grammar import parse_template, slot_references
from slu.data import flite
from slu.data.labels import NONE, canonical_label
from slu.errors import ConfigError

# Phonemes in double brackets may hold commas.
_ITEM = re.compile(r"(?:\[\[.*?\]\]|[^,])+")


@dataclass(frozen=True)
class CatalogueDraft:
    """Rows of text, not checked yet; rows without any text are passed over."""

    language: str
    accents: tuple[str, ...]
    utterances: int
    templates: tuple[tuple[str, float], ...]
    """Phrase and weight."""
    slots: Mapping[str, tuple[tuple[str, str], ...]]
    """slot -> label and the ways to say it, with commas between them."""
    pronunciations: tuple[tuple[str, str], ...]
    """Word, and what the engine is given in its place, with commas between the choices."""
    flite: bool
    """Whether flite's voices speak as well."""


def draft_of(corpus: CorpusConfig) -> CatalogueDraft:
    """A catalogue as rows of text."""
    return CatalogueDraft(
        language=corpus.language,
        accents=corpus.voices.accents,
        utterances=corpus.utterances,
        templates=tuple((template.text, template.weight) for template in corpus.templates),
        slots={slot: _as_rows(labels) for slot, labels in corpus.slots.items()},
        pronunciations=_as_rows(corpus.pronunciations),
        flite=flite.speaks_in(corpus),
    )


def read_draft(draft: CatalogueDraft, base: CorpusConfig) -> CorpusConfig:
    """Make a catalogue of what was typed.

    Args:
        draft: the rows.
        base: everything that the draft does not say.

    Raises:
        ConfigError: one line for each problem, with its table, its row and what to do.
    """
    problems = [
        *(line for slot, rows in draft.slots.items() for line in _slot_problems(slot, rows)),
        *_template_problems(draft),
        *_pronunciation_problems(draft.pronunciations),
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    values: dict[str, Any] = base.model_dump(mode="json")
    values["voices"]["accents"] = list(draft.accents)
    values |= {
        "language": draft.language,
        "utterances": draft.utterances,
        "templates": [{"text": t.strip(), "weight": w} for t, w in draft.templates if t.strip()],
        "slots": {slot: _as_table(rows) for slot, rows in draft.slots.items()},
        "pronunciations": _as_table(draft.pronunciations),
        "more_engines": [engine.model_dump() for engine in _more_engines(draft, base)],
    }
    return check_config(CorpusConfig, values)


def _more_engines(draft: CatalogueDraft, base: CorpusConfig) -> tuple[FurtherEngineConfig, ...]:
    """Those of the file, but for flite where it was switched, or speaks another language."""
    engines = base.more_engines
    if not draft.flite:
        return flite.without_flite(engines)
    is_as_before = flite.speaks_in(base) and draft.language == base.language
    return engines if is_as_before else flite.with_flite(engines, draft.language)


def example_catalogues(folder: Path) -> dict[str, Path]:
    """Catalogues to start from: what the first line of each file says -> its path."""
    paths = sorted(folder.glob("*.yaml"))
    return {path.read_text("utf-8").split("\n")[0].strip("# ."): path for path in paths}


def split_items(cell: str) -> list[str]:
    """The items of a cell, between commas; phonemes in double brackets stay whole."""
    return [item.strip() for item in _ITEM.findall(cell) if item.strip()]


def _as_rows(table: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, ", ".join(items)) for name, items in table.items())


def _as_table(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    return {_tidy(name): split_items(cell) for name, cell in rows if name.strip()}


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _filled(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str, list[str]]]:
    """Number, name and items of the rows that hold something."""
    for number, (name, cell) in enumerate(rows, start=1):
        if name.strip() or cell.strip():
            yield number, _tidy(name), split_items(cell)


def _slot_problems(slot: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    labels: dict[str, int] = {}
    ways: dict[str, int] = {}
    for number, label, items in _filled(rows):
        where = f"{slot.capitalize()}, row {number}"
        if not label:
            yield f"{where}: give “{', '.join(items)}” a label, or delete the row."
            continue
        if canonical_label(label) == NONE:
            yield f"{where}: “{label}” is the label of what is not said; choose another one."
        if not items:
            yield f"{where}: write at least one way to say “{label}”."
        if labels.setdefault(canonical_label(label), number) != number:
            yield f"{where}: “{label}” is in row {labels[canonical_label(label)]} already."
        for item in items:
            other = ways.setdefault(_tidy(item).casefold(), number)
            if other != number:
                yield f"{where}: “{item}” means row {other} already; one phrase, one meaning."
    if not labels:
        yield f"{slot.capitalize()}: add at least one row."


def _template_problems(draft: CatalogueDraft) -> Iterator[str]:
    named: set[str] = set()
    is_readable = True
    for number, (text, weight) in enumerate(draft.templates, start=1):
        if not text.strip():
            continue
        where = f"Phrases, row {number}"
        if not weight > 0:
            yield f"{where}: how often “{text}” comes must be a number above 0."
        try:
            references = list(slot_references(parse_template(text.strip())))
        except ValueError as error:
            is_readable = False
            yield f"{where}: “{text}”, {error}."
            continue
        named.update(reference.name for reference in references)
        for reference in references:
            if reference.name not in draft.slots:
                yield (
                    f"{where}: there is no {{{reference.name}}}; use "
                    f"{' or '.join(f'{{{slot}}}' for slot in draft.slots)}."
                )
    if is_readable:
        for slot in draft.slots:
            if slot not in named:
                yield f"Phrases: none has {{{slot}}}; add a phrase with it."


def _pronunciation_problems(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    words: dict[str, int] = {}
    for number, word, items in _filled(rows):
        where = f"Pronunciations, row {number}"
        if not word or " " in word:
            yield f"{where}: write one single word, not “{word}”."
        if not items:
            yield f"{where}: write at least one way to pronounce “{word}”."
        if words.setdefault(word, number) != number:
            yield f"{where}: “{word}” is in row {words[word]} already."
