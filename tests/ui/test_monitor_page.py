"""The Monitor page in an empty, a working and a broken project, driven without a browser."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.inference_log import InferenceRecord
from tests.ui.harness import ROOT
from tests.ui.requests import NOW, log_requests

VIEWS = ("Traffic", "Answers", "Sound", "Drift", "Models")

Fill = Callable[..., list[InferenceRecord]]


@pytest.fixture
def fill(project: Path) -> Fill:
    """Log requests of a project with the shipped models, as `log_requests` does."""
    return partial(log_requests, project)


def open_monitor(view: str = "Traffic", **state: Any) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.session_state["monitor view"] = view
    for key, value in state.items():
        app.session_state[f"monitor {key}"] = value
    app.switch_page("pages/8_Monitor.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    shown = [*app.info, *app.warning, *app.error, *app.success, *app.markdown, *app.caption]
    text = "\n".join(str(element.value) for element in shown)
    return text.replace("\\", "").replace("**", "")


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def click(app: AppTest, chart: str, **told: object) -> AppTest:
    app.session_state[f"monitor chart {chart}"] = {"selection": {"clicked": [told]}}
    app.run()
    assert not app.exception
    return app


def minute(record: InferenceRecord) -> dict[str, str]:
    """The bucket that a request of an hour or two lies in."""
    start = datetime.fromisoformat(record.ts).replace(second=0, microsecond=0)
    return {"start": start.isoformat(), "end": (start + timedelta(minutes=1)).isoformat()}


@pytest.mark.parametrize("folder_only", [False, True])
def test_without_a_request_it_leads_to_talking(project: Path, folder_only: bool) -> None:
    if folder_only:
        (project / "logs").mkdir()
        (project / "logs/inference.log").touch()
    assert "Nobody has asked anything yet" in texts(open_monitor())


@pytest.mark.parametrize("view", VIEWS)
def test_calm_traffic_shows_no_alert_in_any_view(fill: Fill, view: str) -> None:
    fill(500)
    app = open_monitor(view)
    assert "No alert." in texts(app)
    assert numbers(app)["Requests"] == "500"
    assert not app.warning
    if view == "Drift":
        assert "are like the training set" in texts(app)


def test_filters_leave_what_fits(fill: Fill) -> None:
    fill(30)
    fill(10, seed=2, ts=(NOW - timedelta(days=3)).isoformat(), model_version="m2_best")
    assert numbers(open_monitor(sources=["upload"]))["Requests"] == "14"
    assert numbers(open_monitor(time="last day"))["Requests"] == "30"
    assert numbers(open_monitor(time="last week"))["Requests"] == "40"
    assert numbers(open_monitor(versions=["m2_best"]))["Requests"] == "10"
    tomorrow = (NOW + timedelta(days=1)).date()
    nothing = open_monitor(time="some days", days=(tomorrow, tomorrow))
    assert "choose a longer time" in texts(nothing)


def test_what_is_wrong_is_said(fill: Fill) -> None:
    fill(200)
    fill(60, seed=2, status="error", error="no sound", latency_ms=900.0)
    app = open_monitor()
    assert "% of the recordings could not be used" in app.error[0].value.replace("\\", "")
    assert "longer than 900 ms" in texts(app)


def test_drift_is_named_and_its_requests_are_shown(fill: Fill) -> None:
    records = fill(500, mel_mean=-20.0)
    app = open_monitor("Drift")
    assert "differ from the training set in Level (mel mean)" in texts(app)
    first, last = (datetime.fromisoformat(record.ts) for record in (records[0], records[-1]))
    ends = {"start": first.isoformat(), "end": last.isoformat()}
    app = click(app, "drift mel_mean", **ends)
    assert "These requests: 500 requests, of which the newest 200" in texts(app)
    assert "These requests: 500" in texts(click(app, "drift product", **ends))


def test_few_requests_say_nothing_about_drift(fill: Fill) -> None:
    fill(60)
    assert "Drift needs 100 requests, and 60 fit so far" in texts(open_monitor("Drift"))


def test_a_click_shows_the_requests_behind_it(fill: Fill) -> None:
    records = fill(150)
    app = click(open_monitor(), "traffic", **minute(records[7]), status="ok")
    (table,) = app.dataframe
    assert list(table.value["request id"]) == ["1-7"]
    assert table.value["understood"][0] == " · ".join(records[7].prediction.values())
    app = click(app, "outcomes", **minute(records[8]))
    assert [list(table.value["request id"]) for table in app.dataframe] == [["1-7"], ["1-8"]]


def test_a_click_on_a_label_or_a_bin_shows_its_requests(fill: Fill, project: Path) -> None:
    records = fill(150)
    label = records[0].prediction["product"]
    count = sum(record.prediction["product"] == label for record in records)
    app = click(open_monitor("Answers"), "labels product", label=label)
    assert f"Product {label}: {count} requests" in texts(app)
    bins = LogAnalytics(project / "logs/inference.log").histogram("joint_confidence")
    for index in (0, int(bins["requests"].argmax())):
        left, right, requests = bins.loc[index]
        app = click(open_monitor("Answers"), "joint_confidence bins", left=left, right=right)
        assert f": {requests:.0f} request" in texts(app)


def test_what_was_clicked_is_forgotten_where_a_filter_leaves_none_of_it(fill: Fill) -> None:
    records = fill(150)
    app = click(open_monitor(), "traffic", **minute(records[7]), status="ok")
    assert len(app.dataframe) == 1
    app.selectbox[0].select("last hour").run()
    assert not app.dataframe


def test_versions_are_compared_and_judged(fill: Fill, project: Path) -> None:
    fill(21, seed=1, model_version="m2_best")  # the first of them a minute earlier
    records = fill(20, seed=2)
    assert "Nobody has judged an answer yet" in texts(open_monitor("Models"))
    feedback = FeedbackLog(project / "logs/feedback.jsonl")
    feedback.append(records[0].request_id, records[0].prediction)
    feedback.append(records[1].request_id, {**records[1].prediction, "quantity": "none"})
    app = open_monitor("Models")
    versions, scores = (table.value for table in app.dataframe)
    assert list(versions["version"]) == ["m2_best", "m1_best"]
    assert list(versions["judged"]) == [0, 2]
    assert list(scores["slot"]) == ["all slots", "product", "quantity"]
    assert list(scores["accuracy"]) == [0.5, 1.0, 0.5]
    assert (scores["from"] < scores["accuracy"]).all()


def test_lines_that_are_broken_are_counted_and_passed_over(fill: Fill, project: Path) -> None:
    fill(20)
    with (project / "logs/inference.log").open("ab") as log:
        log.write(b'{"ts": "2026\nno json\n\x00\xff\n')
    app = open_monitor()
    assert "3 lines of the log could not be read" in texts(app)
    assert numbers(app)["Requests"] == "20"


def test_a_log_that_cannot_be_read_is_named(project: Path) -> None:
    (project / "logs/inference.log").mkdir(parents=True)
    app = open_monitor()
    assert "inference.log cannot be read" in app.error[0].value


def test_wrong_rules_are_named(fill: Fill, project: Path) -> None:
    fill(20)
    (project / "configs/monitor.yaml").write_text("alerts: {min_requests: many}")
    assert "monitor.yaml" in open_monitor().error[0].value


def test_without_a_model_the_log_still_shows(fill: Fill, project: Path) -> None:
    fill(150)
    for path in (project / "artifacts/registry").iterdir():
        path.unlink()
    assert numbers(open_monitor())["Requests"] == "150"
    assert "no training set to compare with" in texts(open_monitor("Drift"))


def test_a_damaged_reference_is_named_and_the_rest_shows(fill: Fill, project: Path) -> None:
    fill(150)
    (project / "artifacts/m1_best/reference.json").write_text("{")
    app = open_monitor()
    assert "reference.json is damaged" in app.error[0].value
    assert numbers(app)["Requests"] == "150"
