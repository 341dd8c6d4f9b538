from pathlib import Path
from typing import Any

import pytest
import yaml

from slu.config import CorpusConfig, load_config, save_config
from slu.errors import ConfigError

SHOP: dict[str, Any] = {
    "templates": ["catat {quantity} {product}"],
    "slots": {"product": {"beras": ["beras"]}, "quantity": {1: ["satu"], 2: ["dua"]}},
}


def load(tmp_path: Path, **changes: Any) -> CorpusConfig:
    path = tmp_path / "corpus.yaml"
    path.write_text(yaml.safe_dump(SHOP | changes), "utf-8")
    config: CorpusConfig = load_config(CorpusConfig, path)
    return config


def test_a_bare_text_is_a_template_of_weight_one(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.templates[0].text == "catat {quantity} {product}"
    assert config.templates[0].weight == 1.0
    assert list(config.slots["quantity"]) == ["1", "2"]


def test_a_saved_configuration_loads_as_the_same(tmp_path: Path) -> None:
    config = load(tmp_path, pronunciations={"beras": ["[[b@R'as]]"]})
    save_config(config, tmp_path / "saved.yaml")
    assert load_config(CorpusConfig, tmp_path / "saved.yaml") == config


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"templates": ["catat {quantity"]},
            r"templates\.0\.text = 'catat \{quantity': position 7",
        ),
        (
            {"templates": ["catat {produk} {product} {quantity}"]},
            r"template 'catat \{produk\} .*position 7: there is no slot 'produk'; the slots are",
        ),
        ({"templates": []}, "no template names slot 'product'; no template names slot 'quantity'"),
        ({"templates": ["catat {product}"]}, "no template names slot 'quantity'"),
        ({"slots": {"product": {}, "quantity": {1: ["satu"]}}}, "slot 'product' has no labels"),
        ({"slots": {"text": {"a": ["a"]}}, "templates": ["{text}"]}, "'text' cannot name a slot"),
        ({"pronunciations": {"air mineral": ["air"]}}, "'air mineral' is not one word"),
        ({"pronunciations": {"air": []}}, "'air' needs at least one spelling"),
        ({"voices": {"speed_wpm": [10, 200]}}, "both bounds must be between 80 and 450"),
        ({"voices": {"variants": ["f1", "f1"]}}, "each may be listed once"),
        (
            {
                "engine": {"name": "command", "command": "say {text} {out}"},
                "voices": {"variants": ["f1"]},
            },
            "give both or none",
        ),
        ({"voices": {"pitch": [60, 40]}}, "first bound must not be above"),
        ({"engine": {"name": "command", "command": "say {text}"}}, "must contain {out}"),
        ({"engine": {"name": "command", "command": "say '{text} {out}"}}, "No closing quotation"),
        (
            {"engine": {"name": "command", "command": "say {voice} {text} {out}"}},
            "give both or none",
        ),
        (
            {"more_engines": [{"command": "say {text}"}]},
            r"more_engines\.0.*must contain {out}",
        ),
        (
            {"more_engines": [{"command": "say {text} {out}", "voices": ["slt"]}]},
            r"more_engines\.0.*give both or none",
        ),
        (
            {"more_engines": [{"command": "say {phones} {out}"}]},
            r"more_engines\.0.*whose sounds {phones} in command stands for; give both or none",
        ),
        (
            {"engine": {"name": "command", "command": "say {text} {out}", "language": "id"}},
            "whose sounds {phones} in command stands for; give both or none",
        ),
        ({"more_engines": [{"command": "say {text} {out}", "share": 1}]}, "below 1"),
        ({"more_engines": [{"command": "'say {text} {out}"}]}, "No closing quotation"),
        (
            {
                "more_engines": [
                    {"command": f"{name} {{text}} {{out}}", "share": 0.5} for name in "ab"
                ]
            },
            r"the shares under more_engines make 1; leave at least 0\.1",
        ),
        (
            {"more_engines": [{"command": f"{path}/say {{text}} {{out}}"} for path in "ab"]},
            "two engines have the same program and voice",
        ),
        (
            {
                "engine": {"name": "command", "command": "say {text} {out}"},
                "more_engines": [{"command": "say {text} {out}"}],
            },
            "two engines have the same program and voice",
        ),
    ],
)
def test_problems_are_named(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){problem}"):
        load(tmp_path, **changes)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, templates=["(a", "b]"], utterances=0)
    assert len(str(caught.value).splitlines()) == 3


def test_the_ready_catalogue_is_the_shipped_one() -> None:
    root = Path(__file__).parents[2]
    config = load_config(CorpusConfig, root / "configs" / "corpus.yaml")
    assert list(config.slots["quantity"]) == ["1", "2", "3", "4", "5"]
    assert len(config.slots["product"]) == 10
