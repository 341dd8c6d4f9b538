"""The model card."""

import json
import shutil
from pathlib import Path

import pytest

from slu.evaluation.card import format_card
from slu.files import write_json
from slu.registry import Registry, RegistryEntry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def entry(trained_root: Path) -> RegistryEntry:
    return Registry(trained_root, trained_root / "artifacts" / "registry").get("tones")


def test_a_card_says_what_how_and_how_good(entry: RegistryEntry, trained_root: Path) -> None:
    card = format_card(entry, trained_root / "artifacts" / "tones", synthetic=True)

    for text in (
        "# Model card: tones",
        "CNN and Transformer (M1)",
        "`product` and `quantity`",
        "Trained for 8 epochs",
        entry.data_fingerprint,
        "| test | 12 |",
        "| test | synthetic | 12 |",
        "at most 1.0% of the augmented validation clips that are no orders",
        "product: beras, kopi, teh; quantity: 1, 2",
    ):
        assert text in card


def test_a_pretrained_front_end_says_which_network(
    entry: RegistryEntry, trained_root: Path, tmp_path: Path
) -> None:
    folder = trained_root / "artifacts" / "tones"
    shutil.copy(folder / "history.jsonl", tmp_path)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert "on `log_mel` features" in format_card(entry, folder, synthetic=True)

    front_end = {"name": "speech_embedding", "network": "in_noise"}
    for loudness, text in ((False, ""), (True, " and loudness")):
        config["preprocess"]["front_end"] = front_end | {"loudness": loudness}
        write_json(tmp_path / "config.json", config)
        card = format_card(entry, tmp_path, synthetic=True)
        assert f"on `speech_embedding` (`in_noise`){text} features" in card


def test_synthetic_voices_are_said_to_be_easy(entry: RegistryEntry, trained_root: Path) -> None:
    folder = trained_root / "artifacts" / "tones"

    assert "synthetic voices, which are easy" in format_card(entry, folder, synthetic=True)
    assert "synthetic voices" not in format_card(entry, folder, synthetic=False)


def test_the_card_of_a_version_lies_beside_it(entry: RegistryEntry, trained_root: Path) -> None:
    path = trained_root / entry.artifacts["model_card"]

    assert path.read_text("utf-8") == format_card(entry, path.parent, synthetic=True)
