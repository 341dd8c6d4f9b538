import json

import pytest

from slu.runs import History
from slu.ui.curves import accuracy_chart, comparison_chart, loss_chart
from tests.runs.fakes import record

SLOTS = ("product", "quantity")
SHORT = History((record(1, 0.2), record(2, 0.6), record(3, 0.4)))
LONG = History(tuple(record(epoch) for epoch in range(1, 8)))


def test_a_growing_history_alters_only_the_data() -> None:
    """Or the chart would be taken down and drawn anew on the page."""
    for history in (History(), SHORT):
        assert loss_chart(history, 9).spec == loss_chart(LONG, 9).spec
        assert accuracy_chart(history, 9, SLOTS).spec == accuracy_chart(LONG, 9, SLOTS).spec


def test_the_axis_is_as_long_as_the_run_from_the_start() -> None:
    axis = loss_chart(History(), 40).spec["encoding"]["x"]

    assert axis["scale"]["domain"] == [0.5, 40.5]
    assert axis["title"] == "epoch"


def test_every_slot_and_all_at_once_have_a_curve() -> None:
    data = accuracy_chart(SHORT, 9, SLOTS).data

    assert data.groupby("curve")["value"].apply(list).to_dict() == {
        "product": pytest.approx([0.3, 0.7, 0.5]),
        "quantity": pytest.approx([0.4, 0.8, 0.6]),
        "all right": [0.2, 0.6, 0.4],
    }


def test_a_star_marks_the_best_epoch() -> None:
    data = accuracy_chart(SHORT, 9, SLOTS).data

    assert data.loc[data["best"], ["epoch", "curve"]].to_numpy().tolist() == [[2, "all right"]]


def test_a_slot_that_older_epochs_lack_has_a_shorter_curve() -> None:
    data = accuracy_chart(SHORT, 9, ("product", "size")).data

    assert set(data["curve"]) == {"product", "all right"}


def test_runs_of_different_length_share_a_chart() -> None:
    chart = comparison_chart({"short": SHORT, "long": LONG}, "val_loss", "Validation loss")

    assert chart.data["curve"].value_counts().to_dict() == {"short": 3, "long": 7}
    assert chart.spec["encoding"]["x"]["scale"]["domain"] == [0.5, 7.5]
    assert chart.spec["encoding"]["color"]["scale"]["domain"] == ["short", "long"]


def test_specifications_are_plain_json() -> None:
    for chart in (loss_chart(SHORT, 9), accuracy_chart(SHORT, 9, SLOTS)):
        assert json.loads(json.dumps(chart.spec)) == chart.spec
