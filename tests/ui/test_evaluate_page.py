"""The page Evaluate in an empty, a working and a broken project, driven without a browser."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from slu.evaluation.archive import Subject
from slu.evaluation.noise_sweep import NoisePoint, write_sweep
from slu.evaluation.report import ReportPaths
from slu.evaluation.scores import Interval
from slu.inference import Predictor
from slu.jobs import Job, JobStatus
from slu.registry import Registry
from slu.ui import evaluation_work
from slu.workflows import evaluate, labelled_recordings
from tests.ui.driving import texts
from tests.ui.harness import ROOT

HOME = str(ROOT / "Home.py")
PAGE = "pages/6_Evaluate.py"
CORPUS = "data/processed/metadata.csv"
VIEWS = ("Scores", "Confusion", "Errors", "Confidence", "Rejection", "Noise", "Compare")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Commands of the jobs that a page would start."""
    commands: list[tuple[str, ...]] = []

    def note(command: Sequence[str], title: str, **parameters: str) -> None:
        commands.append(tuple(command))

    monkeypatch.setattr(evaluation_work, "start_job", note)
    return commands


def registry_of(root: Path) -> Registry:
    return Registry(root, root / "artifacts" / "registry")


def judge(root: Path, *versions: str, split: str = "test") -> list[Subject]:
    """What the job does, in this process."""
    registry, subjects = registry_of(root), []
    for version in versions:
        subject = Subject(registry.get(version), root / CORPUS, split)
        predictor = Predictor.load(registry, version)
        table = labelled_recordings(subject.table_path, subject.entry, split)
        folder = subject.folder(root / "artifacts")
        paths = ReportPaths.in_folder(folder, predictor.slots)
        evaluate(predictor, table, paths, subject.facts())
        subjects.append(subject)
    return subjects


def run(version: str | None = "m1_best") -> AppTest:
    app = AppTest.from_file(HOME, default_timeout=60).switch_page(PAGE)
    if version:
        app.session_state["judged version"] = version
    app.run()
    assert not app.exception
    return app


def see(app: AppTest, view: str) -> AppTest:
    app.segmented_control(key="evaluation view").set_value(view).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


