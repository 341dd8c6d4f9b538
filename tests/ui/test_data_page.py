"""The page Data without a browser: an empty, a working and a broken project."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig, DataConfig, QualityConfig, load_config
from slu.data import flite
from slu.data.decisions import Choice, Decisions
from slu.data.ingest import ingest
from slu.data.prompts import Prompt
from slu.data.recordings import Recordings
from slu.data.takes import check_take
from slu.jobs import open_jobs
from slu.settings import get_settings
from slu.ui import catalogue, corpus, language
from slu.ui.jobs import latest_job
from tests.jobs.harness import ended
from tests.ui.harness import ROOT, silence, spoken_order

PAGE = str(ROOT / "pages" / "1_Data.py")
TEA = {"product": "teh", "quantity": "2"}
SLOTS = list(TEA)


def opened(tab: str = "Catalogue") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["data tab"] = tab
    return ran(app.run())


def ran(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    return ran(button(app, label).click().run())


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def texts(app: AppTest) -> str:
    shown = [*app.info, *app.warning, *app.error, *app.success, *app.markdown, *app.caption]
    return "\n".join(str(element.value) for element in [*shown, *app.subheader])


def edit(app: AppTest, table: str, **changes: Any) -> AppTest:
    """What a person does in an editable table."""
    app.session_state[table] = {
        "edited_rows": {}, "added_rows": [], "deleted_rows": [], **changes
    }  # fmt: skip
    return ran(app.run())


def products(app: AppTest) -> tuple[tuple[str, str], ...]:
    """The rows of the table of products."""
    rows: tuple[tuple[str, str], ...] = app.session_state["catalogue"].draft.slots["product"]
    return rows


def noise(seed: int, duration_s: float = 0.5) -> bytes:
    rng = np.random.default_rng(seed)
    samples = rng.uniform(-0.3, 0.3, round(16000 * duration_s)).astype(np.float32)
    return wav_bytes(samples, 16000)


def checked(app: AppTest) -> AppTest:
    """The page when the job that imports a zip is over."""
    job = latest_job(page="data", kind="import")
    assert job is not None
    ended(open_jobs(get_settings()), job, timeout_s=120)
    return ran(app.run())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Commands of the jobs that were started, without their being run."""
    commands: list[tuple[str, ...]] = []

    def start(command: tuple[str, ...], title: str, **parameters: str) -> None:
        commands.append(command)

    monkeypatch.setattr(catalogue, "start_job", start)
    monkeypatch.setattr(corpus, "start_job", start)
    return commands


