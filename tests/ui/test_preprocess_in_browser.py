"""A person changes the settings, listens, and builds the features: a real browser, a real job."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from slu.config import PreprocessConfig, TrainConfig, load_config
from slu.data.preprocess import plan_features
from tests.ui.harness import Browse, press, spoken_order

pytestmark = pytest.mark.browser


def open_step(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_from_a_slider_to_features(demo_app: tuple[str, Path], browse: Browse) -> None:
    url, root = demo_app
    with browse(spoken_order({"product": "beras", "quantity": "3"})) as page:
        page.goto(f"{url}/Preprocess")
        expect(page.get_by_text("with padding")).to_contain_text("212 frames")
        press(page, "Noise before and after (s)", "ArrowRight", times=5)
        expect(page.get_by_text("with padding")).to_contain_text("222 frames")
        expect(page.get_by_text("Changed, and not saved yet.")).to_be_visible()

        open_step(page, "Augmentation")
        page.get_by_role("radio", name="Stretch").click()
        strength = page.get_by_role("slider", name="Probability")
        expect(strength).to_have_value("0.3")  # no longer that of the augmentation before
        expect(page.get_by_text("After: log-mel (dB)")).to_be_visible()
        press(page, "Probability", "ArrowLeft", times=10)
        expect(strength).to_have_value("0.2")
        expect(page.get_by_text("Changed, and not saved yet.")).to_be_visible()
        page.get_by_role("button", name="Save for training").click()
        expect(page.get_by_text("As saved in configs/train.yaml.")).to_be_visible()

        open_step(page, "Build the features")
        expect(page.get_by_text("120 of 120 clips")).to_be_visible()
        page.get_by_role("button", name="Save the settings and build features").click()
        expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text(
            "120 recordings have features (120 new)"
        )
        expect(page.get_by_text("All 120 clips have features for these")).to_be_visible()

    config = load_config(PreprocessConfig, root / "configs/preprocess.yaml")
    assert config.framing.pad_s == 0.2
    assert load_config(TrainConfig, root / "configs/train.yaml").augment.stretch.probability == 0.2
    plan = plan_features(root / "data/processed/metadata.csv", config, root / "data/features")
    assert (plan.in_use, plan.n_missing) == (config, 0)
