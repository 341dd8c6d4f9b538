"""Take the pictures of every page that the documentation shows, in a real browser.

Run with `make screenshots`; needs Debian's chromium. A small project is made from nothing but this
repository: spoken clips, a short training, two judgements, and some traffic. `--all` takes the dark
theme and a narrow screen as well, for whoever looks over the pages.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from slu import workflows
from slu.config import CorpusConfig, DataConfig, PreprocessConfig, load_config
from slu.data.metadata import read_metadata
from slu.service import PredictionService
from slu.settings import Settings
from tests.chromium import chromium
from tests.ui.harness import ROOT, choose, make_project, serving, silence

Theme = Literal["light", "dark"]
WIDTHS = {"wide": 1280, "narrow": 390}
WAIT_MS = 60_000
IN_USE = "m3_best"
DOORS = ("api", "upload", "record", "live")
SETTLE_MS = 4000


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the page's address, and what is done before it is taken."""

    name: str
    page: str = ""
    prepare: Callable[[Page], None] = lambda page: None


def _tab(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("tab", name=name).first.click()


def _hear_a_sample(page: Page) -> None:
    _tab("Try a sample")(page)
    page.get_by_role("button", name="Let the model hear it").click()
    page.get_by_test_id("stAudio").last.wait_for()


def _choose_the_one_in_use(page: Page) -> None:
    choose(page, "Version", IN_USE)


def _runs(page: Page) -> None:
    page.get_by_role("radio", name="Runs").click()
    page.get_by_test_id("stVegaLiteChart").first.wait_for()


def _studies(page: Page) -> None:
    page.get_by_role("radio", name="Studies").click()
    page.get_by_test_id("stVegaLiteChart").first.wait_for()


SHOTS = (
    Shot("home"),
    Shot("data", "Data"),
    Shot("data-record", "Data", _tab("Record")),
    Shot("data-upload", "Data", _tab("Upload")),
    Shot("data-quality", "Data", _tab("Quality")),
    Shot("explore", "Explore"),
    Shot("preprocess", "Preprocess"),
    Shot("train", "Train"),
    Shot("train-runs", "Train", _runs),
    Shot("tune", "Tune", _studies),
    Shot("evaluate", "Evaluate", _choose_the_one_in_use),
    Shot("predict", "Predict", _hear_a_sample),
    Shot("live", "Predict", _tab("Live")),
    Shot("monitor", "Monitor"),
)


def make_showcase(root: Path) -> None:
    """A project in which every page has something to show."""
    make_project(root)
    shutil.copytree(ROOT / "artifacts" / IN_USE, root / "artifacts" / IN_USE)
    shutil.copy(ROOT / f"artifacts/registry/{IN_USE}.json", root / "artifacts/registry")
    settings = Settings(project_root=root)
    workflows.open_registry(settings).promote(IN_USE)
    corpus = load_config(CorpusConfig, root / "configs/corpus.yaml", {"utterances": 400})
    workflows.synthesise(corpus, settings.data_dir / "raw/warung", settings)
    report = workflows.ingest(load_config(DataConfig, root / "configs/data.yaml"), settings)
    features = load_config(PreprocessConfig, root / "configs/preprocess.yaml")
    workflows.preprocess(report.metadata_path, features, settings)
    for version in ("m1_best", IN_USE):
        _slu(root, "evaluate", "--model", version, "--metadata", str(report.metadata_path))
    models = ("--model-cfg", "configs/model_m2.yaml", "--train-cfg", "configs/train_m2.yaml")
    _slu(root, "train", *models, "--set", "train.epochs=8", "--set", "train.run_name=evening")
    study = ("--study-name", "evening", "--n-trials", "8", "--tune-cfg", "configs/tune_m2.yaml")
    _slu(root, "hparam-search", *study, *models, "--set", "train.epochs=4")
    _talk(settings, report.metadata_path)


def _slu(root: Path, *command: str) -> None:
    environment = {**os.environ, "SLU_PROJECT_ROOT": str(root), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", "slu.cli"]
    subprocess.run([*program, *command], cwd=root, env=environment, check=True)


def _talk(settings: Settings, metadata_path: Path) -> None:
    """Let the clips come in through every door, so that there is traffic to watch."""
    service = PredictionService(settings)
    paths = [metadata_path.parent / path for path in read_metadata(metadata_path)["path"]]
    for path, door in zip(paths, itertools.cycle(DOORS), strict=False):
        service.predict(path, door)


def take(browser: Browser, url: str, shot: Shot, path: Path, theme: Theme, width: int) -> None:
    """Open a page, wait until nothing moves any more, and keep its picture."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, device_scale_factor=1
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(f"{url}/{shot.page}")
    _wait(page)
    shot.prepare(page)
    _wait(page)
    _unroll(page, width)
    page.screenshot(path=path)
    context.close()
    with Image.open(path) as image:
        image.convert("RGB").quantize(128).save(path, optimize=True)


def _wait(page: Page) -> None:
    page.get_by_test_id("stApp").wait_for()
    page.wait_for_timeout(500)
    page.wait_for_function(
        "document.querySelector('[data-test-script-state]')"
        "?.getAttribute('data-test-script-state') !== 'running'"
    )
    page.wait_for_timeout(SETTLE_MS)


def _unroll(page: Page, width: int) -> None:
    """Make the window as high as the page, which scrolls inside."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, 600), 4000)})
    page.wait_for_timeout(1500)


def main() -> None:
    """Make the project, serve it, and look at every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--all", action="store_true", help="dark and narrow ones as well")
    parser.add_argument("--only", nargs="*", help="names of pictures")
    parser.add_argument("--project", type=Path, help="show this project instead of a new one")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    variants: list[tuple[str, Theme, int]] = [("", "light", WIDTHS["wide"])]
    if arguments.all:
        variants += [("-dark", "dark", WIDTHS["wide"]), ("-narrow", "light", WIDTHS["narrow"])]
    with TemporaryDirectory() as folder:
        root = arguments.project or Path(folder)
        if arguments.project is None:
            make_showcase(root)
        microphone = Path(folder) / "microphone.wav"
        microphone.write_bytes(silence())
        with chromium(microphone) as browser, serving(root) as url:
            for shot, (suffix, theme, width) in itertools.product(SHOTS, variants):
                if arguments.only and shot.name not in arguments.only:
                    continue
                path = arguments.out / f"{shot.name}{suffix}.png"
                take(browser, url, shot, path, theme, width)
                sys.stdout.write(f"{path.name}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
