"""The page Tune in all its states, driven without a browser."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState
from streamlit.testing.v1 import AppTest

from slu.config import MODEL_CONFIG, PreprocessConfig, TrainConfig, load_config
from slu.config.presets import model_names
from slu.config.tune import TuneConfig
from slu.jobs import JobStatus
from slu.settings import get_settings
from slu.tuning.beginning import begin_study
from slu.tuning.space import SearchSpace
from slu.tuning.study import is_stopping, load_study, search_space
from tests.runs.fakes import FakeJobs
from tests.ui.driving import click, metrics, run, texts
from tests.ui.harness import ROOT

TUNE = "pages/5_Tune.py"
TABS = ("History", "Epochs", "Side by side", "Importance", "Each setting", "Trials")


@pytest.fixture
def jobs(demo_project: Path, monkeypatch: pytest.MonkeyPatch) -> FakeJobs:
    """Jobs that only change when a test says so."""
    fake = FakeJobs(get_settings())
    for module in ("slu.ui.jobs", "slu.ui.tune_work"):
        monkeypatch.setattr(f"{module}.open_jobs", lambda _: fake)
    return fake


@pytest.fixture
def study(jobs: FakeJobs) -> optuna.Study:
    """A study of M2 with five trials, one of them pruned, the third the best."""
    study = new_study("evening")
    for number, curve in enumerate([[0.2, 0.5], [0.3, 0.6], [0.4, 0.9], [0.1], [0.3, 0.7]]):
        add(study, number, curve)
    return study


def new_study(name: str, **tune: Any) -> optuna.Study:
    configs = get_settings().project_root / "configs"
    config = load_config(TuneConfig, configs / "tune_m2.yaml", tune)
    model = load_config(MODEL_CONFIG, configs / "model_m2.yaml")
    space = SearchSpace(model, TrainConfig(epochs=2), config.space)
    corpus: Any = SimpleNamespace(fingerprint="abc", preprocess=PreprocessConfig())
    return begin_study(name, get_settings().study_storage_url, space, config, corpus)


def add(study: optuna.Study, number: int, curve: list[float]) -> None:
    space = SearchSpace(
        load_config(MODEL_CONFIG, ROOT / "configs/model_m2.yaml"),
        TrainConfig(epochs=2),
        load_config(TuneConfig, ROOT / "configs/tune_m2.yaml").space,
    )
    study.sampler = optuna.samplers.RandomSampler(number)
    trial = study.ask()
    space.suggest(trial)
    for epoch, value in enumerate(curve, 1):
        trial.report(value, epoch)
    is_pruned = len(curve) == 1
    study.tell(trial, None if is_pruned else max(curve), TrialState.PRUNED if is_pruned else None)


def knobs(study: optuna.Study) -> Any:
    return search_space(study).knobs


def open_tune(view: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).switch_page(TUNE)
    if view is not None:
        app.session_state["tune view"] = view
        app.session_state["tune visited"] = True
    return run(app)


def open_new(model: str) -> AppTest:
    app = open_tune()
    app.button_group(key="tune model").set_value(model)
    return run(app)


def number(app: AppTest, label: str) -> Any:
    return next(n for n in app.number_input if n.label == label)


class TestEmpty:
    def test_leads_a_newcomer_to_data(self, empty_project: Path) -> None:
        assert "There is nothing to learn from" in texts(open_tune())

    def test_says_that_no_study_was_begun_and_makes_no_database(self, empty_project: Path) -> None:
        assert "No study was begun yet" in texts(open_tune("Studies"))
        assert not (empty_project / "optuna.db").exists()


class TestBroken:
    @pytest.mark.parametrize("view", ["New study", "Studies"])
    def test_a_damaged_database_is_one_sentence(self, jobs: FakeJobs, view: str) -> None:
        (jobs.settings.project_root / "optuna.db").write_bytes(b"milk, rice, soap\n" * 500)
        app = open_tune(view)
        assert len(app.error) == 1
        assert "not a database" in app.error[0].value

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("milk", "no database URL"),
            ("mysql://u:secret@host/x", "cannot be kept in mysql"),
            ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "refused"),
        ],
    )
    def test_a_storage_that_cannot_be_used_is_one_sentence(
        self, jobs: FakeJobs, url: str, reason: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLU_STUDY_STORAGE", url)
        get_settings.cache_clear()
        app = open_tune("Studies")
        assert len(app.error) == 1
        assert reason in app.error[0].value
        assert "secret" not in app.error[0].value

    def test_a_study_of_somebody_else_is_one_sentence(self, study: optuna.Study) -> None:
        optuna.create_study(study_name="theirs", storage=study._storage)
        app = open_tune("Studies")
        assert {error.value for error in app.error} == {
            "Study theirs was not begun by slu hparam-search."
        }


class TestNewStudy:
    @pytest.mark.parametrize("model", model_names())
    def test_starts_each_model_with_what_was_chosen(self, jobs: FakeJobs, model: str) -> None:
        app = open_new(model)
        number(app, "Trials in all").set_value(7)
        number(app, "Epochs of a trial").set_value(3)
        next(s for s in app.selectbox if s.label.startswith("When")).set_value("hyperband")
        next(t for t in app.toggle if t.label.startswith("Then train")).set_value(True)
        click(run(app), f"Start study slu-optuna-{model}")

        job = jobs.list()[0]
        assert job.parameters == {"study": f"slu-optuna-{model}"}
        assert job.command[-5:] == ("--n-trials", "7", "--workers", "1", "--train-best")
        folder = jobs.settings.project_root / "configs/studies" / f"slu-optuna-{model}"
        assert load_config(MODEL_CONFIG, folder / "model.yaml").name == model
        assert load_config(TrainConfig, folder / "train.yaml").epochs == 3
        assert load_config(TuneConfig, folder / "tune.yaml").pruner == "hyperband"
        assert ("--preprocess-cfg" in job.command) == (model == "m3")
        assert "The figures begin when its first trial does" in texts(app)

    def test_what_is_varied_and_how_far_is_chosen(self, jobs: FakeJobs) -> None:
        app = open_new("m1")
        varied = next(g for g in app.button_group if g.label == "What is varied")
        varied.set_value(["train.learning_rate", "model.dropout", "model.channels"])
        run(app)
        next(s for s in app.slider if s.label == "Dropout").set_value((0.1, 0.2))
        next(m for m in app.multiselect if m.label == "Channels").set_value([0, 2])
        click(run(app), "Start study slu-optuna-m1")

        path = jobs.settings.project_root / "configs/studies/slu-optuna-m1/tune.yaml"
        space = load_config(TuneConfig, path).space
        assert list(space) == ["train.learning_rate", "model.channels", "model.dropout"]
        assert space["model.dropout"].model_dump(include={"low", "high"}) == {
            "low": 0.1, "high": 0.2,
        }  # fmt: skip
        assert list(space["model.channels"].model_dump()["choices"]) == [
            [16, 32, 48], [24, 48, 64],
        ]  # fmt: skip

    def test_an_empty_space_is_refused(self, jobs: FakeJobs) -> None:
        app = open_tune()
        next(g for g in app.button_group if g.label == "What is varied").set_value([])
        run(app)
        assert app.error[0].value == "Nothing is varied: choose at least one setting."
        assert next(b for b in app.button if b.label == "Start study").disabled

    def test_the_whole_search_can_be_written(self, jobs: FakeJobs) -> None:
        app = self.as_text(open_new("m1"))
        text = app.text_area[0]
        text.set_value(text.value.replace("high: 0.008", "high: 0.02"))
        click(run(app), "Start study slu-optuna-m1")
        path = jobs.settings.project_root / "configs/studies/slu-optuna-m1/tune.yaml"
        knob = load_config(TuneConfig, path).space["train.learning_rate"]
        assert knob.model_dump()["high"] == 0.02

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("space: {}", "nothing is varied"),
            ("space: {train.epoch: {kind: int, low: 1, high: 2}}", "unknown key"),
            ("space: {model.n_layers: {kind: int, low: 0, high: 2}}", "n_layers = 0"),
            ("space: [", "line 1: this is not valid YAML"),
        ],
    )
    def test_problems_of_the_text_are_told(self, jobs: FakeJobs, text: str, reason: str) -> None:
        app = self.as_text(open_new("m1"))
        app.text_area[0].set_value(text)
        run(app)
        assert reason in app.error[0].value
        assert next(b for b in app.button if b.label == "Start study").disabled

    def test_a_name_that_is_taken_is_refused(self, study: optuna.Study) -> None:
        app = open_tune()
        next(t for t in app.text_input if t.label == "Name of the study").set_value("evening")
        assert "There is a study called evening" in run(app).error[0].value

    @staticmethod
    def as_text(app: AppTest) -> AppTest:
        next(t for t in app.toggle if "YAML" in t.label).set_value(True)
        return run(app)


class TestStudy:
    def test_shows_how_far_it_is_and_the_best(self, study: optuna.Study) -> None:
        app = open_tune("Studies")
        shown = metrics(app)
        assert shown.pop("Took").endswith(" s")
        assert shown == {
            "Best: all slots right": "90.0%", "Trials done": "5", "Given up": "1",
            "Value": "90.0%", "Epochs": "2",
        }  # fmt: skip
        assert "Trial 2, the best so far" in [heading.value for heading in app.subheader]

    def test_every_view_is_drawn(self, study: optuna.Study) -> None:
        app = open_tune("Studies")
        for tab in TABS:
            app.session_state["tune tab"] = tab
            run(app)
            drawn = len(app.get("vega_lite_chart")) + len(app.dataframe)
            # The curve and the settings of the trial are always there.
            assert drawn == 2 + (len(knobs(study)) if tab == "Each setting" else 1), tab
            assert not app.error

    def test_every_view_of_a_study_without_trials_is_drawn(self, jobs: FakeJobs) -> None:
        new_study("new")
        app = open_tune("Studies")
        for tab in TABS:
            app.session_state["tune tab"] = tab
            assert not run(app).error

    def test_another_trial_is_looked_at(self, study: optuna.Study) -> None:
        app = open_tune("Studies")
        number(app, "Look at trial").set_value(3)
        run(app)
        assert "Trial 3" in [heading.value for heading in app.subheader]
        assert "It was given up as not promising" in texts(app)
        assert list(app.dataframe[-1].value) == ["trial 3", "the best"]

    def test_the_chosen_trial_is_trained(self, study: optuna.Study, jobs: FakeJobs) -> None:
        app = open_tune("Studies")
        number(app, "Look at trial").set_value(4)
        click(run(app), "Train this one")

        job = jobs.list()[0]
        assert job.parameters == {"run": "m2-1", "tuned": "evening/4"}
        path = jobs.settings.project_root / "configs/runs/m2-1/train.yaml"
        assert "--preprocess-cfg" in job.command  # the features that the study learned from
        drawn = study.trials[4].params["train.learning_rate"]
        assert load_config(TrainConfig, path).learning_rate == drawn
        assert "Training m2-1" in texts(app).replace("\\", "")

    def test_it_stops_after_the_trial_that_is_running(
        self, study: optuna.Study, jobs: FakeJobs
    ) -> None:
        jobs.submit(("hparam-search",), "Tuning evening", {"study": "evening"})
        app = click(open_tune(), "Stop after this trial")
        assert is_stopping(load_study("evening", get_settings().study_storage_url))
        assert "Ends after this trial…" in [button.label for button in app.button]

    def test_a_study_that_rests_goes_on_with_what_it_was_begun_with(
        self, study: optuna.Study, jobs: FakeJobs
    ) -> None:
        app = open_tune("Studies")
        assert number(app, "Trials in all").value == 25
        click(app, "Go on with evening")
        job = jobs.list()[0]
        options = dict(zip(job.command[1::2], job.command[2::2], strict=True))
        assert (options["--study-name"], options["--n-trials"]) == ("evening", "25")
        folder = jobs.settings.project_root / "configs/studies/evening"
        tune = load_config(TuneConfig, folder / "tune.yaml")
        assert tune == load_config(TuneConfig, ROOT / "configs/tune_m2.yaml")

    def test_a_study_that_has_its_trials_asks_for_more(self, study: optuna.Study) -> None:
        app = open_tune("Studies")
        number(app, "Trials in all").set_value(5)
        run(app)
        assert "It has 5 trials already" in texts(app)
        assert next(b for b in app.button if b.label == "Go on with evening").disabled

    def test_a_study_that_failed_says_why(self, study: optuna.Study, jobs: FakeJobs) -> None:
        jobs.submit(("hparam-search",), "Tuning evening", {"study": "evening"})
        jobs.end("job0", JobStatus.FAILED, "the disk is full")
        assert "The disk is full" in texts(open_tune("Studies"))
