"""What commands share: progress bars and an orderly end."""

import os
import signal
from collections.abc import Iterator

import pytest

from slu.cli.console import progress_bar, stop_on_signals

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_to_stop(number: int) -> None:
    with stop_on_signals() as should_stop:
        assert not should_stop()
        os.kill(os.getpid(), number)
        assert should_stop()


@pytest.mark.parametrize("number", SIGNALS)
def test_the_second_signal_ends_at_once(number: int) -> None:
    with stop_on_signals():
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    with stop_on_signals():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_progress_is_shown_from_the_first_item_on(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Waiting"):
        pass
    assert capsys.readouterr() == ("", "")

    with progress_bar("Working") as tell:
        tell(1, 4)
        tell(4, 4)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Working" in shown.err
    assert "4/4" in shown.err