class TestNothingYet:
    def test_no_version(self, empty_project: Path) -> None:
        assert "There is no trained version to judge yet" in texts(run(None))

    def test_the_newest_version_is_looked_at_first(self, project: Path) -> None:
        assert run(None).selectbox(key="judged version").value == "m2_best"

    def test_no_recordings(self, project: Path) -> None:
        app = run("m2_best")
        assert "There are no labelled recordings" in texts(app)
        assert "Put m2_best to use" in labels(app)

    def test_not_judged(self, demo_project: Path, started: list[tuple[str, ...]]) -> None:
        app = run()
        assert "**m1_best** was not judged on these clips yet" in texts(app)

        press(app, "Judge m1_best")

        options = ("--metadata", CORPUS, "--model", "m1_best", "--split", "test")
        assert started == [("evaluate", *options)]

    def test_all_clips_of_a_source(
        self, demo_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        app = run()
        app.selectbox(key="judged table").select_index(1).run()
        app.selectbox[2].select("all").run()

        press(app, "Judge m1_best")

        assert "--metadata data/raw/warung/metadata.csv" in " ".join(started[0])
        assert started[0][-2:] == ("--split", "all")


class TestJudged:
    def test_every_view_shows_something(self, demo_project: Path) -> None:
        subject, _ = judge(demo_project, "m2_best", "m1_best")
        app = run("m2_best")
        assert "The model and the list of clips are the same since." in texts(app)
        shares = {metric.label: metric.value for metric in app.metric}
        assert {"All slots right", "Product right", "Quantity right", "Answered"} <= set(shares)
        assert shares["All slots right"].endswith("%")
        for view in VIEWS:
            see(app, view)
            assert not app.error, view
        assert subject.entry.version in texts(app)
        assert "**m1_best**" in texts(app)

    def test_other_slots_are_chosen(self, demo_project: Path) -> None:
        judge(demo_project, "m1_best")
        app = see(run(), "Confusion")
        app.segmented_control(key="confused slot").set_value("quantity").run()
        app.segmented_control(key="confusion shows").set_value("Rates").run()
        see(app, "Confidence")
        app.segmented_control(key="reliability slot").set_value("quantity").run()
        assert not app.exception
        assert not app.error

    def test_clips_of_one_source(self, demo_project: Path) -> None:
        path = demo_project / CORPUS
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        is_test = table["split"] == "test"
        table.loc[table.index[is_test][:5], "source"] = "recorded"
        table.to_csv(path, index=False)
        judge(demo_project, "m1_best")
        app = run()
        assert "All slots right, by source of the clips" in texts(app)

        app.button_group(key="judged sources").set_value(["recorded"]).run()

        assert "by source" not in texts(app)
        scores = next(table.value for table in app.dataframe if "score" in table.value)
        # Five clips leave much open.
        assert scores["from"][0] < 60

    def test_noise_is_judged(self, demo_project: Path, started: list[tuple[str, ...]]) -> None:
        judge(demo_project, "m2_best")
        app = see(run("m2_best"), "Noise")
        app.selectbox(key="noise kind").select("brown").run()

        press(app, "Judge with noise")

        assert started[0][0] == "noise-sweep"
        assert {"m2_best", "brown", "30,20,10,5,0"} <= set(started[0])

    def test_a_noise_sweep_is_shown(self, demo_project: Path) -> None:
        (subject,) = judge(demo_project, "m2_best")
        share = Interval(0.9, 0.8, 1.0)
        points = [
            NoisePoint(snr_db, 18, share, share, {"product": share, "quantity": share})
            for snr_db in (None, 10.0)
        ]
        path = subject.folder(demo_project / "artifacts") / "noise_pink.json"
        write_sweep(path, subject.facts(), points)

        app = see(run("m2_best"), "Noise")

        assert "18 clips, with 95 % intervals." in texts(app)
        assert "Judge with noise again" in labels(app)

    def test_the_other_version_is_judged(
        self, demo_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        judge(demo_project, "m2_best")
        app = see(run("m2_best"), "Compare")
        assert "**m1_best** was not judged on these clips yet" in texts(app)

        press(app, "Judge m1_best")

        assert started[0][started[0].index("--model") + 1] == "m1_best"

    def test_changed_data_are_told(self, demo_project: Path) -> None:
        judge(demo_project, "m1_best")
        with (demo_project / CORPUS).open("a") as table:
            table.write("\n")
        app = run()
        assert "the list of clips has changed since. Judge again." in app.warning[0].value
        assert "Judge m1_best again" in labels(app)


class TestJobs:
    @pytest.fixture
    def job(self, demo_project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
        """A function that puts a job into the list, and gives the ids of jobs that are shown."""

        def put(status: JobStatus, created_at: datetime) -> list[str]:
            job = Job("7", (), "Judging", {}, status, None, created_at, None, None, Path(), "", "")
            shown: list[str] = []
            monkeypatch.setattr(
                evaluation_work,
                "latest_job",
                lambda judges: job if judges.startswith("evaluate ") else None,
            )
            monkeypatch.setattr(evaluation_work, "show_job", shown.append)
            return shown

        return put

    @pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING])
    def test_one_at_work_takes_the_place_of_the_button(
        self, job: Callable[..., list[str]], status: JobStatus
    ) -> None:
        shown = job(status, datetime.now(UTC))
        assert "Judge m1_best" not in labels(run())
        assert shown == ["7"]

    def test_one_that_failed_can_be_repeated(self, job: Callable[..., list[str]]) -> None:
        shown = job(JobStatus.FAILED, datetime.now(UTC))
        assert "Judge m1_best" in labels(run())
        assert shown == ["7"]

    def test_what_failed_before_the_last_success_is_over(
        self, demo_project: Path, job: Callable[..., list[str]]
    ) -> None:
        shown = job(JobStatus.FAILED, datetime.now(UTC))
        judge(demo_project, "m1_best")
        assert "Judge m1_best again" in labels(run())
        assert shown == []

    @pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.CANCELLED])
    def test_one_that_is_over_is_not_shown(
        self, job: Callable[..., list[str]], status: JobStatus
    ) -> None:
        shown = job(status, datetime.now(UTC))
        assert "Judge m1_best" in labels(run())
        assert shown == []


