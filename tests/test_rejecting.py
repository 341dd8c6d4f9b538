"""A model that learned what is no order, and another point for it: from training to a version."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu import workflows
from slu.errors import RegistryError
from slu.inference import Predictor
from slu.registry import Registry
from slu.settings import Settings
from slu.threshold import threshold_version
from tests.tones import PRODUCTS_HZ, QUANTITIES_HZ, lone_beep, tone

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def predictor(wary_root: Path) -> Predictor:
    return Predictor.load(Registry(wary_root, wary_root / "artifacts" / "registry"))


def config_of(root: Path, version: str) -> dict[str, object]:
    return dict(json.loads((root / "artifacts" / version / "config.json").read_text("utf-8")))


def test_it_is_kept_what_an_order_needs(wary_root: Path, trained_root: Path) -> None:
    assert config_of(wary_root, "wary")["required"] == ["product", "quantity"]
    assert config_of(trained_root, "tones")["required"] == ["product", "quantity"]
    assert config_of(wary_root, "wary")["labels"]["product"][0] == "none"


def test_none_is_never_the_answer(predictor: Predictor) -> None:
    for seed in range(20):
        prediction = predictor.predict(lone_beep(np.random.default_rng(seed)))
        assert "none" not in prediction.labels.values()
        assert "none" in prediction.slots["product"].probabilities


def test_most_of_what_is_no_order_is_rejected_and_orders_are_not(predictor: Predictor) -> None:
    rng = np.random.default_rng(77)
    others = [predictor.predict(lone_beep(rng)) for _ in range(40)]
    orders = [
        predictor.predict(tone(product, quantity, rng))
        for product in PRODUCTS_HZ
        for quantity in QUANTITIES_HZ
        for _ in range(4)
    ]

    refused = [prediction.rejected for prediction in others if prediction.rejected]
    assert len(refused) >= 36
    reason = "not understood: this does not sound like an order; please say it once more"
    assert reason in refused
    assert sum(prediction.rejected is None for prediction in orders) >= 20


def test_orders_and_the_rest_are_scored_apart(wary_root: Path) -> None:
    metrics = json.loads((wary_root / "artifacts/wary/metrics.json").read_text("utf-8"))
    table = pd.read_csv(wary_root / "artifacts/wary/predictions.csv", keep_default_na=False)

    orders = table[table["product"] != "none"]
    others = table[table["product"] == "none"]
    assert (metrics["utterances"], metrics["not_orders"]) == (len(orders), len(others)) == (12, 12)
    assert metrics["false_accept"]["value"] == pytest.approx(others["accepted"].mean())
    assert metrics["false_reject"]["value"] == pytest.approx(1 - orders["accepted"].mean())
    assert set(metrics["slots"]["product"]["classes"]) == set(PRODUCTS_HZ)
    assert set(metrics["sources"]) == {"synthetic"}


def test_drift_is_judged_against_orders(wary_root: Path) -> None:
    reference = (wary_root / "artifacts/wary/reference.json").read_text("utf-8")

    assert "none" not in json.loads(reference)["slots"]["product"]["counts"]


class TestAnotherPoint:
    @pytest.fixture
    def settings(self, trained_project: Path) -> Settings:
        return Settings(project_root=trained_project)

    def test_a_version_differs_in_its_threshold_alone(self, settings: Settings) -> None:
        registry = workflows.open_registry(settings)
        before = registry.get("tones")

        entry = workflows.set_threshold(settings, "tones", 0.9)

        assert entry.version == "tones-t0.900"
        assert entry.parent == "tones"
        assert registry.get("tones") == before
        assert registry.latest_version() == "tones"
        assert entry.onnx_path == before.onnx_path
        old, new = (registry.config(e) for e in (before, entry))
        assert new["rejection_threshold"] == 0.9
        changed = {key for key in old | new if old.get(key) != new.get(key)}
        assert changed == {"version", "created_at", "rejection_threshold", "made_from"}

    def test_it_can_be_promoted_and_rejects_by_it(self, settings: Settings) -> None:
        registry = workflows.open_registry(settings)
        strict = workflows.set_threshold(settings, "tones", 1.0)
        registry.promote(strict.version)
        predictor = Predictor.load(registry)

        prediction = predictor.predict(tone("kopi", "2", np.random.default_rng(11)))

        assert predictor.version == "tones-t1.000"
        assert prediction.rejected is not None
        assert prediction.labels == {"product": "kopi", "quantity": "2"}

    def test_its_scores_and_card_are_those_of_the_new_point(self, settings: Settings) -> None:
        entry = workflows.set_threshold(settings, "tones", 1.0)
        root = settings.project_root

        metrics = entry.metrics["test"]
        assert metrics["accepted"] == 0.0
        assert metrics["false_reject"]["value"] == 1.0
        assert metrics["joint_accuracy"]["value"] == pytest.approx(
            workflows.open_registry(settings)
            .get("tones")
            .metrics["test"]["joint_accuracy"]["value"]
        )
        card = (root / entry.artifacts["model_card"]).read_text("utf-8")
        assert "# Model card: tones-t1.000" in card
        assert "chosen by hand, for a version that is otherwise tones" in card
        predictions = pd.read_csv(root / entry.artifacts["predictions"], keep_default_na=False)
        assert not predictions["accepted"].any()
        assert set(predictions["problem"]) == {"not understood"}

    def test_from_point_to_point_the_name_does_not_grow(self, settings: Settings) -> None:
        first = workflows.set_threshold(settings, "tones", 0.5)
        second = workflows.set_threshold(settings, first.version, 0.25)

        assert second.version == threshold_version("tones", 0.25) == "tones-t0.250"
        assert second.parent == first.version
        config = workflows.open_registry(settings).config(second)
        assert config["made_from"] == "tones"

    @pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
    def test_what_is_no_confidence_is_refused(self, settings: Settings, threshold: float) -> None:
        with pytest.raises(RegistryError, match="between 0 and 1"):
            workflows.set_threshold(settings, "tones", threshold)

    def test_a_point_is_made_once(self, settings: Settings) -> None:
        workflows.set_threshold(settings, "tones", 0.5)
        with pytest.raises(RegistryError, match="exists already"):
            workflows.set_threshold(settings, "tones", 0.5)
