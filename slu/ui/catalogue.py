"""The editor of the catalogue: what a shop sells, how people say it, and in which voices."""

import dataclasses
from math import prod

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from slu.config import CorpusConfig, load_config
from slu.data import flite
from slu.data.catalogue import example_catalogues
from slu.data.voices import languages
from slu.ui.catalogue_state import Editing, begin_with, catalogue_path, open_catalogue
from slu.ui.corpus import data_config, is_data_job_live, show_data_job
from slu.ui.editable_table import edit_rows
from slu.ui.jobs import start_job
from slu.ui.language import tr
from slu.ui.markdown import plain
from slu.ui.page import errors_shown
from slu.ui.reading_aloud import show_readings
from slu.ui.sentences import translated
from slu.workflows import check_slots

_MOST_CLIPS = 100_000


def show_catalogue() -> None:
    """Edit a catalogue, hear it, save it, and have it spoken."""
    editing, problem = open_catalogue()
    if problem:
        st.error(plain(translated(problem)), icon=":material/error:")
        st.info(tr("Start from an example, and save it."), icon=":material/flag:")
    _offer_examples()
    if editing is None:
        return
    state = st.container()
    _edit_slots(editing)
    _edit_phrases(editing)
    _edit_voices(editing)
    show_readings(editing.read()[0] or editing.base, editing.key("hear"))
    _edit_count(editing)
    corpus, problems = editing.read()
    _show_state(state, editing, problems)
    _offer_saving(editing, corpus, problems)
    show_data_job("make")


def _offer_examples() -> None:
    examples = example_catalogues(catalogue_path().parent / "catalogues")
    if not examples:
        return
    with st.expander(tr("Start from an example"), icon=":material/storefront:"):
        chosen = st.selectbox(tr("Example"), examples, key="example")
        if st.button(
            tr("Use this example"), help=tr("Fills the tables below; nothing is saved yet")
        ):
            begin_with(load_config(CorpusConfig, examples[chosen]))
            st.rerun()


def _edit_slots(editing: Editing) -> None:
    st.subheader(tr("What is said"))
    st.caption(
        tr(
            "A label is the answer that you get; beside it are the ways to say it, with commas "
            "between them. To change a row, double-click it; add one below; tick rows to delete "
            "them."
        )
    )
    slots = {}
    for column, (slot, rows) in zip(
        st.columns(len(editing.draft.slots)), editing.draft.slots.items(), strict=True
    ):
        columns = {
            "label": st.column_config.TextColumn(slot.capitalize(), width="small"),
            "ways": st.column_config.TextColumn(tr("Ways to say it")),
        }
        with column:
            slots[slot] = edit_rows(
                rows, columns, editing.key(f"{slot} rows"),
                tr("{slot} and how it is said", slot=slot),
            )  # fmt: skip
    editing.draft = dataclasses.replace(editing.draft, slots=slots)


def _edit_phrases(editing: Editing) -> None:
    st.subheader(tr("The phrases around it"))
    st.caption(
        tr(
            "{slots} stand for what is said above; `[a|b]` is one of several words, and `(…)?` may "
            "be left out. Phrases with a larger number come more often.",
            slots=tr(" and ").join(f"`{{{slot}}}`" for slot in editing.draft.slots),
        )
    )
    columns = {
        "phrase": st.column_config.TextColumn(tr("Phrase"), width="large"),
        "weight": st.column_config.NumberColumn(
            tr("How often"), width="small", min_value=0.1, default=1.0, format="%g"
        ),
    }
    rows = edit_rows(editing.draft.templates, columns, editing.key("phrases"), tr("phrases"))
    templates = tuple((text, 1.0 if weight == "" else float(weight)) for text, weight in rows)
    editing.draft = dataclasses.replace(editing.draft, templates=templates)