class TestCatalogue:
    def test_leads_a_newcomer(self, empty_project: Path) -> None:
        app = opened()
        assert "There are no recordings yet" in texts(app)
        assert "Saved" in texts(app)
        assert button(app, "Save").disabled
        assert not button(app, "Save and make 3,750 clips").disabled

    def test_counts_what_there_is(self, demo_project: Path) -> None:
        app = opened()
        metrics = {metric.label: metric.value for metric in app.metric}
        assert (metrics["Clips"], metrics["Sources"]) == ("120", "1")
        assert "120 synthetic · 84 to learn from, 18 to tune with, 18 to judge by" in texts(app)

    def test_saves_a_new_product_and_keeps_the_comments(self, empty_project: Path) -> None:
        path = empty_project / "configs/corpus.yaml"
        app = edit(
            opened(), "product rows 0",
            edited_rows={1: {"ways": "beras, nasi"}}, deleted_rows=[0],
            added_rows=[{"label": "Roti", "ways": "roti, roti tawar"}],
        )  # fmt: skip
        assert "Not saved yet" in texts(app)
        app = press(app, "Save")
        assert "Saved" in texts(app)
        products = load_config(CorpusConfig, path).slots["product"]
        assert products["beras"] == ("beras", "nasi")
        assert products["Roti"] == ("roti", "roti tawar")
        assert "air mineral" not in products
        assert "# How many orders, and where chance starts" in path.read_text("utf-8")

    def test_says_all_that_is_wrong_and_saves_nothing(self, empty_project: Path) -> None:
        path = empty_project / "configs/corpus.yaml"
        before = path.read_bytes()
        app = edit(opened(), "product rows 0", edited_rows={0: {"ways": ""}})
        app = edit(app, "phrases 0", added_rows=[{"phrase": "beli {size}"}])
        assert "2 to mend" in texts(app)
        problems = app.error[0].value
        assert "Product, row 1: write at least one way to say “air mineral”" in problems.replace(
            "\\", ""
        )
        assert "Phrases, row 7: there is no {size}" in problems.replace("\\", "")
        assert button(app, "Save").disabled
        assert button(app, "Save and make 3,750 clips").disabled
        assert path.read_bytes() == before

    def test_edits_outlive_another_tab_and_can_be_discarded(self, empty_project: Path) -> None:
        app = edit(opened(), "product rows 0", deleted_rows=[0, 1, 2])
        for tab in ("Record", "Catalogue"):
            app.session_state["data tab"] = tab
            ran(app.run())
        assert "Not saved yet" in texts(app)
        assert app.session_state["catalogue"].draft.slots["product"][0] == (
            "kopi",
            "kopi, kopi bubuk",
        )
        app = press(app, "Discard changes")
        assert app.session_state["catalogue"].draft.slots["product"][0][0] == "air mineral"
        assert "Not saved yet" not in texts(app)

    def test_starts_from_an_example_and_makes_clips(
        self, empty_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        app = opened()
        app.selectbox(key="example").select_index(1)
        app = press(app, "Use this example")
        assert "Not saved yet" in texts(app)
        press(app, "Save and make 750 clips")
        assert started == [("prepare",)]
        saved = load_config(CorpusConfig, empty_project / "configs/corpus.yaml")
        assert set(saved.slots["product"]) == {"kopi", "roti", "teh"}

    def test_another_language_begins_without_accents(self, empty_project: Path) -> None:
        app = opened()
        app.selectbox(key="language 0").select("es").run()
        press(app, "Save")
        saved = load_config(CorpusConfig, empty_project / "configs/corpus.yaml")
        assert (saved.language, saved.voices.accents) == ("es", ())

    def test_flite_speaks_where_it_is_installed(
        self, empty_project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flite, "is_installed", lambda: False)
        app = opened()
        assert app.toggle(key="flite 0").disabled
        assert "sudo apt install flite" in texts(app)
        monkeypatch.setattr(flite, "is_installed", lambda: True)
        ran(app.run()).toggle(key="flite 0").set_value(True).run()
        press(app, "Save")
        saved = load_config(CorpusConfig, empty_project / "configs/corpus.yaml")
        assert saved.more_engines == flite.with_flite((), "id")

    def test_a_file_that_changes_elsewhere_is_followed(self, empty_project: Path) -> None:
        app = opened()
        path = empty_project / "configs/corpus.yaml"
        path.write_text(path.read_text("utf-8").replace("telur: [telur, telor]", "roti: [roti]"))
        ran(app.run())
        assert products(app)[-1] == ("roti", "roti")
        assert "Not saved yet" not in texts(app)

    def test_speaks_what_is_typed(self, empty_project: Path) -> None:
        app = opened()
        assert len(app.get("audio")) == 3
        app.text_input(key="hear 0 phrase 0").set_value("dua roti").run()
        assert len(ran(app).get("audio")) == 3
        press(app, "Other voices")
        app.text_input(key="hear 0 phrase 0").set_value("1!?").run()
        assert not ran(app).error

    def test_a_broken_file_is_one_sentence_and_an_example_mends_it(
        self, empty_project: Path
    ) -> None:
        path = empty_project / "configs/corpus.yaml"
        path.write_text("language: [id\n", "utf-8")
        app = opened()
        assert "is not valid YAML" in app.error[0].value.replace("\\", "")
        press(press(app, "Use this example"), "Save")
        assert load_config(CorpusConfig, path).language == "en-us"

    def test_slots_that_nobody_reads_are_told(self, empty_project: Path) -> None:
        data = empty_project / "configs/data.yaml"
        text = data.read_text("utf-8").replace("slots: [product, quantity]", "slots: [product]")
        data.write_text(text, "utf-8")
        assert "list the same slots in both" in texts(opened())


class TestRecording:
    def opened(self, speaker: str = "Siti") -> AppTest:
        app = opened("Record")
        return ran(app.text_input[0].set_value(speaker).run())

    def heard(self, app: AppTest, content: bytes) -> AppTest:
        return ran(app.audio_input[0].set_value(("take.wav", content, "audio/wav")).run())

    def store(self, project: Path) -> Recordings:
        return Recordings(project / "data/raw/recorded", SLOTS)

    def test_asks_who_speaks_first(self, empty_project: Path) -> None:
        app = opened("Record")
        assert "Type who speaks" in texts(app)
        assert not app.get("audio_input")

    def test_keeps_a_prompted_phrase_with_its_labels(self, empty_project: Path) -> None:
        app = self.opened()
        said = app.subheader[0].value
        app = press(
            self.heard(app, spoken_order({"product": "teh", "quantity": "2"})), "Keep it, next"
        )
        (row,) = self.store(empty_project).read().to_dict("records")
        assert said == f"“{row['text']}”"
        assert (row["speaker"], row["source"]) == ("Siti", "recorded")
        assert row["quantity"] in "12345"
        assert app.subheader[0].value != said
        assert app.get("progress")[0].text == "1 of 50 by Siti"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (noise(1, 0.1), "only 0.1 s"),
            (silence(), "Nothing was heard"),
            (b"x", "not a sound file"),
        ],
    )
    def test_what_cannot_be_used_is_said_at_once(
        self, empty_project: Path, content: bytes, reason: str
    ) -> None:
        app = self.heard(self.opened(), content)
        assert reason in app.error[0].value
        assert button(app, "Keep it, next").disabled
        app = press(app, "Record again")
        assert not app.error
        assert self.store(empty_project).read().empty

    def test_labels_are_those_that_were_shown(self, empty_project: Path) -> None:
        """Somebody else records under the same name between the phrase and the button."""
        app = self.opened()
        said = app.subheader[0].value
        take = check_take(noise(5), QualityConfig())
        self.store(empty_project).add(take, Prompt("x", TEA), "Siti")
        press(self.heard(app, noise(1)), "Keep it, next")
        assert self.store(empty_project).read()["text"].to_list() == ["x", said.strip("“”")]

    def test_a_phrase_can_be_passed_over(self, empty_project: Path) -> None:
        app = self.opened()
        said = app.subheader[0].value
        assert press(app, "Another phrase").subheader[0].value != said
        assert self.store(empty_project).read().empty

    def test_the_last_one_can_be_undone(self, empty_project: Path) -> None:
        app = self.opened()
        for seed in range(2):
            app = press(self.heard(app, noise(seed)), "Keep it, next")
        app = press(app, "Undo the last one")
        assert len(self.store(empty_project).read()) == 1
        press(app, "Delete")
        assert self.store(empty_project).read().empty

    def test_a_name_of_nobody_is_refused(self, empty_project: Path) -> None:
        assert "Give the speaker a name" in self.opened("unknown").error[0].value

    def test_a_damaged_table_is_one_sentence(self, empty_project: Path) -> None:
        path = empty_project / "data/raw/recorded/metadata.csv"
        path.parent.mkdir(parents=True)
        path.write_text("a,b\n1,2\n")
        assert "there is no column id, path, speaker" in opened("Record").error[0].value


