"""Who imports whom: the one import rule, and what serving must do without."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from slu.audio.wav import write_wav
from tests.tones import SAMPLE_RATE, tone

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "librosa", "numba", "sklearn", "matplotlib", "streamlit")

# The browser's own code leans on the top rows only; what it shows is prepared there.
PAGES_MAY_IMPORT = frozenset(
    ("slu.ui", "slu.jobs", "slu.workflows", "slu.service", "slu.overview", "slu.samples")
) | {"slu.config", "slu.settings", "slu.errors", "streamlit"}


def imports(path: Path) -> Iterator[str]:
    """Modules that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)


def is_allowed(module: str) -> bool:
    if module.partition(".")[0] in sys.stdlib_module_names:
        return True
    return any(module == name or module.startswith(f"{name}.") for name in PAGES_MAY_IMPORT)


def pages() -> list[Path]:
    return [ROOT / "Home.py", *sorted((ROOT / "pages").glob("*.py"))]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_page_leans_on_the_top_rows(path: Path) -> None:
    assert [module for module in imports(path) if not is_allowed(module)] == []


def test_the_rule_finds_a_forbidden_import(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        "import streamlit as st\nimport json\n\ndef show():\n    from slu.data import x\n"
    )

    assert [module for module in imports(page) if not is_allowed(module)] == ["slu.data"]


def test_streamlit_stays_in_the_browsers_own_code() -> None:
    users = [
        path.relative_to(ROOT / "slu")
        for path in (ROOT / "slu").rglob("*.py")
        if any(module.partition(".")[0] == "streamlit" for module in imports(path))
    ]

    assert {path.parts[0] for path in users} == {"ui"}


@pytest.mark.slow
def test_the_rows_of_the_design_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


PREDICT = """
import sys
from pathlib import Path
{imported}
from slu.service import PredictionService
from slu.settings import Settings
service = PredictionService(Settings(project_root=Path(sys.argv[1])))
print(service.predict(Path(sys.argv[2]), "cli").prediction.sentence)
print(*(name for name in {heavy} if name in sys.modules))
"""


@pytest.mark.slow
@pytest.mark.parametrize("module", ["slu.inference", "slu.service", "slu.api", "slu.cli"])
def test_serving_needs_none_of_the_training_packages(trained_project: Path, module: str) -> None:
    """A new process, a real prediction, and then a look at what was loaded for it."""
    clip = trained_project / "order.wav"
    write_wav(clip, tone("kopi", "1", np.random.default_rng(0)), SAMPLE_RATE)
    code = PREDICT.format(imported=f"import {module}", heavy=HEAVY)

    done = subprocess.run(
        [sys.executable, "-c", code, trained_project, clip],
        capture_output=True,
        text=True,
        check=True,
    )

    sentence, loaded = done.stdout.split("\n")[:2]
    assert sentence.startswith("1 x kopi, ")
    assert loaded == ""
