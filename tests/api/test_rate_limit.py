import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.api.rate_limit import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_allowance_may_be_used_at_once_and_then_one_waits() -> None:
    limiter = RateLimiter(3, Clock())
    assert [limiter.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert limiter.wait_s("a") == pytest.approx(20)


def test_clients_do_not_share_an_allowance() -> None:
    limiter = RateLimiter(1, Clock())
    assert limiter.wait_s("a") == 0
    assert limiter.wait_s("b") == 0
    assert limiter.wait_s("a") > 0


def test_more_than_an_allowance_can_still_be_asked_for() -> None:
    limiter = RateLimiter(2, Clock())
    assert limiter.wait_s("a", 50) == 0
    assert limiter.wait_s("a") > 0


def test_without_a_limit_nobody_waits() -> None:
    limiter = RateLimiter(None, Clock())
    assert {limiter.wait_s("a") for _ in range(1000)} == {0}


def test_clients_that_are_forgotten_are_the_ones_seen_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("slu.api.rate_limit._MAX_CLIENTS", 2)
    limiter = RateLimiter(1, Clock())
    for client in ("a", "b", "c"):
        limiter.wait_s(client)
    assert limiter.wait_s("c") > 0
    assert limiter.wait_s("a") == 0


@given(st.integers(1, 20), st.lists(st.floats(0, 40), max_size=60))
def test_no_minute_holds_more_than_two_allowances(per_minute: int, pauses_s: list[float]) -> None:
    clock = Clock()
    limiter = RateLimiter(per_minute, clock)
    admitted = []
    for pause_s in pauses_s:
        clock.now_s += pause_s
        if limiter.wait_s("a") == 0:
            admitted.append(clock.now_s)
    for start in admitted:
        assert sum(start <= moment < start + 60 for moment in admitted) <= 2 * per_minute


@given(st.integers(1, 20), st.integers(1, 40))
def test_who_waits_as_told_is_admitted(per_minute: int, n_requests: int) -> None:
    clock = Clock()
    limiter = RateLimiter(per_minute, clock)
    for _ in range(n_requests):
        wait_s = limiter.wait_s("a")
        if wait_s:
            clock.now_s += wait_s + 1e-6
            assert limiter.wait_s("a") == 0
