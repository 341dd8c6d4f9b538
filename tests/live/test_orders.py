import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from slu.audio.statistics import AudioStatistics
from slu.inference import Prediction, SlotPrediction
from slu.live.orders import N_CLIPS, OrderList
from slu.service import Answer

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def answer(product: str, quantity: str, request_id: str = "r") -> Answer:
    slots = {
        slot: SlotPrediction(label, 0.9, {label: 0.9}, np.zeros(0, np.float32))
        for slot, label in (("product", product), ("quantity", quantity))
    }
    prediction = Prediction(
        slots=slots, joint_confidence=0.81, rejected=None,
        statistics=AudioStatistics(1.0, -40.0, 10.0, 30.0), frames=100, attention_start_s=0.0,
        attention_step_s=0.04, embedding=np.zeros(0, np.float32), latency_ms=5.0,
        model_version="m1",
    )  # fmt: skip
    return Answer(request_id, prediction, np.zeros(16_000, np.float32), 16_000)


@pytest.fixture
def orders() -> OrderList:
    made = OrderList()
    made.add(answer("beras", "3", "first"), NOON)
    made.add(answer("kopi", "2", "second"), NOON + timedelta(seconds=4))
    return made


def test_lines_stand_as_they_were_said(orders: OrderList) -> None:
    assert orders.as_text() == "3 x beras\n2 x kopi"


def test_undo_takes_the_newest_off(orders: OrderList) -> None:
    orders.undo()
    assert orders.as_text() == "3 x beras"


def test_a_new_list_can_be_taken_back(orders: OrderList) -> None:
    orders.clear()
    assert orders.lines == ()
    assert orders.can_undo
    orders.undo()
    assert orders.as_text() == "3 x beras\n2 x kopi"


def test_once_something_is_said_the_old_list_is_gone(orders: OrderList) -> None:
    orders.clear()
    orders.add(answer("teh", "1"), NOON)
    orders.undo()
    assert not orders.can_undo
    orders.undo()
    assert orders.lines == ()


def test_a_correction_changes_its_line_alone(orders: OrderList) -> None:
    orders.correct("first", {"product": "gula", "quantity": "3"})
    assert orders.as_text() == "3 x gula\n2 x kopi"
    assert [line.is_corrected for line in orders.lines] == [True, False]


def test_the_table_for_a_spreadsheet(orders: OrderList) -> None:
    orders.correct("second", {"product": "teh", "quantity": "none"})
    assert orders.as_csv() == (
        "time,product,quantity,confidence,corrected\n"
        "2026-01-02 12:00:00+00:00,beras,3,0.810,no\n"
        "2026-01-02 12:00:04+00:00,teh,none,0.810,yes\n"
    )


def test_a_label_is_never_a_formula() -> None:
    orders = OrderList()
    orders.add(answer('=HYPERLINK("x")', "1,5"), NOON)
    (row,) = csv.DictReader(io.StringIO(orders.as_csv()))
    assert row["product"] == '\'=HYPERLINK("x")'
    assert row["quantity"] == "1,5"


def test_nothing_that_is_in_the_catalogue_has_a_line_too() -> None:
    orders = OrderList()
    orders.add(answer("none", "none"), NOON)
    assert orders.as_text() == "nothing"


def test_only_the_newest_lines_keep_their_recording() -> None:
    orders = OrderList()
    for number in range(3 * N_CLIPS):
        orders.add(answer("beras", "1", str(number)), NOON)
    kept = [line.clip is not None for line in orders.lines]
    assert kept == [False] * 2 * N_CLIPS + [True] * N_CLIPS
