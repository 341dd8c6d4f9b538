"""compose.yaml: valid, closed to other computers, and without surprises."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import ROOT, run

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_it_follows_the_schema() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_only_the_studio_starts_unasked() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["app"]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_else_reaches_it(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert name == "caddy" or all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", sorted({*SERVICES} - {"postgres"}))
def test_it_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", SERVICES)
def test_its_version_is_pinned(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].partition(":")
    assert ("build" in service or image == "slu-studio-app") != bool(tag)
    assert tag != "latest"


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_mounts_exists(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).exists(), source


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_depends_on_starts_with_it(name: str) -> None:
    service = SERVICES[name]
    for other in service.get("depends_on", []):
        needed = set(service.get("profiles", []))
        assert needed <= set(SERVICES[other].get("profiles", needed)), other


def test_volumes_are_where_the_image_declares_them() -> None:
    declared = (ROOT / "Dockerfile").read_text("utf-8").rpartition("VOLUME ")[2].splitlines()[0]
    mounted = {volume.split(":")[1] for volume in SERVICES["app"]["volumes"]}
    assert mounted == set(yaml.safe_load(declared))
    assert all(Path(path).parent == Path("/project") for path in mounted)
