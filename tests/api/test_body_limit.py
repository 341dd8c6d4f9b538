import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

Connect = Callable[..., httpx.Client]

FORM = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


def chunked(n_bytes: int) -> Iterator[bytes]:
    yield PART
    for _ in range(n_bytes // 1000):
        yield bytes(1000)


@pytest.mark.parametrize("n_bytes", [200_001, 5_000_000])
def test_a_body_that_says_how_large_it_is_is_refused(connect: Connect, n_bytes: int) -> None:
    response = connect(max_upload_mb=0.2).post(
        "/predict", content=PART + bytes(n_bytes), headers=FORM
    )
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_a_body_that_does_not_say_is_refused_where_it_grows_too_large(connect: Connect) -> None:
    response = connect(max_upload_mb=0.2).post("/predict", content=chunked(300_000), headers=FORM)
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_the_answer_does_not_wait_for_the_end_of_the_body(connect: Connect) -> None:
    url = connect(max_upload_mb=0.2).base_url
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    form = b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    chunk = b"493e0\r\n" + PART.ljust(0x493E0, b"\0") + b"\r\n"
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall(head + form + chunk)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_json_bodies_are_limited_too(connect: Connect) -> None:
    body = {"request_id": "a", "labels": {"product": "kopi"}, "audio": "A" * 300_000}
    assert connect(max_upload_mb=0.2).post("/feedback", json=body).status_code == 413


def test_a_body_up_to_the_limit_is_read(connect: Connect, clip: bytes) -> None:
    response = connect(max_upload_mb=0.2).post("/predict", files={"file": clip})
    assert response.status_code == 200
