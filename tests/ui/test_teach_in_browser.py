"""A person records the last phrases, teaches the model, looks at what it brought, and uses it."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from slu.config import CorpusConfig, QualityConfig, load_config
from slu.data.prompts import Prompt, draw_prompt, said_labels
from slu.data.recordings import Recordings
from slu.data.takes import check_take
from slu.samples import draw_readings
from tests.ui.harness import Browse, make_demo_project, serving, silence
from tests.ui.test_data_in_browser import record

pytestmark = pytest.mark.browser

WAIT_MS = 240_000
"""For a machine that is busy with other things."""
SPEAKER = "Siti"
N_BEFORE, N_ALL = 18, 20


@pytest.fixture
def teach_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """The app with 120 clips and 18 recordings of one person."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    root = tmp_path / "project"
    make_demo_project(root)
    corpus = load_config(CorpusConfig, root / "configs/corpus.yaml")
    recordings = recordings_of(root)
    for _ in range(N_BEFORE):
        prompt = next_prompt(corpus, recordings)
        recordings.add(check_take(spoken(corpus, prompt), QualityConfig()), prompt, SPEAKER)
    with serving(root) as url:
        yield url, root


def recordings_of(root: Path) -> Recordings:
    return Recordings(root / "data/raw/recorded", ["product", "quantity"])


def next_prompt(corpus: CorpusConfig, recordings: Recordings) -> Prompt:
    """What the page asks for next."""
    said = said_labels(recordings.read(), list(corpus.slots))
    seed = (corpus.seed, zlib.crc32(SPEAKER.casefold().encode()), len(said))
    return draw_prompt(corpus, said, np.random.default_rng(seed))


def spoken(corpus: CorpusConfig, prompt: Prompt) -> bytes:
    """The phrase by one voice of the synthesiser, the same for all phrases."""
    [reading] = draw_readings(corpus, prompt.text, 1, seed=5)
    return reading.speak()


def open_recorder(page: Page, url: str) -> None:
    page.goto(f"{url}/Data")
    page.get_by_role("tab", name="Record").click()
    page.get_by_label("Who speaks?").fill(SPEAKER)
    page.get_by_label("Who speaks?").press("Enter")


def test_from_the_last_phrases_to_a_model_that_knows_the_voice(
    teach_app: tuple[str, Path], browse: Browse
) -> None:
    url, root = teach_app
    corpus = load_config(CorpusConfig, root / "configs/corpus.yaml")
    recordings = recordings_of(root)
    for number in range(N_BEFORE, N_ALL):
        prompt = next_prompt(corpus, recordings)
        order = spoken(corpus, prompt)
        with browse(order) as page:
            open_recorder(page, url)
            expect(page.get_by_text(f"{number} of 50 by {SPEAKER}")).to_be_visible(timeout=WAIT_MS)
            expect(page.get_by_role("heading", name=f"“{prompt.text}”")).to_be_visible()
            expect(page.get_by_text("Still to be said")).to_be_visible()
            record(page, order)
            page.get_by_role("button", name="Keep it, next").click()
            expect(page.get_by_text(f"{number + 1} of 50 by")).to_be_visible(timeout=WAIT_MS)
    with browse(silence()) as page:
        teach(page, url, root)


def teach(page: Page, url: str, root: Path) -> None:
    open_recorder(page, url)
    expect(page.get_by_text(f"{N_ALL} phrases are recorded")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Teach it").click()
    expect(page.get_by_text("Learning your voice").first).to_be_visible(timeout=WAIT_MS)
    use = page.get_by_role("button", name="Use the new one")
    expect(use).to_be_visible(timeout=WAIT_MS)
    held = page.get_by_test_id("stMetric").filter(has_text="that it did not learn from")
    expect(held).to_contain_text("of 4 understood")
    expect(page.get_by_text("It learnt from 16 phrases")).to_be_visible()
    use.click()
    expect(page.get_by_text("The new one is in use now")).to_be_visible(timeout=WAIT_MS)
    latest = json.loads((root / "artifacts/registry/latest.json").read_text("utf-8"))
    assert latest["version"].startswith("voice-")
    assert latest["parent"] == "m1_best"
