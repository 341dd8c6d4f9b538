"""What all tests share: hypothesis settings, no skip where all is required, a tiny project."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine may take long over one example; what a test must not do is take for ever.
settings.register_profile("slu", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("slu")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under SLU_REQUIRE_ALL=1 (as in CI) a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("SLU_REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, though SLU_REQUIRE_ALL=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def tone_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a corpus that a tiny model learns in seconds, ready to be trained on.

    A beep for the quantity is followed by one for the product.
    """
    from tests.tones import write_tone_corpus

    root = tmp_path_factory.mktemp("tones")
    write_tone_corpus(root)
    return root


@pytest.fixture(scope="session")
def trained_root(tone_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one version, `tones`, trained, evaluated and promoted."""
    from tests.tones import train_tones

    root = tmp_path_factory.mktemp("trained") / "project"
    shutil.copytree(tone_root, root)
    train_tones(root, "tones")
    return root


@pytest.fixture(scope="session")
def wary_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose version `wary` was trained with clips that are no orders as well."""
    from tests.tones import TRAIN, train_tones, write_tone_corpus

    root = tmp_path_factory.mktemp("wary")
    write_tone_corpus(root, others_per_order=1)
    train_tones(root, "wary", TRAIN.model_copy(update={"epochs": 24}))
    return root


@pytest.fixture
def trained_project(trained_root: Path, tmp_path: Path) -> Path:
    """A copy of that project, to be altered."""
    root = tmp_path / "project"
    shutil.copytree(trained_root, root)
    return root
