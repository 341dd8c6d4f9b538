from collections.abc import Callable

import httpx
import pytest

Connect = Callable[..., httpx.Client]

SHOP = "https://shop.example"


@pytest.mark.parametrize("path", ["/", "/health", "/docs", "/nothing"])
def test_every_answer_says_what_browsers_may_do(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_other_origins_are_shut_out_unless_configured(client: httpx.Client) -> None:
    response = client.get("/health", headers={"Origin": SHOP})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_configured_origins_are_let_in_and_only_these(connect: Connect) -> None:
    client = connect(cors_origins=(SHOP,))
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    assert client.options("/predict", headers=asked).headers["Access-Control-Allow-Origin"] == SHOP
    assert (
        client.get("/health", headers={"Origin": SHOP}).headers["Access-Control-Allow-Origin"]
        == SHOP
    )
    other = client.get("/health", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
