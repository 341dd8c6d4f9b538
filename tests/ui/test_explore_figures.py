"""Figures of the Explore page."""

import pandas as pd

from slu.ui.explore_figures import clip_scatter, count_bars, duration_bars, most_frequent


def test_the_most_frequent_stay_in_their_order() -> None:
    assert most_frequent({"a": 1, "b": 5, "c": 3}, limit=2) == {"b": 5, "c": 3}


def test_bars_carry_their_names_as_text() -> None:
    bars = count_bars({"1": 4, "2": 6}, "quantity", "#000000").data[0]

    assert [name for (name,) in bars.customdata] == ["1", "2"]
    assert (bars.x, bars.y) == ((4, 6), ("1", "2"))


def test_too_many_bars_are_cut_and_said() -> None:
    figure = count_bars({f"s{index}": index for index in range(1000)}, "speaker", "#000000")

    assert len(figure.data[0].x) == 30
    assert figure.layout.title.text == "Clips for each speaker (30 most frequent of 1,000)"


def test_every_clip_is_in_one_bin() -> None:
    durations_s = pd.Series([0.5, 1.0, 1.0, 2.5])

    bars = duration_bars(durations_s, "#000000").data[0]

    found = [durations_s.between(*edges, "left").sum() for edges in bars.customdata[:-1]]
    assert [*found, 1] == list(bars.y)
    assert sum(bars.y) == 4
    assert (bars.customdata[0][0], bars.customdata[-1][1]) == (0.5, 2.5)


def test_clips_of_equal_length_have_bins_too() -> None:
    assert sum(duration_bars(pd.Series([1.5, 1.5]), "#000000").data[0].y) == 2


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
