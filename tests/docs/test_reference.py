"""The reference pages name all that there is."""

import re

from slu.api.app import create_app
from slu.data.metadata import metadata_columns
from slu.registry import RegistryEntry
from slu.settings import Settings
from tests.docs.conftest import DOCS, ROOT, code


def pieces(name: str) -> set[str]:
    return {piece.strip() for piece in code(DOCS / name)}


def test_every_address_of_the_api() -> None:
    paths = create_app(Settings(project_root=ROOT)).openapi()["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    told = {piece for piece in pieces("api.md") if re.match("(GET|POST) ", piece)}
    assert told == there


def test_every_environment_variable() -> None:
    told = {piece for piece in pieces("configs.md") if re.fullmatch("SLU_[A-Z_]+", piece)}
    assert told == {f"SLU_{name.upper()}" for name in Settings.model_fields}


def test_every_configuration_exists() -> None:
    told = {piece for piece in pieces("configs.md") if piece.endswith(".yaml")}
    assert len(told) > 10
    assert [pattern for pattern in told if not list((ROOT / "configs").glob(pattern))] == []


def test_every_column_and_every_key_of_a_version() -> None:
    told = pieces("formats.md")
    assert told >= set(metadata_columns(["product", "quantity"]))
    assert told >= set(RegistryEntry.model_fields)
