"""Figures of the Explore page."""

import altair
import pandas as pd

from slu.ui.explore_figures import count_bars, duration_bars, most_frequent
from slu.ui.explore_scatter import clip_scatter


def test_the_most_frequent_stay_in_their_order() -> None:
    assert most_frequent({"a": 1, "b": 5, "c": 3}, limit=2) == {"b": 5, "c": 3}


def test_bars_carry_their_names_as_text() -> None:
    chart = count_bars({"1": 4, "2": 6}, "quantity", "#000000")

    assert chart.data.to_dict("list") == {
        "label": ["1", "2"],
        "clips": [4, 6],
        "called": ["1", "2"],
    }
    row = chart.spec["encoding"]["y"]
    assert (row["title"], row["sort"]) == ("quantity", None)  # the first one is on top


def test_a_click_tells_the_label_whatever_it_is_called() -> None:
    chart = count_bars({"synthetic": 4}, "source", "#000000", str.upper)

    assert chart.data.loc[0, ["label", "called"]].to_list() == ["synthetic", "SYNTHETIC"]
    assert chart.spec["encoding"]["y"]["field"] == "called"
    assert chart.spec["layer"][-1]["params"][0]["select"]["fields"] == ["label"]


def test_too_many_bars_are_cut_and_said() -> None:
    chart = count_bars({f"s{index}": index for index in range(1000)}, "speaker", "#000000")

    assert len(chart.data) == 30
    assert chart.title == "Clips for each speaker (30 most frequent of 1,000)"


def test_a_single_bar_leaves_room_for_what_is_counted() -> None:
    one, two = (count_bars(dict.fromkeys(names, 1), "source", "#000000") for names in ("a", "ab"))

    assert one.spec["height"] == two.spec["height"]


def test_every_clip_is_in_one_bin() -> None:
    durations_s = pd.Series([0.5, 1.0, 1.0, 2.5])

    bins = duration_bars(durations_s, "#000000").data

    edges = zip(bins["low_s"], bins["high_s"], strict=True)
    found = [durations_s.between(low, high, "left").sum() for low, high in edges]
    assert [*found[:-1], 1] == list(bins["clips"])
    assert bins["clips"].sum() == 4
    assert (bins["low_s"].iloc[0], bins["high_s"].iloc[-1]) == (0.5, 2.5)
    assert bins["called"].iloc[0] == "0.50 to 0.55 s"


def test_clips_of_equal_length_have_bins_too() -> None:
    assert duration_bars(pd.Series([1.5, 1.5]), "#000000").data["clips"].sum() == 2


def test_specifications_are_of_vega_lite() -> None:
    bars = count_bars({"1": 4, "2": 6}, "quantity", "#000000")
    bins = duration_bars(pd.Series([0.5, 1.0]), "#000000")

    for chart in (bars, bins):
        altair.Chart.from_dict(chart.spec | {"data": {"values": []}})


def test_labels_keep_their_look_whatever_is_filtered() -> None:
    clips = pd.DataFrame({"id": ["x", "y"], "x": [0, 1], "y": [0, 1], "size": ["s9", "s1"]})
    labels = [f"s{index}" for index in range(10)]

    every, one = (clip_scatter(rows, "size", labels) for rows in (clips, clips[:1]))

    assert [trace.name for trace in every.data] == labels
    looks = {(trace.marker.color, trace.marker.symbol) for trace in every.data}
    assert len(looks) == 10
    assert every.data[9].marker == one.data[9].marker
    assert [list(point) for point in one.data[9].customdata] == [["x"]]
    assert every.data[9].type == "scattergl"
