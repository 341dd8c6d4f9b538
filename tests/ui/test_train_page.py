"""The page Train in all its states, driven without a browser."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from slu.config import MODEL_CONFIG, TrainConfig, load_config
from slu.config.presets import model_names
from slu.jobs import JobStatus
from slu.settings import get_settings
from tests.runs.fakes import FakeJobs, record, write_run
from tests.ui.driving import click, metrics, run, texts
from tests.ui.harness import ROOT

TRAIN = "pages/4_Train.py"


@pytest.fixture
def jobs(demo_project: Path, monkeypatch: pytest.MonkeyPatch) -> FakeJobs:
    """Jobs that only change when a test says so."""
    fake = FakeJobs(get_settings())
    for module in ("slu.ui.jobs", "slu.ui.train_run"):
        monkeypatch.setattr(f"{module}.open_jobs", lambda _: fake)
    return fake


def open_train(view: str | None = None, model: str = "m1") -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).switch_page(TRAIN)
    app.session_state["train model"] = model
    if view is not None:
        app.session_state["train view"] = view
        app.session_state["train visited"] = True
    return run(app)


def links(app: AppTest) -> list[str]:
    return [element.proto.page for element in app.get("page_link")]


def begin(jobs: FakeJobs, name: str, epochs_done: int) -> Path:
    """A run at work."""
    folder = write_run(jobs.settings, name, [record(e) for e in range(1, epochs_done + 1)])
    jobs.submit(("train",), f"Training {name}", {"run": name})
    return folder


class TestEmpty:
    def test_leads_a_newcomer_to_data(self, empty_project: Path) -> None:
        app = open_train()

        assert "There is nothing to learn from" in texts(app)
        assert links(app) == ["Data", "Preprocess"]
        assert not app.button

    def test_leads_to_features_where_there_are_clips(self, demo_project: Path) -> None:
        (demo_project / "data/processed/metadata_features.csv").unlink()

        app = open_train()

        assert "Your clips have no features yet" in texts(app)
        assert links(app) == ["Preprocess"]

    def test_says_that_nothing_was_trained(self, empty_project: Path) -> None:
        assert "No model was trained yet" in texts(open_train("Runs"))
        assert "nothing to compare yet" in texts(open_train("Compare"))


class TestNewRun:
    @pytest.mark.parametrize("model", model_names())
    def test_starts_each_model_with_what_was_chosen(self, jobs: FakeJobs, model: str) -> None:
        app = open_train()
        app.button_group(key="train model").set_value(model)
        run(app)
        next(n for n in app.number_input if n.label == "Epochs").set_value(3)
        run(app)
        click(app, f"Start training {model}-1")

        folder = jobs.settings.project_root / "configs" / "runs" / f"{model}-1"
        assert load_config(MODEL_CONFIG, folder / "model.yaml").name == model
        train = load_config(TrainConfig, folder / "train.yaml")
        assert (train.epochs, train.run_name) == (3, f"{model}-1")
        job = jobs.list()[0]
        assert job.command[:3] == ("train", "--model-cfg", f"configs/runs/{model}-1/model.yaml")
        assert job.parameters == {"run": f"{model}-1"}
        assert f"Training {model}-1" in texts(app).replace("\\", "")
        assert metrics(app)["Epochs"] == "0 of 3"

    def test_size_and_augmentation_are_chosen_in_one_step(self, jobs: FakeJobs) -> None:
        app = open_train()
        next(g for g in app.button_group if g.label == "Size").set_value("small")
        next(t for t in app.toggle if "augmentation" in t.label).set_value(False)
        click(run(app), "Start training m1-1")

        folder = jobs.settings.project_root / "configs" / "runs" / "m1-1"
        standard = load_config(MODEL_CONFIG, ROOT / "configs" / "model_m1.yaml")
        assert load_config(MODEL_CONFIG, folder / "model.yaml").d_model < standard.d_model
        assert not load_config(TrainConfig, folder / "train.yaml").augment.enable

    def test_starts_from_the_settings_of_an_earlier_run(self, jobs: FakeJobs) -> None:
        write_run(jobs.settings, "evening", [], train={"epochs": 77, "learning_rate": 0.0123})
        app = open_train()
        app.button_group(key="train model").set_value("m2")
        run(app).selectbox(key="train start m2").set_value("Settings of evening")
        run(app)

        assert next(n.value for n in app.number_input if n.label == "Epochs") == 77
        assert next(s.value for s in app.select_slider if s.label == "Learning rate") == 0.0123

    def test_forgets_a_run_that_is_gone(self, jobs: FakeJobs) -> None:
        folder = write_run(jobs.settings, "evening", [], model={"name": "m1"})
        app = open_train()
        app.selectbox(key="train start m1").set_value("Settings of evening")
        run(app)
        shutil.rmtree(folder)

        assert run(app).selectbox(key="train start m1").value == "Standard settings"

    def test_what_was_chosen_is_still_there_after_a_look_at_another_view(
        self, jobs: FakeJobs
    ) -> None:
        app = open_train()
        next(n for n in app.number_input if n.label == "Epochs").set_value(3)
        run(app)
        for view in ("Compare", "New run"):
            app.button_group(key="train view").set_value(view)
            run(app)

        assert next(n.value for n in app.number_input if n.label == "Epochs") == 3

    @pytest.mark.parametrize(
        ("model", "features"), [("m1", "log mel"), ("m2", "log mel"), ("m3", "speech embedding")]
    )
    def test_tells_clips_and_features(self, jobs: FakeJobs, model: str, features: str) -> None:
        said = texts(open_train(model=model))

        assert f"84 clips to learn from, 18 to check it with, as {features} features" in said

    def test_tells_how_long_it_takes(self, jobs: FakeJobs) -> None:
        assert "epochs take about" in texts(open_train())

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("m1_best", "choose another name"), ("a b", "must begin with a letter or digit")],
    )
    def test_refuses_a_name_in_words(self, jobs: FakeJobs, name: str, reason: str) -> None:
        app = open_train()
        next(t for t in app.text_input if t.label == "Name of the run").set_value(name)
        run(app)

        assert reason in app.error[0].value
        assert next(b for b in app.button if b.label == "Start training").disabled

    def test_every_setting_can_be_written(self, jobs: FakeJobs) -> None:
        app = self.as_text(open_train())
        model, train = app.text_area
        assert "channels" in model.value
        train.set_value(train.value.replace("label_smoothing: 0.05", "label_smoothing: 0.2"))
        click(run(app), "Start training m1-1")

        path = jobs.settings.project_root / "configs/runs/m1-1/train.yaml"
        assert load_config(TrainConfig, path).label_smoothing == 0.2

    def test_all_problems_of_the_text_are_shown_at_once(self, jobs: FakeJobs) -> None:
        app = self.as_text(open_train())
        model, train = app.text_area
        model.set_value("name: m1\nd_model: wide\n")
        train.set_value("epochs: 0\nspeed: 3\n")
        run(app)

        assert len(app.error) == 1
        said = app.error[0].value.splitlines()
        assert [line.split(" = ")[0] for line in said] == [
            "- The model, line 2: d_model",
            "- The training, line 1: epochs",
            "- The training, line 2: speed",
        ]
        assert next(b for b in app.button if b.label == "Start training").disabled

    def test_damaged_features_are_one_sentence(self, jobs: FakeJobs) -> None:
        path = jobs.settings.data_dir / "processed" / "metadata_features.csv"
        for content in ("", "id,path\n", "id,path,split,duration_s\na,b,train,1.0\n"):
            path.write_text(content, "utf-8")
            app = open_train()
            assert len(app.error) == 1
            assert "metadata_features.csv" in app.error[0].value

    def test_damaged_settings_are_one_sentence(self, jobs: FakeJobs) -> None:
        (jobs.settings.project_root / "configs/train.yaml").write_text("epochs: -1", "utf-8")

        assert "epochs = -1" in open_train().error[0].value

    @staticmethod
    def as_text(app: AppTest) -> AppTest:
        next(t for t in app.toggle if "YAML" in t.label).set_value(True)
        return run(app)


class TestRuns:
    def test_a_run_at_work_is_shown_first_and_grows(self, jobs: FakeJobs) -> None:
        folder = begin(jobs, "evening", epochs_done=2)

        app = open_train()
        assert "at work" in texts(app)
        assert metrics(app)["Epochs"] == "2 of 9"
        assert [b.label for b in app.button] == ["Cancel"]

        with (folder / "history.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(record(3, 0.75)) + "\n" + json.dumps(record(4))[:-9])
        assert metrics(run(app)) == {
            "Epochs": "3 of 9",
            "Best epoch": "3",
            "All slots right then": "75.0%",
            "An epoch takes": "2.0 s",
        }

    def test_it_is_still_shown_after_a_visit_elsewhere(self, jobs: FakeJobs) -> None:
        begin(jobs, "evening", epochs_done=2)
        app = open_train()

        run(run(app.switch_page("pages/7_Predict.py")).switch_page(TRAIN))

        assert metrics(app)["Epochs"] == "2 of 9"

    def test_a_cancelled_run_goes_on(self, jobs: FakeJobs) -> None:
        begin(jobs, "evening", epochs_done=2)
        app = open_train()
        jobs.cancel("job0")
        run(app)
        assert "It was cancelled" in texts(app)

        click(app, "Continue training")

        assert jobs.list()[0].command[-1] == "--resume"
        assert "at work" in texts(app)

    def test_a_failed_run_says_why(self, jobs: FakeJobs) -> None:
        begin(jobs, "evening", epochs_done=2)
        jobs.end("job0", JobStatus.FAILED, "the disk is full")

        app = open_train("Runs")

        assert app.error[0].value == "The disk is full\\."
        assert "Continue training" in [b.label for b in app.button]

    def test_a_run_that_never_began_can_be_started(self, jobs: FakeJobs) -> None:
        app = click(open_train(), "Start training m1-1")
        jobs.end("job0", JobStatus.CANCELLED)

        click(run(app), "Start training")

        assert len(jobs.list()) == 2
        assert "--resume" not in jobs.list()[0].command

    def test_an_unfinished_run_is_deleted_when_that_is_confirmed(self, jobs: FakeJobs) -> None:
        folder = begin(jobs, "evening", epochs_done=2)
        jobs.end("job0", JobStatus.CANCELLED)

        app = click(open_train("Runs"), "Delete it for good")

        assert not folder.exists()
        assert "evening" not in app.selectbox(key="train run").options

    def test_a_finished_run_shows_scores_with_intervals(self, jobs: FakeJobs) -> None:
        app = open_train("Runs")
        assert app.selectbox(key="train run").value == "m2_best"  # the newest
        app.selectbox(key="train run").set_value("m1_best")
        run(app)

        scores = {metric.label: metric for metric in app.metric}
        assert scores["All slots right"].value == "99.6%"
        assert scores["Product"].delta == "95 % interval 99.1% to 99.8%"
        assert "This model is in use" in texts(app)
        assert links(app) == ["Evaluate"]
        assert not app.button

    def test_a_damaged_run_hides_no_other(self, jobs: FakeJobs) -> None:
        (write_run(jobs.settings, "bad", []) / "config.json").write_text("{", "utf-8")

        app = open_train("Runs")

        assert "config.json is damaged" in app.warning[0].value
        assert "m1_best" in app.selectbox(key="train run").options


class TestCompare:
    def test_shows_curves_scores_and_settings_side_by_side(self, jobs: FakeJobs) -> None:
        write_run(jobs.settings, "evening", [record(1)])

        app = open_train("Compare")
        assert app.multiselect(key="train compared").value == ["evening", "m2_best"]
        app.multiselect(key="train compared").set_value(["evening", "m1_best"])
        run(app)

        assert len(app.get("vega_lite_chart")) == 2
        scores, settings = (table.value for table in app.dataframe)
        assert scores.loc["state"].to_list() == ["unfinished", "finished"]
        assert scores.loc["test: product"].to_list() == ["–", "99.6% (99.1% to 99.8%)"]
        assert settings.loc["train.epochs"].to_list() == ["9", "14"]
        assert settings.loc["model.channels"].to_list() == ["–", "[16, 32, 64]"]
        assert "train.seed" not in settings.index

    def test_asks_for_a_second_run(self, jobs: FakeJobs) -> None:
        app = open_train("Compare")
        app.multiselect(key="train compared").set_value(["m1_best"])

        assert "Choose two runs or more" in texts(run(app))

    def test_equal_settings_are_said_to_be_equal(self, jobs: FakeJobs) -> None:
        for name in ("one", "other"):
            write_run(jobs.settings, name, [])

        assert "trained with the same settings" in texts(open_train("Compare"))
