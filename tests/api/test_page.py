import base64
import hashlib
import re

import httpx

from slu.api.page import load_page


def test_the_policy_allows_the_style_and_the_script_of_the_page() -> None:
    page = load_page()
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy
    assert "unsafe" not in page.policy


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = load_page().html
    assert re.findall(r"""(?:src|href)=["'](?!data:|docs)[^"']*""", html) == []
    assert "http" not in html.replace("HTTPS", "")
    assert " style=" not in html


def test_the_page_is_served_with_its_policy(client: httpx.Client) -> None:
    response = client.get("/")
    assert response.text == load_page().html
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == load_page().policy
