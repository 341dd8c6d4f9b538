"""Prometheus' rules and Grafana's dashboard, against a real API and a real Prometheus."""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.api.conftest import client, clip, connect, project  # noqa: F401
from tests.deploy.conftest import ROOT, Start, free_port, run

FOLDER = ROOT / "deploy" / "prometheus"
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/slu.json").read_text("utf-8"))
PROVISIONING = ROOT / "deploy/grafana/provisioning"
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_promtool_agrees() -> None:
    run("promtool", "check", "config", "prometheus.yml", cwd=FOLDER)


def test_alerts_come_when_they_should() -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", "rules_test.yml", cwd=FOLDER)


def test_every_rule_is_tried() -> None:
    tried = (FOLDER / "rules_test.yml").read_text("utf-8")
    for rule in RULES:
        assert f"alertname: {rule['alert']}\n" in tried


def test_the_dashboard_asks_the_provisioned_source() -> None:
    source = yaml.safe_load((PROVISIONING / "datasources/prometheus.yaml").read_text("utf-8"))
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {
        source["datasources"][0]["uid"]
    }
    provider = yaml.safe_load((PROVISIONING / "dashboards/slu.yaml").read_text("utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    assert f"./deploy/grafana/dashboards:{folder}:ro" in compose


@pytest.mark.parametrize("expression", [*EXPRESSIONS, *(rule["expr"] for rule in RULES)])
def test_every_figure_is_one_of_the_api(
    expression: str,
    client: httpx.Client,  # noqa: F811
    clip: bytes,  # noqa: F811
) -> None:
    client.post("/predict", files={"file": clip})
    # Told once the rules were looked at.
    told = client.get("/metrics").text + "slu_alert{} slu_alerts_checked_timestamp_seconds"
    for figure in re.findall(r"\bslu_\w+", expression):
        assert figure in told


@pytest.mark.slow
def test_a_real_prometheus_reads_a_real_api(
    client: httpx.Client,  # noqa: F811
    clip: bytes,  # noqa: F811
    start: Start,
    tmp_path: Path,
) -> None:
    shutil.copy(FOLDER / "rules.yml", tmp_path)
    config = (FOLDER / "prometheus.yml").read_text("utf-8")
    config = config.replace("api:8000", client.base_url.netloc.decode()).replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(config)
    port = free_port()
    listen = f"--web.listen-address=127.0.0.1:{port}"
    start(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", listen], port)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1") as prometheus:
        for _ in range(60):
            client.post("/predict", files={"file": clip})
            if ask(prometheus, 'rate(slu_prediction_seconds_count{job="slu"}[30s]) > 0'):
                break
            time.sleep(1)
        assert float(ask(prometheus, "up")[0]["value"][1]) == 1
        assert ask(prometheus, "slu_model_workers")[0]["metric"]["version"] == "first"
        for expression in EXPRESSIONS:
            ask(prometheus, expression)
        groups = prometheus.get("/rules").json()["data"]["groups"]
        states = {rule["name"]: (rule["health"], rule["state"]) for rule in groups[0]["rules"]}
    assert states == {rule["alert"]: ("ok", "inactive") for rule in RULES}


def ask(prometheus: httpx.Client, expression: str) -> list[dict[str, Any]]:
    answer = prometheus.get("/query", params={"query": expression}).json()
    assert answer["status"] == "success", answer
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found
