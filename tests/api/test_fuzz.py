"""Thousands of damaged recordings and hostile requests: always an answer, never a crash."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from tests.api.servers import serving
from tests.recordings import KINDS, Kind, bombs, recording_of

Project = Any  # of this folder's conftest
Content = bytearray
Rng = np.random.Generator

pytestmark = pytest.mark.fault

N_MUTANTS_OF_EACH = 270
LONGEST_ANSWER_S = 5.0
MOST_GROWTH_MB = 100.0
KNOWN = {200, 413, 415, 422}


def change_bytes(content: Content, rng: Rng) -> Content:
    for place in rng.integers(len(content), size=rng.integers(1, 20)):
        content[place] = rng.integers(256)
    return content


def change_header(content: Content, rng: Rng) -> Content:
    for place in rng.integers(min(len(content), 120), size=rng.integers(1, 6)):
        content[place] = rng.choice([0, 1, 127, 128, 255])
    return content


def claim_much(content: Content, rng: Rng) -> Content:
    place = int(rng.integers(max(1, min(len(content), 600) - 4)))
    content[place : place + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0"])
    return content


def cut_end(content: Content, rng: Rng) -> Content:
    return content[: int(rng.integers(1, len(content)))]


def cut_out(content: Content, rng: Rng) -> Content:
    start, end = sorted(rng.integers(len(content), size=2).tolist())
    del content[start:end]
    return content


def repeat_part(content: Content, rng: Rng) -> Content:
    start, end = sorted(rng.integers(len(content), size=2).tolist())
    return content[:end] + content[start:end] * int(rng.integers(1, 5)) + content[end:]


def insert_noise(content: Content, rng: Rng) -> Content:
    place = int(rng.integers(len(content)))
    return content[:place] + rng.bytes(int(rng.integers(1, 2000))) + content[place:]


def join_another(content: Content, rng: Rng) -> Content:
    other = recording_of(KINDS[rng.integers(len(KINDS))], 0.2)
    return content[: int(rng.integers(len(content)))] + other[int(rng.integers(len(other))) :]


CHANGES: tuple[Callable[[Content, Rng], Content], ...] = (
    change_bytes, change_header, claim_much, cut_end, cut_out, repeat_part, insert_noise,
    join_another,
)  # fmt: skip


def mutants(kind: Kind, rng: Rng) -> Iterator[bytes]:
    for _ in range(N_MUTANTS_OF_EACH):
        content = bytearray(recording_of(kind, 0.2))
        for change in rng.choice(len(CHANGES), size=rng.integers(1, 4)):
            content = CHANGES[change](content or bytearray(1), rng)
        yield bytes(content)


def memory_mb(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1e6


def ask(client: httpx.Client, content: bytes) -> int:
    started = time.perf_counter()
    response = client.post("/predict", files={"file": content}, timeout=LONGEST_ANSWER_S)
    assert response.status_code in KNOWN, response.text
    assert time.perf_counter() - started < LONGEST_ANSWER_S
    return response.status_code


def test_mutated_recordings_of_every_format_are_answered(project: Project, clip: bytes) -> None:
    rng, statuses = np.random.default_rng(5), []
    with serving(project, workers=1) as (client, server):
        for kind in KINDS:  # what a codec keeps once it was used does not count as growth
            assert ask(client, recording_of(kind, 0.2)) == 200
        before_mb = memory_mb(server.process.pid)
        for kind in KINDS:
            statuses += [ask(client, mutant) for mutant in mutants(kind, rng)]
        assert memory_mb(server.process.pid) - before_mb < MOST_GROWTH_MB
        assert ask(client, clip) == 200
        assert client.get("/health").json()["status"] == "ok"
    assert len(statuses) >= 5000
    # Neither all of them were hopeless nor all harmless.
    assert all(statuses.count(status) > len(statuses) / 20 for status in (200, 422))
    assert len(project.log_rows()) == len(statuses) + len(KINDS) + 1


def test_bombs_are_refused_and_memory_stays_flat(project: Project, clip: bytes) -> None:
    with serving(project, workers=1) as (client, server):
        assert ask(client, clip) == 200
        before_mb = memory_mb(server.process.pid)
        peak_mb = before_mb
        for bomb in bombs():
            assert ask(client, bomb) == 422
            peak_mb = max(peak_mb, memory_mb(server.process.pid))
        assert peak_mb - before_mb < MOST_GROWTH_MB
        assert ask(client, clip) == 200
