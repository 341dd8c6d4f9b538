"""The Preprocess page in an empty, a working and a broken project, driven without a browser."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from slu.audio.augment import AUGMENTATIONS
from slu.config import AugmentConfig, PreprocessConfig, TrainConfig, load_config
from slu.data.metadata import read_metadata
from tests.ui.driving import click, run, texts
from tests.ui.harness import ROOT, silence, spoken_order

PAGE = str(ROOT / "pages" / "3_Preprocess.py")
AUGMENTATION, BUILD = "Augmentation", "Build the features"
TRIM = "preprocess.framing.trim_db"


def opened(step: str | None = None, augmentation: str | None = None) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    if step is not None:
        app.session_state["preprocess step"] = step
    if augmentation is not None:
        app.session_state["augmentation"] = augmentation
    return run(app)


def pictures(app: AppTest) -> dict[str, Any]:
    """Title of each figure -> its first trace."""
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return {figure["layout"]["title"]["text"]: figure["data"][0] for figure in figures}


def saved_preprocess(project: Path) -> PreprocessConfig:
    return load_config(PreprocessConfig, project / "configs/preprocess.yaml")


def saved_augment(project: Path) -> AugmentConfig:
    return load_config(TrainConfig, project / "configs/train.yaml").augment


class TestEmptyProject:
    @pytest.mark.parametrize("step", [None, AUGMENTATION, BUILD])
    def test_says_what_to_do(self, empty_project: Path, step: str | None) -> None:
        app = opened(step)
        assert "There are no clips yet" in texts(app)
        assert not app.error
        assert not pictures(app)

    def test_an_upload_is_all_it_needs(self, empty_project: Path) -> None:
        app = opened()
        order = spoken_order({"product": "beras", "quantity": "3"})
        app.file_uploader[0].set_value(("order.wav", order, "audio/wav"))
        run(app)
        assert len(pictures(app)) == 4
        assert "Below: your upload." in texts(app)

    def test_a_recording_that_is_none_is_one_sentence(self, empty_project: Path) -> None:
        app = opened()
        app.file_uploader[0].set_value(("notes.wav", b"no recording at all", "audio/wav"))
        run(app)
        assert len(app.error) == 1
        assert "not a sound file" in app.error[0].value


class TestSteps:
    def test_shows_one_clip_on_its_way(self, demo_project: Path) -> None:
        app = opened()
        assert list(pictures(app)) == [
            "Before: grey is cut",
            "After: cut, levelled, padded",
            "Log-mel spectrogram, not normalised (dB)",
            "Features: what the model reads",
        ]
        assert len(app.get("audio")) == 2

    def test_a_slider_changes_the_pictures_and_not_the_file(self, demo_project: Path) -> None:
        app = opened()
        before = pictures(app)
        app.slider(key=TRIM).set_value(6.0)
        run(app)
        assert pictures(app)["Before: grey is cut"] == before["Before: grey is cut"]
        assert pictures(app).keys() == before.keys()
        features = "Features: what the model reads"
        assert pictures(app)[features] != before[features]
        assert saved_preprocess(demo_project).framing.trim_db == 35.0
        assert "not saved yet" in texts(app)

    def test_what_contradicts_is_said_and_the_pictures_stay(self, demo_project: Path) -> None:
        app = opened()
        before = pictures(app)
        app.slider(key="preprocess.front_end.log_mel.f_max_hz").set_value(9000.0)
        run(app)
        assert "“Highest frequency (Hz)” (9000) must not be above half" in app.error[0].value
        assert pictures(app) == before
        save = next(button for button in app.button if button.label == "Save these settings")
        assert save.disabled

    def test_another_front_end_gets_what_it_needs(self, demo_project: Path) -> None:
        app = opened()
        app.select_slider(key="preprocess.sample_rate").set_value(22050)
        run(app)
        app.selectbox(key="preprocess.front_end.name").set_value("speech_embedding")
        run(app)
        assert not app.error
        assert "Log-mel spectrogram, for the eye (dB)" in pictures(app)
        assert "of 192 features" in texts(app)
        assert app.slider(key="preprocess.framing.pad_s").value == 0.4
        assert app.select_slider(key="preprocess.sample_rate").value == 16000
        assert "0.4 s, for the embedding" in app.toast[0].value
        app.slider(key="preprocess.framing.pad_s").set_value(0.6)
        run(app)
        app.selectbox(key="preprocess.front_end.name").set_value("log_mel")
        run(app)
        app.selectbox(key="preprocess.front_end.name").set_value("speech_embedding")
        run(app)
        assert app.slider(key="preprocess.framing.pad_s").value == 0.6

    def test_saving_keeps_the_comments(self, demo_project: Path) -> None:
        path = demo_project / "configs/preprocess.yaml"
        before = path.read_text("utf-8")
        app = opened()
        app.slider(key=TRIM).set_value(28.0)
        run(app)
        click(app, "Save these settings")
        assert path.read_text("utf-8") == before.replace("trim_db: 35.0 ", "trim_db: 28.0 ")
        assert "As saved in" in texts(app)
        click(app, "Standard settings")
        assert app.slider(key=TRIM).value == 35.0
        click(app, "Undo changes")
        assert app.slider(key=TRIM).value == 28.0

    def test_a_file_that_cannot_be_written_is_one_sentence(
        self, demo_project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        app = opened()
        monkeypatch.setattr(Path, "write_text", full)
        click(app, "Save these settings")
        assert "No space left on device" in app.error[0].value

    def test_a_clip_beyond_the_limits_would_be_refused(self, demo_project: Path) -> None:
        app = opened()
        app.file_uploader[0].set_value(("long.wav", silence(9.0), "audio/wav"))
        app.slider(key="preprocess.max_duration_s").set_value(8.0)
        run(app)
        assert "this one would be refused" in texts(app)

    def test_any_clip_of_the_corpus_can_be_found(self, demo_project: Path) -> None:
        table = read_metadata(demo_project / "data/processed/metadata.csv")
        app = opened()
        assert "120 in all" in app.selectbox(key="chosen clip id").label
        first = app.selectbox(key="chosen clip id").value
        click(app, "Another one at random")
        assert app.selectbox(key="chosen clip id").value != first
        speaker = table["speaker"].iloc[-1]
        app.text_input(key="clip search").set_value(speaker)
        run(app)
        assert f"Clip ({(table['speaker'] == speaker).sum()} found)" in [
            box.label for box in app.selectbox
        ]

    def test_goes_from_an_upload_back_to_the_corpus(self, demo_project: Path) -> None:
        app = opened()
        before = pictures(app)
        listed = app.selectbox(key="chosen clip id").value
        order = spoken_order({"product": "beras", "quantity": "3"})
        app.file_uploader[0].set_value(("order.wav", order, "audio/wav"))
        run(app)
        assert app.selectbox(key="chosen clip id").value is None
        assert pictures(app) != before
        app.selectbox(key="chosen clip id").set_value(listed)
        run(app)
        assert pictures(app) == before


class TestAugmentation:
    def test_offers_every_augmentation_there_is(self, demo_project: Path) -> None:
        values = AugmentConfig().model_dump().items()
        sections = [name for name, value in values if isinstance(value, dict)]
        options = opened(AUGMENTATION).pills(key="augmentation").options
        assert len(options) == len(sections) + 1
        assert options[-1] == "All together"
        assert set(AUGMENTATIONS) <= set(sections)

    @pytest.mark.parametrize("name", [*AUGMENTATIONS])
    def test_shows_and_plays_each_one(self, demo_project: Path, name: str) -> None:
        app = opened(AUGMENTATION, name)
        shown = pictures(app)
        assert len(shown) == 4
        assert shown["Before"]["y"] != shown["After"]["y"]
        assert len(app.get("audio")) == 2
        assert not app.error
        click(app, "Draw again")
        assert pictures(app)["Before"] == shown["Before"]
        assert pictures(app)["After"] != shown["After"]

    def test_shows_masks_on_the_features(self, demo_project: Path) -> None:
        app = opened(AUGMENTATION, "spec_augment")
        shown = pictures(app)
        assert shown["Before: features"]["z"] != shown["After: features"]["z"]

    def test_shows_draws_of_all_together(self, demo_project: Path) -> None:
        app = opened(AUGMENTATION, "all_together")
        drawn = [json.dumps(picture["z"]) for picture in pictures(app).values()]
        assert len(set(drawn)) == len(drawn) == len(app.get("audio")) == 4

    def test_without_augmentation_all_draws_are_alike(self, demo_project: Path) -> None:
        app = opened(AUGMENTATION, "all_together")
        app.toggle(key="augment.enable").set_value(False)
        run(app)
        assert len({json.dumps(picture["z"]) for picture in pictures(app).values()}) == 1

    def test_switches_one_off_and_on_again(self, demo_project: Path) -> None:
        app = opened(AUGMENTATION, "noise")
        app.slider(key="augment.noise.probability").set_value(0.6)
        run(app)
        app.toggle(key="augmentation on").set_value(False)
        run(app)
        assert app.slider(key="augment.noise.probability").value == 0.0
        app.toggle(key="augmentation on").set_value(True)
        run(app)
        assert app.slider(key="augment.noise.probability").value == 0.6

    def test_saves_into_the_training_settings_alone(self, demo_project: Path) -> None:
        path = demo_project / "configs/train.yaml"
        before = path.read_text("utf-8")
        app = opened(AUGMENTATION, "noise")
        app.slider(key="augment.noise.snr_db").set_value((10.0, 30.0))
        app.toggle(key="augmentation on").set_value(False)
        run(app)
        click(app, "Save for training")
        noise = saved_augment(demo_project).noise
        assert (noise.snr_db, noise.probability) == ((10.0, 30.0), 0.0)
        changed = zip(before.splitlines(), path.read_text("utf-8").splitlines(), strict=True)
        assert len([old for old, new in changed if old != new]) == 2


class TestBuild:
    @pytest.fixture(autouse=True)
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
        commands: list[tuple[str, ...]] = []
        monkeypatch.setattr(
            "slu.ui.feature_build.start_job", lambda command, *_, **__: commands.append(command)
        )
        return commands

    def test_says_that_nothing_is_missing(self, demo_project: Path) -> None:
        app = opened(BUILD)
        assert "**All 120 clips** have features" in texts(app)
        assert "features that training reads now have these settings" in texts(app)
        assert "keep working with the settings" in texts(app)

    def test_saves_what_was_changed_and_starts_the_job(
        self, demo_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        app = opened()
        app.slider(key=TRIM).set_value(28.0)
        run(app)
        app.session_state["preprocess step"] = BUILD
        run(app)
        assert "**120 of 120 clips** have no features" in texts(app)
        assert "Trim (dB): 35.0 instead of 28.0" in texts(app)
        click(app, "Save the settings and build features")
        assert saved_preprocess(demo_project).framing.trim_db == 28.0
        assert started == [
            ("preprocess", "--metadata", "data/processed/metadata.csv",
             "--config", "configs/preprocess.yaml")
        ]  # fmt: skip

    def test_notices_clips_without_any_features(self, demo_project: Path) -> None:
        (demo_project / "data/processed/metadata_features.csv").unlink()
        assert "No features were built so far" in texts(opened(BUILD))


class TestBrokenProject:
    def test_damaged_settings_are_named_and_can_be_made_anew(self, demo_project: Path) -> None:
        path = demo_project / "configs/preprocess.yaml"
        path.write_text("framing: [", "utf-8")
        app = opened()
        assert "preprocess.yaml: is not valid YAML" in app.error[0].value
        assert len(pictures(app)) == 4
        click(app, "Save these settings")
        assert saved_preprocess(demo_project) == PreprocessConfig()
        assert not app.error

    def test_a_damaged_training_file_is_named(self, demo_project: Path) -> None:
        (demo_project / "configs/train.yaml").write_text("epochs: many\n", "utf-8")
        app = opened(AUGMENTATION)
        assert len(app.error) == 1
        assert "epochs" in app.error[0].value
        assert (demo_project / "configs/train.yaml").read_text("utf-8") == "epochs: many\n"

    def test_a_damaged_table_of_clips_is_named(self, demo_project: Path) -> None:
        (demo_project / "data/processed/metadata.csv").write_text("a,b\n1,2\n", "utf-8")
        app = opened()
        assert len(app.error) == 1
        assert "metadata.csv" in app.error[0].value

    def test_a_table_with_few_columns_will_do(self, demo_project: Path) -> None:
        path = demo_project / "data/processed/metadata.csv"
        columns = ["id", "path", "split", "duration_s"]
        read_metadata(path)[columns].to_csv(path, index=False)
        assert len(pictures(opened())) == 4

    def test_a_clip_that_is_gone_is_named(self, demo_project: Path) -> None:
        for clip in (demo_project / "data/raw/warung").rglob("*.wav"):
            clip.unlink()
        app = opened()
        assert len(app.error) == 1
        assert "no sound file" in app.error[0].value

    def test_a_store_that_is_gone_is_named(self, demo_project: Path) -> None:
        for path in (demo_project / "data/features").rglob("preprocess.yaml"):
            path.unlink()
        app = opened(BUILD)
        assert len(app.error) == 1
        assert "preprocess.yaml: there is no such file" in app.error[0].value
