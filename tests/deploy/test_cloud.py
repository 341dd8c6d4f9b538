"""Kubernetes manifests, workflows and other files that name versions and paths."""

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from slu import __version__
from tests.api.conftest import client, connect, project  # noqa: F401
from tests.deploy.conftest import ROOT, run

KUBERNETES = ROOT / "deploy" / "kubernetes"


def read_all(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


KUSTOMIZATION = read_all(KUBERNETES / "kustomization.yaml")[0]
OBJECTS = [thing for name in KUSTOMIZATION["resources"] for thing in read_all(KUBERNETES / name)]
PODS = [thing["spec"]["template"]["spec"] for thing in OBJECTS if thing["kind"] == "Deployment"]
CONTAINERS = [
    container for pod in PODS for container in [*pod["containers"], *pod.get("initContainers", [])]
]


@pytest.mark.parametrize("name", KUSTOMIZATION["resources"])
def test_manifests_follow_the_schema(name: str) -> None:
    run("kubernetes-validate", "--strict", KUBERNETES / name)


def test_every_image_is_named_with_its_version() -> None:
    images = {image["name"]: str(image["newTag"]) for image in KUSTOMIZATION["images"]}
    assert images == {"slu-studio-app": __version__, "slu-studio-api": __version__}
    assert {container["image"] for container in CONTAINERS} == set(images)


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container["name"])
def test_containers_may_do_little(container: dict[str, Any]) -> None:
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_the_api_knows_its_probes_and_its_gauge(client: httpx.Client) -> None:  # noqa: F811
    (api,) = (container for container in CONTAINERS if container["name"] == "api")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert client.get(api[probe]["httpGet"]["path"]).status_code == 200
    (scaler,) = (thing for thing in OBJECTS if thing["kind"] == "HorizontalPodAutoscaler")
    gauge = scaler["spec"]["metrics"][0]["pods"]["metric"]["name"]
    assert f"# TYPE {gauge} gauge" in client.get("/metrics").text
    assert gauge in (KUBERNETES / "prometheus-adapter.yaml").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=str)
def test_workflows_follow_the_schema(path: Path) -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    run("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout", path)


@pytest.mark.parametrize(
    ("schema", "path"),
    [("dependabot", ".github/dependabot.yml"), ("citation-file-format", "CITATION.cff")],
)
def test_other_files_follow_their_schemas(schema: str, path: str) -> None:
    run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", path)


def test_the_version_is_the_same_everywhere() -> None:
    project_file = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project_file["project"]["version"] == __version__
    assert read_all(ROOT / "CITATION.cff")[0]["version"] == __version__
    spec = read_all(ROOT / "deploy/digitalocean/app.yaml")[0]
    assert spec["services"][0]["image"]["tag"] == __version__