class TestUpload:
    def packed(self, rows: str, header: str = "file,produk,jumlah,speaker\n") -> bytes:
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("labels.csv", header + rows)
            for seed in range(2):
                archive.writestr(f"wav/{seed}.wav", noise(seed))
        return content.getvalue()

    def bring(self, rows: str) -> AppTest:
        app = opened("Upload")
        app.session_state["way"] = "A zip with a table"
        ran(app.run())
        file = ("My Friends.zip", self.packed(rows), "application/zip")
        ran(app.file_uploader[0].set_value(file).run())
        return checked(press(app, "Check and import"))

    def test_a_zip_is_imported_and_can_be_checked_in(
        self, empty_project: Path, started: list[tuple[str, ...]]
    ) -> None:
        app = self.bring("wav/0.wav,teh,2,Siti\nwav\\1.wav,KOPI,1.0,Budi\n")
        assert "2 recordings are in" in app.success[0].value
        assert list((empty_project / "data/uploads").glob("*.zip")) == []
        assert "New since the last check-in" in texts(app)
        press(app, "Check in")
        assert started == [("prepare", "--no-synth")]
        report = ingest(DataConfig(), empty_project)
        table = pd.read_csv(report.metadata_path, dtype=str)
        assert table["product"].to_list() == ["teh", "kopi"]

    def test_wrong_rows_are_shown_and_nothing_is_imported(self, empty_project: Path) -> None:
        app = self.bring("wav/0.wav,teh,2,Siti\nwav/9.wav,kopi,1,Siti\nwav/1.wav,rice,1,Siti\n")
        assert "2 of 3 rows of" in app.error[0].value
        shown = app.dataframe[0].value
        assert shown["row"].to_list() == [3, 4]
        assert "holds no such file" in shown["problem"][0]
        assert "the catalogue has no product 'rice'" in shown["problem"][1]
        assert list(empty_project.rglob("*.wav")) == []

    def test_what_is_no_zip_is_one_sentence(self, empty_project: Path) -> None:
        app = opened("Upload")
        app.session_state["way"] = "A zip with a table"
        ran(app.run())
        ran(app.file_uploader[0].set_value(("a.zip", b"nothing", "application/zip")).run())
        app = checked(press(app, "Check and import"))
        assert "no zip file that can be read" in app.error[0].value

    def test_a_set_that_is_there_is_not_replaced(self, demo_project: Path) -> None:
        app = opened("Upload")
        app.session_state["way"] = "A zip with a table"
        ran(app.run())
        ran(app.file_uploader[0].set_value(("warung.zip", b"nothing", "application/zip")).run())
        assert "choose another name" in press(app, "Check and import").error[0].value
        assert latest_job(page="data") is None

    def test_single_recordings_need_all_their_labels(self, empty_project: Path) -> None:
        app = opened("Upload")
        files = [(f"{seed}.wav", noise(seed), "audio/wav") for seed in range(2)]
        ran(app.file_uploader[0].set_value(files).run())
        assert "4 labels are still to be chosen" in texts(app)
        assert button(app, "Import 2 recordings").disabled
        for number in range(2):
            app.selectbox(key=f"clips 0 {number} product").select("teh")
            app.selectbox(key=f"clips 0 {number} quantity").select("none")
        app.text_input(key="clips 0 speaker").set_value("Siti").run()
        app = press(ran(app), "Import 2 recordings")
        assert "2 recordings were imported" in texts(app)
        table = pd.read_csv(
            ingest(DataConfig(), empty_project).metadata_path, keep_default_na=False
        )
        assert set(table["quantity"]) == {"none"}
        assert set(table["speaker"]) == {"Siti"}

    def test_a_set_can_be_deleted(self, demo_project: Path) -> None:
        app = press(opened("Upload"), "Delete them")
        assert not (demo_project / "data/raw/warung").exists()
        assert "There are no recordings yet" in texts(app)


