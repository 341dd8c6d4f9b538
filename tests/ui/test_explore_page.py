"""The Explore page in an empty, a working and a broken project."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from slu.data.metadata import read_metadata
from slu.evaluation.embedding_map import MAP_NAME, agreement_column, neighbours_column
from slu.settings import get_settings
from slu.ui.explore import Clips, read_clips
from slu.ui.explore_figures import duration_bars
from slu.ui.language import _catalogue
from tests.ui.driving import texts
from tests.ui.harness import ROOT

METADATA = "data/processed/metadata.csv"


def open_explore(view: str = "Labels") -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.session_state["explore view"] = view
    app.switch_page("pages/2_Explore.py").run()
    assert not app.exception
    return app


def click(app: AppTest, chart: str, **told: object) -> AppTest:
    return select(app, chart, {"clicked": [told]})


def select(app: AppTest, chart: str, selection: Mapping[str, object]) -> AppTest:
    app.session_state[f"explore chart {chart}"] = {"selection": selection}
    app.run()
    assert not app.exception
    return app


def headings(app: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in app.subheader]


def rename_slots(folder: Path, slots: list[str]) -> None:
    path = folder / "data.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**config, "slots": slots}), "utf-8")


def write_map(root: Path, misplaced: int = 0) -> pd.DataFrame:
    """A map of the demo project, on which so many clips lie among `gula`."""
    table = read_metadata(root / METADATA)
    clip_map = table[["id", "product", "quantity"]].assign(x=range(len(table)), y=0.0)
    for slot in ("product", "quantity"):
        clip_map[neighbours_column(slot)] = clip_map[slot]
        clip_map[agreement_column(slot)] = 1.0
    lonely = clip_map.index[clip_map["product"] != "gula"][:misplaced]
    clip_map.loc[lonely, neighbours_column("product")] = "gula"
    clip_map.loc[lonely, agreement_column("product")] = 0.1
    clip_map.to_csv(root / "artifacts/m1_best" / MAP_NAME, index=False)
    return clip_map


@pytest.fixture
def clips(demo_project: Path) -> Clips:
    found = read_clips(get_settings())
    assert found is not None
    return found


class TestWithoutData:
    def test_leads_to_the_data_page(self, empty_project: Path) -> None:
        assert "There is no data yet" in texts(open_explore())

    def test_a_damaged_table_is_one_sentence(self, demo_project: Path) -> None:
        (demo_project / METADATA).write_bytes(b"\xff\xfe\x00not a table")

        app = open_explore()

        assert len(app.error) == 1
        assert "metadata.csv" in app.error[0].value

    def test_a_table_of_somebody_else_is_one_sentence(self, demo_project: Path) -> None:
        (demo_project / METADATA).write_text("file,word\na.wav,beras\n", "utf-8")

        assert "no column id, path" in open_explore().error[0].value


class TestLabels:
    def test_counts_the_corpus(self, demo_project: Path) -> None:
        assert "120 clips" in texts(open_explore())

    def test_a_bar_lists_its_clips(self, clips: Clips) -> None:
        app = click(open_explore(), "product", label="beras")

        assert headings(app) == ["Product beras"]
        n_clips = clips.summary.labels["product"]["beras"]
        assert f"of {n_clips}" in texts(app) or f"{n_clips} clips" in texts(app)
        assert "product **gula**" not in texts(app)

    def test_a_cell_lists_its_clips(self, clips: Clips) -> None:
        row = clips.table.iloc[0]

        cell = {"row": row["product"], "column": row["quantity"]}
        app = click(open_explore(), "product quantity", **cell)

        assert headings(app) == [f"Product {row['product']}, quantity {row['quantity']}"]
        told = f"product **{row['product']}** · quantity **{row['quantity']}**"
        assert told in texts(app)

    def test_filters_leave_what_was_chosen(self, clips: Clips) -> None:
        app = open_explore()

        app.multiselect(key="explore split").select("test").run()

        assert not app.exception
        assert f"{clips.summary.splits['test']} clips" in texts(app)

    def test_filters_that_exclude_each_other_say_so(self, clips: Clips) -> None:
        app = open_explore()
        of_train = clips.table.loc[clips.table["split"] == "train", "speaker"].iloc[0]

        app.multiselect(key="explore split").select("test")
        app.multiselect(key="explore speaker").select(of_train).run()

        assert "take a filter away" in texts(app)

    def test_any_slots_do(self, clips: Clips) -> None:
        path = clips.folder / "metadata.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table = table.rename(columns={"product": "drink"}).assign(size="none")
        table.loc[:50, "size"] = "large"
        table.to_csv(path, index=False)
        rename_slots(clips.folder, ["drink", "quantity", "size"])

        app = click(open_explore(), "size", label="large")

        assert headings(app) == ["Size large"]
        assert app.selectbox(key="explore rows").options == ["drink", "quantity", "size"]
        app.selectbox(key="explore rows").select("size").run()
        assert app.selectbox(key="explore columns").options == ["drink", "quantity"]
        app.selectbox(key="explore columns").select("drink").run()
        last = headings(click(app, "size drink", row="large", column="beras"))[-1]
        assert last == "Size large, drink beras"

    def test_few_clips_are_enough(self, clips: Clips) -> None:
        """Where every clip has a label of its own, the slot is still a slot."""
        path = clips.folder / "metadata.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)[:3]
        table.rename(columns={"product": "drink"}).assign(drink=["a", "b", "c"]).to_csv(
            path, index=False
        )
        rename_slots(clips.folder, ["drink"])

        assert headings(click(open_explore(), "drink", label="b")) == ["Drink b"]

    def test_a_new_table_is_read_at_once(self, demo_project: Path) -> None:
        open_explore()
        path = demo_project / METADATA
        path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:31]), "utf-8")

        assert "30 clips" in texts(open_explore())


class TestLanguage:
    def test_a_switch_keeps_the_view(self, demo_project: Path) -> None:
        app = open_explore("Recordings")
        for code in ("id", "en"):
            app.session_state["language"] = code
            app.run()
            assert not app.exception
            assert app.session_state["explore view"] == _catalogue(code).gettext("Recordings")


class TestRecordings:
    def test_a_bin_lists_the_clips_within(self, clips: Clips) -> None:
        last = duration_bars(clips.table["duration_s"], "#000000").data.iloc[-1]
        longest_s = clips.table["duration_s"].max()

        app = click(
            open_explore("Recordings"), "durations", low_s=last["low_s"], high_s=last["high_s"]
        )

        assert headings(app) == [f"From {last['low_s']:.2f} to {longest_s:.2f} s"]
        assert f"duration **{longest_s:.2f} s**".replace(".", "\\.") in texts(app)

    @pytest.mark.parametrize("name", ["split", "source", "speaker"])
    def test_whatever_is_counted_can_be_heard(self, clips: Clips, name: str) -> None:
        value = clips.table[name].iloc[5]

        assert headings(click(open_explore("Recordings"), name, label=value)) == [
            f"{name.capitalize()} {value}"
        ]


class TestMap:
    def test_needs_a_model(self, demo_project: Path) -> None:
        shutil.rmtree(demo_project / "artifacts/registry")

        assert "needs a trained model" in texts(open_explore("Map of clips"))

    def test_offers_to_draw_it(self, demo_project: Path) -> None:
        app = open_explore("Map of clips")

        assert "is not drawn yet" in texts(app)
        assert [button.label for button in app.button] == ["Draw the map"]

    def test_lists_the_clips_that_lie_among_others(self, demo_project: Path) -> None:
        write_map(demo_project, misplaced=3)

        app = open_explore("Map of clips")

        assert "3 clips" in texts(app)
        assert texts(app).count("neighbours **gula** · agreement **10%**") == 3

    def test_says_when_all_lie_well(self, demo_project: Path) -> None:
        write_map(demo_project)

        assert "Every clip lies among clips of its own product" in texts(
            open_explore("Map of clips")
        )

    def test_a_point_lists_the_clip_and_its_neighbours(self, demo_project: Path) -> None:
        clip = write_map(demo_project).iloc[60]
        spoken = read_metadata(demo_project / METADATA).iloc[60]["text"]

        points = {"points": [{"customdata": [clip["id"]]}]}
        app = select(open_explore("Map of clips"), "map product", points)

        assert headings(app)[0] == "The clip that you clicked, and those next to it"
        listed = [text.value for text in app.markdown if str(text.value).startswith("product")]
        assert len(listed) == 8
        assert f"text **{spoken}**" in listed[0]

    def test_says_that_the_recordings_changed(self, demo_project: Path) -> None:
        write_map(demo_project)
        assert "changed after" not in texts(open_explore("Map of clips"))

        with (demo_project / METADATA).open("a", encoding="utf-8") as table:
            table.write("\n")

        assert "changed after this map was drawn" in texts(open_explore("Map of clips"))

    def test_a_damaged_map_is_one_sentence(self, demo_project: Path) -> None:
        (demo_project / "artifacts/m1_best" / MAP_NAME).write_text("id,x\n1,what\n", "utf-8")

        assert "draw the map anew" in open_explore("Map of clips").error[0].value
