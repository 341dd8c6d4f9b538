"""Teach it your voice, without a browser: what is missing, the job, old and new in plain words."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from slu.config import QualityConfig
from slu.data.prompts import Prompt
from slu.data.recordings import Recordings
from slu.data.takes import check_take
from slu.evaluation.comparison import compare
from slu.evaluation.scores import share_interval
from slu.evaluation.teaching import BeforeAfter, TeachingReport, write_report
from slu.jobs import Job, JobStatus
from slu.ui import teach
from tests.ui.test_data_page import button, noise, opened, press, texts

PRODUCTS = [
    *("air mineral", "beras", "gula", "kopi", "mie", "minyak", "sabun", "susu", "teh", "telur"),
]
VERSION = "voice-20260131-093000"


def record(project: Path, labels: list[tuple[str, str]]) -> None:
    recordings = Recordings(project / "data/raw/recorded", ["product", "quantity"])
    for product, quantity in labels:
        take = check_take(noise(len(recordings.read())), QualityConfig())
        prompt = Prompt(f"{quantity} {product}", {"product": product, "quantity": quantity})
        recordings.add(take, prompt, "Siti")


def enough() -> list[tuple[str, str]]:
    """Each product twice, each quantity four times."""
    return [(PRODUCTS[n % 10], str(n % 5 + 1)) for n in range(20)]


def shown(app: AppTest) -> str:
    return texts(app).replace("\\", "")


def shares(before: list[bool], after: list[bool]) -> BeforeAfter:
    old, new = np.array(before), np.array(after)
    return BeforeAfter(
        before=share_interval(old),
        after=share_interval(new),
        answered_before=1.0,
        answered_after=1.0,
        comparison=compare(new, old),
    )


BETTER = shares([False] * 8 + [True] * 2, [True] * 9 + [False])
SAME = shares([True] * 100, [True] * 100)
WORSE = shares([True] * 100, [True] * 90 + [False] * 10)
REPORT = TeachingReport(VERSION, "m1_best", 40, 1, BETTER, SAME)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Commands of the jobs that were started, without their being run."""
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        teach, "start_job", lambda command, title, **parameters: started.append(command)
    )
    return started


@pytest.fixture
def taught(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which the last lesson is over; its version is a copy of the one in use."""
    registry = project / "artifacts/registry"
    entry = json.loads((registry / "m1_best.json").read_text("utf-8")) | {"version": VERSION}
    (registry / f"{VERSION}.json").write_text(json.dumps(entry), "utf-8")
    (project / "artifacts" / VERSION).mkdir()
    write_report(project / "artifacts" / VERSION, REPORT)
    now = datetime.now(UTC)
    job = Job(
        id="1", command=("adapt",), title="Learning your voice",
        parameters={"page": "data", "kind": "teach", "version": VERSION},
        status=JobStatus.SUCCEEDED, progress=None, created_at=now, started_at=now, ended_at=now,
        log_path=project / "log", result="done", error=None,
    )  # fmt: skip
    monkeypatch.setattr(teach, "latest_job", lambda **_: job)
    monkeypatch.setattr(teach, "show_job", lambda _: None)
    return project


def in_use(project: Path) -> str:
    latest = (project / "artifacts/registry/latest.json").read_text("utf-8")
    version: str = json.loads(latest)["version"]
    return version


def report(project: Path, found: TeachingReport) -> AppTest:
    write_report(project / "artifacts" / VERSION, found)
    return opened("Record")


def test_without_a_model_there_is_nothing_to_teach(empty_project: Path) -> None:
    assert "Train a model first" in shown(opened("Record"))


def test_says_how_many_phrases_are_wanted(project: Path) -> None:
    record(project, [("teh", "1"), ("teh", "2"), ("kopi", "1")])
    app = opened("Record")
    assert "3 phrases are recorded" not in shown(app)
    assert "**3 phrases** are recorded; it needs 10 to 50" in shown(app)
    assert "with each word at least 2 times" in shown(app)
    assert "Still to be said: “air mineral”, “beras”, “gula”, “kopi”" in shown(app)
    assert "“teh”" not in shown(app)
    assert button(app, "Teach it").disabled


def test_words_that_the_model_does_not_know_are_told(project: Path) -> None:
    record(project, [*enough(), ("roti", "1")])
    app = opened("Record")
    assert "It does not know “roti”" in shown(app)
    assert button(app, "Teach it").disabled


def test_enough_phrases_start_a_lesson(project: Path, commands: list[tuple[str, ...]]) -> None:
    record(project, enough())
    app = opened("Record")
    assert "**20 phrases** are recorded: enough to begin; more make it surer" in shown(app)
    press(app, "Teach it")
    [command] = commands
    assert command[:3] == ("adapt", "--recordings", "data/raw/recorded")
    assert command[4].startswith("adapt.run_name=voice-2")


def test_old_and_new_are_compared_in_plain_words(taught: Path) -> None:
    app = opened("Record")
    assert "It understands you better than before, and others as well as before." in shown(app)
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["Your phrases that it did not learn from"] == ("9 of 10 understood", "+7")
    assert metrics["Other voices, from your corpus"] == ("100 of 100 understood", "as before")
    assert "Before: 20% (95 % interval 6% to 51%)" in shown(app)
    assert "10 were held back: few, so the intervals are wide" in shown(app)


@pytest.mark.parametrize(
    ("held_back", "corpus", "said"),
    [
        (SAME, SAME, "as well as before, and others as well as before."),
        (SAME, WORSE, "but others less well."),
        (WORSE, SAME, "It understands you less well than before"),
        (shares([False, True], [True, True]), SAME, "seems to understand you better than before"),
        (None, SAME, "nothing tells how much it brought"),
    ],
)
def test_nothing_is_made_better_than_it_is(
    taught: Path, held_back: BeforeAfter | None, corpus: BeforeAfter, said: str
) -> None:
    app = report(taught, replace(REPORT, held_back=held_back, corpus=corpus))
    assert said in shown(app)


def test_the_new_one_is_put_to_use_and_taken_back(taught: Path) -> None:
    app = press(opened("Record"), "Use the new one")
    assert in_use(taught) == VERSION
    assert "The new one is in use now" in shown(app)
    app = press(app, "Go back to m1_best")
    assert in_use(taught) == "m1_best"
    assert not button(app, "Use the new one").disabled


def test_a_report_that_is_gone_is_one_sentence(taught: Path) -> None:
    (taught / "artifacts" / VERSION / "teaching.json").unlink()
    assert "teach the model again" in opened("Record").error[0].value
