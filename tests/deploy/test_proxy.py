"""Caddy, as configured, in front of a real API and the real studio."""

import os
import ssl
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.api.conftest import client, clip, connect, project  # noqa: F401
from tests.deploy.conftest import ROOT, Start, find_program, free_port, run
from tests.ui.harness import make_project, serving

CADDYFILE = ROOT / "deploy" / "caddy" / "Caddyfile"


def test_caddy_agrees() -> None:
    run("caddy", "validate", "--config", CADDYFILE, "--adapter", "caddyfile")


def start_caddy(start: Start, tmp_path: Path, app: str, api: str) -> str:
    """Run it at a free port, with certificates that it signs itself; gives its address."""
    port, plain = free_port(), free_port()
    # On a computer that is not its own it may neither listen at port 80 nor be trusted.
    options = f"\tadmin off\n\thttp_port {plain}\n\tskip_install_trust\n"
    config = CADDYFILE.read_text("utf-8").replace("\tadmin off\n", options)
    (tmp_path / "Caddyfile").write_text(config)
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    sites = {"SITE": f"https://localhost:{port}", "APP": app, "API": api}
    command = ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    start(command, port, {**os.environ, **home, **sites})
    return f"https://localhost:{port}"


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "caddy/pki/authorities/local/root.crt"))


def test_the_api_is_reached_and_its_figures_are_not(
    client: httpx.Client,  # noqa: F811
    clip: bytes,  # noqa: F811
    start: Start,
    tmp_path: Path,
) -> None:
    api = client.base_url.netloc.decode()
    address = start_caddy(start, tmp_path, api, api)
    with httpx.Client(base_url=address, verify=trusting(tmp_path)) as outside:
        assert outside.get("/api/health").json()["ready"] is True
        assert outside.post("/api/predict", files={"file": clip}).status_code == 200
        assert outside.get("/api/metrics").status_code == 404
        answer = outside.get("/api/docs")
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.browser
def test_the_studio_has_a_microphone_over_https(start: Start, tmp_path: Path) -> None:
    make_project(tmp_path / "project")
    with sync_playwright() as playwright, serving(tmp_path / "project") as app:
        address = start_caddy(start, tmp_path, app.removeprefix("http://"), "127.0.0.1:1")
        browser = playwright.chromium.launch(
            executable_path=find_program("chromium"),
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
            ],
        )
        see_the_microphone(browser, address)
        browser.close()


def see_the_microphone(browser: Browser, address: str) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    page.goto(f"{address}/Predict")
    # Streamlit talks over a WebSocket: without one there is nothing but an empty frame.
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    assert page.evaluate("window.isSecureContext && !!navigator.mediaDevices")
