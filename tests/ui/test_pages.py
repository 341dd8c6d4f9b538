"""Every page in an empty, a working and a broken project, driven without a browser."""

import shutil
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.ui.driving import texts
from tests.ui.harness import ROOT, silence, spoken_order

HOME = str(ROOT / "Home.py")
PREDICT = str(ROOT / "pages" / "7_Predict.py")
ORDER = {"product": "beras", "quantity": "3"}


def run(path: str) -> AppTest:
    app = AppTest.from_file(path, default_timeout=60).run()
    assert not app.exception
    return app


def upload(app: AppTest, name: str, content: bytes, mime: str = "audio/wav") -> AppTest:
    app.file_uploader[0].set_value((name, content, mime)).run()
    assert not app.exception
    return app


class TestHome:
    def test_leads_a_newcomer_to_data(self, empty_project: Path) -> None:
        assert "There is no data yet" in texts(run(HOME))

    def test_shows_the_model_in_use(self, project: Path) -> None:
        app = run(HOME)
        assert "m1_best" in texts(app)
        assert "All slots right" in [metric.label for metric in app.metric]

    def test_counts_what_was_asked(self, project: Path) -> None:
        upload(run(PREDICT), "order.wav", spoken_order(ORDER))
        requests = {metric.label: metric.value for metric in run(HOME).metric}["Requests"]
        assert requests == "1"

    def test_shows_data_that_the_model_knows(self, demo_project: Path) -> None:
        app = run(HOME)
        assert {metric.label: metric.value for metric in app.metric}["Clips"] == "120"
        assert "Talk to it" in texts(app)

    def test_leads_to_training_where_the_model_lacks_a_product(self, demo_project: Path) -> None:
        path = demo_project / "data/processed/metadata.csv"
        path.write_text(path.read_text("utf-8").replace(",beras,", ",tahu,"), "utf-8")
        told = texts(run(HOME))
        assert "never learned these labels of your recordings: tahu." in told
        assert "Train a model on it" in told

    def test_names_a_damaged_table(self, demo_project: Path) -> None:
        (demo_project / "data/processed/metadata.csv").write_text("no,table\n1,2\n", "utf-8")
        app = run(HOME)
        assert len(app.error) == 1
        assert "metadata.csv" in app.error[0].value

    def test_names_a_damaged_registry(self, project: Path) -> None:
        latest = project / "artifacts/registry/latest.json"
        latest.write_text("{", "utf-8")
        app = run(HOME)
        assert "latest.json is damaged" in app.error[0].value


class TestPredict:
    def test_says_that_no_model_is_in_use(self, empty_project: Path) -> None:
        app = run(PREDICT)
        assert "No model is in use yet" in app.error[0].value

    def test_understands_an_upload(self, project: Path) -> None:
        app = upload(run(PREDICT), "order.wav", spoken_order(ORDER))
        assert "3 x beras" in app.success[0].value

    def test_understands_a_sample(self, project: Path) -> None:
        app = run(PREDICT)
        app.button[0].click().run()
        assert not app.exception
        assert app.success or app.warning

    def test_samples_follow_the_catalogue(self, project: Path) -> None:
        before = run(PREDICT).selectbox[0].options
        shutil.copy(
            project / "configs/catalogues/three_products.yaml", project / "configs/corpus.yaml"
        )
        after = run(PREDICT).selectbox[0].options
        assert not any("roti" in text for text in before)
        assert any("roti" in text for text in after)

    def test_a_rerun_does_not_ask_again(self, project: Path) -> None:
        app = upload(run(PREDICT), "order.wav", spoken_order(ORDER))
        app.run()
        log = (project / "logs/inference.log").read_text("utf-8")
        assert len(log.splitlines()) == 1

    def test_rejects_silence_in_words(self, project: Path) -> None:
        app = upload(run(PREDICT), "silence.wav", silence())
        assert "Silence" in app.warning[0].value
        assert not app.success

    def test_bad_audio_is_one_sentence(self, project: Path) -> None:
        app = upload(run(PREDICT), "notes.wav", b"this is no recording at all")
        assert len(app.error) == 1
        assert "Traceback" not in app.error[0].value

    def test_a_correction_is_kept(self, project: Path) -> None:
        app = upload(run(PREDICT), "order.wav", spoken_order(ORDER))
        app.selectbox(key="meant product").select("gula")
        save = next(b for b in app.button if b.label == "Save what was meant")
        save.click().run()
        assert not app.exception
        feedback = (project / "logs/feedback.jsonl").read_text("utf-8")
        assert '"gula"' in feedback

    def test_refuses_a_model_that_was_altered(self, project: Path) -> None:
        with (project / "artifacts/m1_best/model.onnx").open("ab") as model:
            model.write(b"x")
        app = run(PREDICT)
        assert "altered" in app.error[0].value
