"""`slu noise-sweep`, where `slu evaluate` puts its files by itself, and what it compares."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slu.cli.application import application
from slu.settings import get_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def root(trained_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(trained_project)
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(trained_project))
    get_settings.cache_clear()
    yield trained_project
    get_settings.cache_clear()


def test_a_curve_is_shown_and_written(root: Path) -> None:
    outcome = CliRunner().invoke(
        application,
        "noise-sweep --model tones --snr 20,0 --noise white --max-clips 5 --output out/curve.json",
    )

    assert outcome.exit_code == 0, outcome.output
    assert "no noise  all slots right" in outcome.output
    assert "0 dB  all slots right" in outcome.output
    curve = json.loads((root / "out" / "curve.json").read_text())
    assert [point["snr_db"] for point in curve["points"]] == [None, 20.0, 0.0]
    assert {point["utterances"] for point in curve["points"]} == {5}
    assert (curve["version"], curve["noise"], curve["seed"]) == ("tones", "white", 7)


def test_results_lie_together(root: Path) -> None:
    options = "--metadata data/processed/metadata.csv --model tones --split val"
    for command in (f"evaluate {options}", f"noise-sweep {options} --snr 10"):
        outcome = CliRunner().invoke(application, command)
        assert outcome.exit_code == 0, outcome.output

    folder = root / "artifacts" / "evaluations" / "tones" / "processed-metadata-val"
    names = {path.name for path in folder.iterdir()}
    assert {"metrics.json", "predictions.csv", "noise_pink.json"} <= names
    facts = [
        json.loads((folder / name).read_text()) for name in ("metrics.json", "noise_pink.json")
    ]
    assert facts[0]["table_sha256"] == facts[1]["table_sha256"]
    assert facts[0]["model_sha256"] == facts[1]["model_sha256"]


@pytest.mark.parametrize(
    ("option", "reason"), [("--snr loud", "give numbers"), ("--snr 500", "from -40 to 100 dB")]
)
def test_levels_are_checked(root: Path, option: str, reason: str) -> None:
    outcome = CliRunner().invoke(application, f"noise-sweep {option}")

    assert outcome.exit_code == 2
    assert reason in outcome.output


def test_settings_that_a_version_is_older_than_do_not_differ(root: Path) -> None:
    entry = root / "artifacts" / "registry" / "tones.json"
    content = json.loads(entry.read_text("utf-8"))
    del content["train_cfg"]["mixup"]
    entry.write_text(json.dumps(content), "utf-8")
    (root / "train.yaml").write_text("label_smoothing: 0.2", "utf-8")

    outcome = CliRunner().invoke(application, "evaluate --model tones --train-cfg train.yaml")

    assert outcome.exit_code == 0, outcome.output
    differing = " ".join(outcome.output.split()).partition("another value of ")[2]
    assert "label_smoothing" in differing
    assert "mixup" not in differing
