"""Every sentence of an error is gathered, so that it can be translated."""

import pytest

from docs.sentences import SPEAKING, error_calls, error_names, sentences, spoken_by
from slu import errors
from slu.training.trainer import Interrupted

# Errors that pass on what is said elsewhere.
PASSED_ON = {
    ("slu/config/draft.py", "read_draft"): "problems of a configuration, behind their lines",
    ("slu/config/loading.py", "parse_overrides"): "its own lines",
    ("slu/config/loading.py", "load_configs"): "the problems of several files",
    ("slu/config/loading.py", "check_config"): "problems of a configuration",
    ("slu/config/loading.py", "_load"): "problems of a configuration, behind their file",
    ("slu/data/catalogue.py", "read_draft"): "problems of a catalogue",
    ("slu/data/imports.py", "_read_rows"): "an error, with shorter paths",
    ("slu/data/takes.py", "check_take"): "a table of reasons",
    ("slu/jobs/database.py", "reading"): "what SQLite says, and what to do",
    ("slu/tuning/search.py", "search"): "why workers ended",
    ("slu/tuning/space.py", "check"): "the problems of several settings",
}


@pytest.fixture(scope="module")
def gathered() -> dict[str, list[str]]:
    return sentences()


def test_all_classes_are_known() -> None:
    named = {name for name in vars(errors) if name.endswith("Error")}
    assert {*named, Interrupted.__name__} <= error_names()


def test_every_error_says_what_can_be_gathered() -> None:
    untold = [(call.path, call.function) for call in error_calls() if not call.shapes]
    assert sorted(untold) == sorted(PASSED_ON)


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, names in SPEAKING.items() for name in names]
)
def test_what_speaks_has_something_to_say(path: str, name: str) -> None:
    assert spoken_by(path, name)


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("there is no run called {name}", "slu/runs/plan.py"),
        ("The recording is empty; record it again.", "slu/audio/decode.py"),
        ("at least {value}", "slu/config/problems.py"),
        ("low must be below high", "slu/config/tune.py"),
        ("{n_clips} clips are in {metadata_path}.", "slu/cli/data.py"),
        ("the disk is full; free some space and run this again", "slu/cli/application.py"),
        ("No space left on device", "errno"),
    ],
)
def test_sentences_are_gathered_with_their_files(
    gathered: dict[str, list[str]], shape: str, path: str
) -> None:
    assert path in gathered[shape]


def test_what_differs_in_names_alone_is_gathered_once(gathered: dict[str, list[str]]) -> None:
    assert gathered["there is no run called {name}"] == ["slu/runs/plan.py", "slu/runs/run.py"]