def _edit_voices(editing: Editing) -> None:
    st.subheader(tr("The voices"))
    if editing.base.engine.name != "espeak":
        st.caption(tr("They are those of the program that configs/corpus.yaml names."))
        return
    draft = editing.draft
    names = {code: f"{name.partition(' //')[0]} · {code}" for code, name in languages().items()}
    left, right = st.columns(2)
    language = left.selectbox(
        tr("Language"),
        names,
        list(names).index(draft.language) if draft.language in names else 0,
        format_func=names.__getitem__,
        key=editing.key("language"),
        help=tr("Type to search"),
    )
    # Accents belong to a language: another one begins without.
    accents = right.multiselect(
        tr("Accents"),
        names,
        [accent for accent in draft.accents if accent in names and language == draft.language],
        format_func=names.__getitem__,
        key=editing.key(f"accents of {language}"),
        placeholder=tr("Only that of the language"),
        help=tr("Accents and languages nearby make voices more varied: people differ, too"),
    )
    speaks_flite = _offer_flite(editing)
    with st.expander(tr("Words that sound wrong"), icon=":material/record_voice_over:"):
        st.caption(
            tr(
                "Write the word, and what the voice is given in its place: another spelling, or "
                "eSpeak's phonemes in double brackets. With several, separated by commas, each "
                "clip takes one."
            )
        )
        columns = {
            "word": st.column_config.TextColumn(tr("Word"), width="small"),
            "instead": st.column_config.TextColumn(tr("Pronounced as")),
        }
        words = edit_rows(
            draft.pronunciations, columns, editing.key("pronunciations"), tr("pronunciations")
        )
    editing.draft = dataclasses.replace(
        draft,
        language=language,
        accents=tuple(accents),
        pronunciations=words,
        flite=speaks_flite,
    )


def _offer_flite(editing: Editing) -> bool:
    """Whether flite's voices are to speak as well."""
    speaks, is_installed = editing.draft.flite, flite.is_installed()
    chosen = st.toggle(
        tr("Four more voices, by flite"),
        speaks,
        key=editing.key("flite"),
        help=tr(
            "flite's voices are made of recorded speech, and have an English accent. They speak a "
            "third of the clips; a model that hears them understands people better."
        ),
        disabled=not (speaks or is_installed),
    )
    if not is_installed:
        st.caption(
            tr(
                "For these, install flite on the computer that the studio runs on (Debian and "
                "Ubuntu: `sudo apt install flite`), and open this page again."
            )
        )
    return chosen


def _edit_count(editing: Editing) -> None:
    st.subheader(tr("The clips"))
    count = st.number_input(
        tr("Number of orders"),
        min_value=10,
        max_value=_MOST_CLIPS,
        value=min(max(editing.draft.utterances, 10), _MOST_CLIPS),
        step=100,
        key=editing.key("count"),
        width=240,
    )
    editing.draft = dataclasses.replace(editing.draft, utterances=int(count))
    combinations = prod(len(rows) for rows in editing.draft.slots.values())
    if combinations:
        st.caption(
            tr(
                "About {clips:,.0f} for each of {combinations:,} combinations.",
                clips=count / combinations,
                combinations=combinations,
            )
        )
    if editing.n_negatives:
        st.caption(
            tr(
                "{count:,} clips that are no orders come on top: talk, noise, orders cut off. They "
                "teach a model when not to answer.",
                count=editing.n_negatives,
            )
        )


def _show_state(place: DeltaGenerator, editing: Editing, problems: list[str]) -> None:
    with place, errors_shown():
        if problems:
            mend = tr("{count} to mend, see below", count=len(problems))
            st.badge(mend, icon=":material/error:", color="red")
        elif editing.is_changed:
            st.badge(tr("Not saved yet"), icon=":material/edit:", color="orange")
        else:
            st.badge(tr("Saved"), icon=":material/check:", color="green")
        check_slots(editing.base, data_config())


def _offer_saving(editing: Editing, corpus: CorpusConfig | None, problems: list[str]) -> None:
    if problems:
        lines = "\n".join(f"- {plain(translated(problem))}" for problem in problems)
        st.error(tr("Nothing can be saved before this is mended:\n{problems}", problems=lines))
    saved, count = editing.saved, editing.draft.utterances + editing.n_negatives
    with st.container(horizontal=True):
        make = st.button(
            tr("Save and make {count:,} clips", count=count),
            type="primary",
            icon=":material/graphic_eq:",
            help=tr(
                "Voices speak the catalogue, in place of the clips that they spoke before; "
                "recordings of people stay. Then everything is checked in."
            ),
            disabled=corpus is None or is_data_job_live(),
        )
        save = st.button(
            tr("Save"), icon=":material/save:", disabled=corpus is None or not editing.is_changed
        )
        discard = st.button(
            tr("Discard changes"),
            icon=":material/undo:",
            disabled=saved is None or not editing.is_changed,
        )
    if corpus is not None and (make or save):
        editing.save(corpus)
        if make:
            title = tr("Making {count:,} clips", count=count)
            start_job(("prepare",), title, page="data", kind="make")
        st.rerun()
    if saved is not None and discard:
        editing.begin(saved)
        st.rerun()