class TestQuality:
    def test_says_what_to_do_first(self, empty_project: Path) -> None:
        assert "Nothing was checked yet" in texts(opened("Quality"))

    @pytest.fixture
    def doubtful(self, empty_project: Path) -> Path:
        """One good clip, one that is too short, one with two meanings, a row without its file."""
        folder = empty_project / "data/raw/doubtful"
        folder.mkdir(parents=True)
        (folder / "short.wav").write_bytes(noise(1, 0.1))
        (folder / "twice.wav").write_bytes(noise(2))
        (folder / "good.wav").write_bytes(noise(3))
        (folder / "metadata.csv").write_text(
            "path,product,quantity\nshort.wav,teh,1\ntwice.wav,teh,1\ntwice.wav,kopi,1\n"
            "missing.wav,teh,1\ngood.wav,susu,1\n"
        )
        ingest(DataConfig(), empty_project)
        return empty_project

    def test_nothing_is_doubtful(self, demo_project: Path) -> None:
        assert "No recording is doubtful" in texts(opened("Quality"))

    def test_doubtful_clips_are_kept_or_dropped(self, doubtful: Path) -> None:
        app = opened("Quality")
        assert "shorter than 0.3 s" in texts(app).replace("\\", "")
        assert app.dataframe[0].value["file"].to_list() == ["missing.wav"]
        drops = [one for one in app.button if one.label == "Drop"]
        assert len(drops) == 3
        ran(drops[0].click().run())
        keeps = [one for one in app.button if one.label == "Keep"]
        ran(keeps[1].click().run())
        decided = Decisions(doubtful / "data/quality_decisions.csv").read().values()
        assert [(one.choice, one.labels["product"]) for one in decided] == [
            (Choice.DROP, "teh"),
            (Choice.KEEP, "kopi"),
        ]
        report = ingest(DataConfig(), doubtful)
        table = pd.read_csv(report.metadata_path, dtype=str)
        assert table["product"].to_list() == ["kopi", "susu"]

    def test_a_decision_can_be_taken_back(self, doubtful: Path) -> None:
        app = press(opened("Quality"), "Drop")
        app.session_state["decision shown"] = "Dropped"
        app = press(ran(app.run()), "Decide again")
        assert Decisions(doubtful / "data/quality_decisions.csv").read() == {}


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("data.yaml", lambda root: (root / "configs/data.yaml").write_text("slots: 3\n"), "slots = 3"),
    (
        "metadata.csv",
        lambda root: (root / "data/processed/metadata.csv").write_text("a,b\n1,2\n"),
        "run `slu ingest`",
    ),
    (
        "decisions",
        lambda root: (root / "data/quality_decisions.csv").write_text("a,b\n1,2\n"),
        "must have the columns sha256 and decision",
    ),
]


@pytest.mark.parametrize(("name", "damage", "message"), BROKEN, ids=[name for name, *_ in BROKEN])
def test_damage_is_one_sentence(
    demo_project: Path, name: str, damage: Callable[[Path], object], message: str
) -> None:
    damage(demo_project)
    errors = [error.value for error in opened("Quality").error]
    assert any(message in error for error in errors)
    assert not any("Traceback" in error for error in errors)


class TestLanguage:
    def test_a_switch_keeps_the_tab(self, empty_project: Path) -> None:
        app = opened("Upload")
        for code in ("id", "en"):
            app.session_state["language"] = code
            ran(app.run())
            assert app.session_state["data tab"] == language._catalogue(code).gettext("Upload")

    def test_a_switch_keeps_what_was_edited(self, empty_project: Path) -> None:
        app = edit(opened(), "product rows 0", deleted_rows=[0])
        before = products(app)
        for code in ("id", "en"):
            app.session_state["language"] = code
            ran(app.run())
            assert products(app) == before
