"""The view Rejection of the page Evaluate, driven without a browser."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.evaluation.rejection import trade_off
from slu.ui.evaluation_rejection import trade_off_figure
from tests.ui.test_evaluate_page import CORPUS, judge, labels, press, registry_of, run, see, texts


@pytest.fixture
def judged_project(demo_project: Path) -> Path:
    judge(demo_project, "m1_best")
    return demo_project


def test_the_point_in_force_is_told(judged_project: Path) -> None:
    app = see(run("m1_best"), "Rejection")

    assert {"Answered, though no order", "Orders turned away"} <= {m.label for m in app.metric}
    assert "This is the point of m1_best." in texts(app)
    assert "Use this point" not in labels(app)


def test_another_point_becomes_a_version(judged_project: Path) -> None:
    before = registry_of(judged_project).get("m1_best")
    app = see(run("m1_best"), "Rejection")
    slider = next(s for s in app.slider if s.label == "Reject answers below this confidence")
    slider.set_value(0.9).run()

    press(app, "Use this point")

    assert "**m1_best-t0.900** is a version of its own now" in texts(app)
    registry = registry_of(judged_project)
    entry = registry.get("m1_best-t0.900")
    config = json.loads(registry.resolve(entry.config_path).read_text("utf-8"))
    assert config["rejection_threshold"] == 0.9
    assert entry.parent == "m1_best"
    assert registry.get("m1_best") == before
    assert registry.latest_version() == "m1_best"


def test_orders_alone_make_no_trade_off(demo_project: Path) -> None:
    path = demo_project / CORPUS
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table[table["product"] != "none"].to_csv(path, index=False)
    judge(demo_project, "m1_best")

    app = see(run("m1_best"), "Rejection")

    assert "Among these clips there are only orders" in texts(app)


def test_scores_are_about_orders(judged_project: Path) -> None:
    table = pd.read_csv(judged_project / CORPUS, dtype=str, keep_default_na=False)
    is_order = (table["product"] != "none") & (table["split"] == "test")
    app = run("m1_best")

    by_label = next(frame.value for frame in app.dataframe if "label" in frame.value)

    assert "none" not in set(by_label["label"])
    assert by_label["clips"].sum() == is_order.sum()


def test_calibration_is_shown_by_source(judged_project: Path) -> None:
    app = see(run("m1_best"), "Confidence")

    table = next(f.value for f in app.dataframe if "calibration error" in f.value)
    assert list(table["source"]) == ["synthetic"]
    assert (table["from"] <= table["calibration error"]).all()


def test_the_figure_marks_both_points() -> None:
    confidence = np.array([0.1, 0.4, 0.6, 0.9])
    curve = trade_off(confidence, np.array([False, True, False, True]), np.ones(4, bool))

    line, now, tried = trade_off_figure(curve, 0.5, 0.95).data

    assert list(line.x) == list(curve["false_accept"])
    assert (now.x[0], now.y[0]) == (0.5, 0.5)
    assert (tried.x[0], tried.y[0]) == (0.0, 1.0)
    assert len(trade_off_figure(curve, 0.5, 0.5).data) == 2
