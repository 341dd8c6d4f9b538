"""A load generator that costs little, so that it may share its cores with what it measures."""

import asyncio
import time
from dataclasses import dataclass, field

_BOUNDARY = "slu-bench"
_OK = 200


@dataclass
class Load:
    """What became of the requests of all clients."""

    latencies_ms: list[float] = field(default_factory=list)
    """Of requests that were answered well."""
    failures: list[str] = field(default_factory=list)
    duration_s: float = 0.0


def upload(path: str, content: bytes) -> bytes:
    """An HTTP request that uploads a file as form field `file` and keeps its connection."""
    body = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    ).encode()
    body += content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
    )
    return head.encode() + body


def run_load(port: int, request: bytes, n_clients: int, duration_s: float) -> Load:
    """Let clients ask again and again, each at least once and with a connection of its own.

    Args:
        port: of the server on this machine.
        request: as `upload` makes it.
        n_clients: at once.
        duration_s: after which no new request is begun.
    """
    return asyncio.run(_run(port, request, n_clients, duration_s))


async def _run(port: int, request: bytes, n_clients: int, duration_s: float) -> Load:
    load = Load()
    started = time.perf_counter()
    until = started + duration_s
    await asyncio.gather(*(_ask(port, request, until, load) for _ in range(n_clients)))
    load.duration_s = time.perf_counter() - started
    return load


async def _ask(port: int, request: bytes, until: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asking = True
    while asking:
        begun = time.perf_counter()
        writer.write(request)
        try:
            status = await _read_answer(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            load.failures.append(repr(error))
            break
        if status == _OK:
            load.latencies_ms.append((time.perf_counter() - begun) * 1e3)
        else:
            load.failures.append(f"status {status}")
        asking = time.perf_counter() < until
    writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> int:
    """Read an answer to its end; gives its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return status
