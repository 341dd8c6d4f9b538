"""How long the Tune page takes to open a study of 10,000 finished trials, in a real browser.

Run with `python -m benchmarks.tune_page`; needs Debian's chromium and a quiet machine.
"""

import sys
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.storages._rdb.models import (
    TrialIntermediateValueModel,
    TrialModel,
    TrialParamModel,
    TrialValueModel,
)
from optuna.trial import TrialState
from playwright.sync_api import Browser, Page

from benchmarks.timing import measure
from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config
from slu.config.tune import TuneConfig
from slu.tuning.beginning import begin_study
from slu.tuning.space import SearchSpace
from slu.tuning.storage import open_storage
from tests.chromium import chromium
from tests.ui.harness import ROOT, make_project, serving

N_TRIALS = 10_000
N_EPOCHS = 24
# In the order in which they refer to each other.
TABLES = (TrialModel, TrialParamModel, TrialValueModel, TrialIntermediateValueModel)


def write_study(url: str, rng: np.random.Generator) -> None:
    """A study of M1 whose trials were drawn at random and mostly given up.

    Written into Optuna's tables at once: by way of Optuna it takes minutes.
    """
    tune = load_config(TuneConfig, ROOT / "configs/tune.yaml")
    model = load_config(MODEL_CONFIG, ROOT / "configs/model_m1.yaml")
    space = SearchSpace(model, TrainConfig(epochs=N_EPOCHS), tune.space)
    corpus: Any = SimpleNamespace(fingerprint="none", preprocess=PreprocessConfig())
    study_id = begin_study("large", url, space, tune, corpus)._study_id
    kinds = distributions(space)
    random = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    rows: dict[Any, list[dict[str, Any]]] = {kind: [] for kind in TABLES}
    for number in range(N_TRIALS):
        drawn, curve = random.ask(kinds).params, draw_curve(rng)
        rows[TrialModel].append(trial_row(study_id, number, len(curve)))
        rows[TrialParamModel] += [param_row(number, key, kinds[key], drawn[key]) for key in drawn]
        rows[TrialValueModel].append(value_row(number, max(curve)))
        rows[TrialIntermediateValueModel] += [
            epoch_row(number, epoch, value) for epoch, value in enumerate(curve, 1)
        ]
    with open_storage(url).engine.begin() as connection:
        for kind, found in rows.items():
            connection.execute(kind.__table__.insert(), found)


def distributions(space: SearchSpace) -> dict[str, BaseDistribution]:
    """What the settings of a space are drawn from."""
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(0)).ask()
    space.suggest(trial)
    return trial.distributions


def draw_curve(rng: np.random.Generator) -> list[float]:
    """Scores that rise, until the trial ends or is given up."""
    n_epochs = int(rng.integers(3, N_EPOCHS + 6))
    rise = 1 - np.exp(-np.arange(1, min(n_epochs, N_EPOCHS) + 1) / 6)
    curve: list[float] = (rng.uniform(0.7, 1.0) * rise).tolist()
    return curve


def trial_row(study_id: int, number: int, n_epochs: int) -> dict[str, Any]:
    """A trial that began a minute after the one before."""
    begun = datetime(2026, 1, 1) + timedelta(minutes=number)
    return {
        "trial_id": number + 1,
        "number": number,
        "study_id": study_id,
        "state": TrialState.COMPLETE if n_epochs == N_EPOCHS else TrialState.PRUNED,
        "datetime_start": begun,
        "datetime_complete": begun + timedelta(seconds=2 * n_epochs),
    }


def param_row(number: int, key: str, kind: BaseDistribution, value: Any) -> dict[str, Any]:
    """One setting of a trial."""
    return {
        "trial_id": number + 1,
        "param_name": key,
        "param_value": kind.to_internal_repr(value),
        "distribution_json": distribution_to_json(kind),
    }


def value_row(number: int, value: float) -> dict[str, Any]:
    """What a trial is judged by."""
    finite = TrialValueModel.TrialValueType.FINITE
    return {"trial_id": number + 1, "objective": 0, "value": value, "value_type": finite}


def epoch_row(number: int, epoch: int, value: float) -> dict[str, Any]:
    """The score of one epoch."""
    return {
        "trial_id": number + 1,
        "step": epoch,
        "intermediate_value": value,
        "intermediate_value_type": TrialIntermediateValueModel.TrialIntermediateValueType.FINITE,
    }


def open_study(browser: Browser, url: str) -> tuple[Page, float]:
    """Open the page in a browser that has seen nothing of it yet.

    Returns:
        the page, and seconds from the click on “Studies” until all is drawn.
    """
    page = browser.new_context(viewport={"width": 1280, "height": 1600}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{url}/Tune")
    studies = page.get_by_role("radio", name="Studies")
    studies.wait_for()
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    studies.click()
    # Vega draws many marks on a canvas, few as a drawing.
    page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").nth(1).wait_for()
    page.get_by_role("button", name="Train this one").wait_for()
    return page, time.perf_counter() - started


def view(browser: Browser, url: str) -> float:
    """Seconds until the study is there."""
    page, taken_s = open_study(browser, url)
    page.context.close()
    return taken_s


def open_tab(browser: Browser, url: str, name: str, shown: str) -> float:
    """Seconds from a click on a tab to its figures."""
    page, _ = open_study(browser, url)
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    page.get_by_role("tab", name=name).click()
    page.get_by_text(shown).first.wait_for()
    taken_s = time.perf_counter() - started
    page.context.close()
    return taken_s


def main() -> None:
    """Make a study, serve the page, and look."""
    with TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder)
        make_project(root)
        write_study(f"sqlite:///{root}/optuna.db", np.random.default_rng(0))
        sys.stdout.write(f"{N_TRIALS:,} trials\n")
        with serving(root) as url:
            tabs = {
                "Epochs": "Epoch by epoch",
                "Side by side": "scores side by side",
                "Importance": "How much each setting",
                "Each setting": "Weight decay",
            }
            tasks = {
                f"view {name}": partial(open_tab, browser, url, name, shown)
                for name, shown in tabs.items()
            }
            measure(lambda: view(browser, url), tasks)


if __name__ == "__main__":
    main()