class TestBroken:
    def test_a_table_without_a_slot(self, demo_project: Path) -> None:
        (demo_project / CORPUS).write_text("id,path,split,product\n1,a.wav,test,teh\n")
        app = run("m2_best")
        assert "there is no column quantity" in app.error[0].value
        assert "Put m2_best to use" in labels(app)

    @pytest.mark.parametrize("name", ["metrics.json", "predictions.csv"])
    def test_a_damaged_evaluation(self, demo_project: Path, name: str) -> None:
        (subject,) = judge(demo_project, "m1_best")
        (subject.folder(demo_project / "artifacts") / name).write_text('"{')
        app = run()
        assert len(app.error) == 1
        assert name in app.error[0].value
        assert "Judge m1_best" in labels(app)

    def test_a_damaged_latest(self, demo_project: Path) -> None:
        (demo_project / "artifacts/registry/latest.json").write_text("{")
        app = run("m2_best")
        assert "latest.json is damaged" in app.error[0].value

        press(press(app, "Put m2_best to use"), "Yes, use m2_best")

        assert registry_of(demo_project).latest_version() == "m2_best"
        assert not app.error

    def test_damaged_noise(self, demo_project: Path) -> None:
        (subject,) = judge(demo_project, "m1_best")
        (subject.folder(demo_project / "artifacts") / "noise_pink.json").write_text("{")
        app = see(run(), "Noise")
        assert "noise_pink.json is damaged" in app.error[0].value
        assert "Judge with noise" in labels(app)


class TestUse:
    def test_nothing_changes_without_a_confirmation(self, demo_project: Path) -> None:
        app = press(run("m2_best"), "Put m2_best to use")
        assert "From then on, **m2_best** answers." in texts(app)
        assert "**m1_best** is put aside." in texts(app)
        assert registry_of(demo_project).latest_version() == "m1_best"

    def test_there_and_back(self, demo_project: Path) -> None:
        app = press(run("m2_best"), "Put m2_best to use")
        press(app, "Yes, use m2_best")
        assert registry_of(demo_project).latest_version() == "m2_best"
        assert "m2_best is in use now." in app.success[0].value
        assert "Put m2_best to use" not in labels(app)

        press(press(app, "Go back to m1_best"), "Yes, use m1_best")

        assert registry_of(demo_project).latest_version() == "m1_best"
        assert not any(label.startswith("Go back") for label in labels(app))

    def test_the_version_in_use_is_not_offered(self, demo_project: Path) -> None:
        assert "Put m1_best to use" not in labels(run("m1_best"))

    def test_an_altered_version_is_refused(self, demo_project: Path) -> None:
        with (demo_project / "artifacts/m2_best/model.onnx").open("ab") as model:
            model.write(b"x")
        app = press(press(run("m2_best"), "Put m2_best to use"), "Yes, use m2_best")
        assert "altered" in app.error[0].value
        assert registry_of(demo_project).latest_version() == "m1_best"


class TestExport:
    def test_a_zip_is_packed_by_a_job(
        self, demo_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        press(run("m2_best"), "Pack it")
        assert started == [("export", "--format", "zip", "--model", "m2_best")]

    def test_what_was_packed_is_offered(self, demo_project: Path) -> None:
        path = demo_project / "artifacts/exports/m2_best.zip"
        path.parent.mkdir()
        path.write_bytes(bytes(2_000_000))
        app = run("m2_best")
        assert "Pack it again" in labels(app)
        (download,) = app.get("download_button")
        assert download.label == "Download m2_best.zip (2 MB, packed just now)"
        assert "Pack it" in labels(run("m1_best"))
