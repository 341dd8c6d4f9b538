"""The order list of the live microphone: undo, correct, copy, download."""

from collections.abc import Mapping, Sequence

import streamlit as st

from slu.inference import order_in_words
from slu.live.orders import OrderLine, OrderList
from slu.monitoring.feedback import FeedbackLog
from slu.ui.answer import ask_meant
from slu.ui.language import tr
from slu.ui.markdown import plain
from slu.ui.page import errors_shown

_CORRECTING = "live correcting"
_LIST_HEIGHT = 420
_N_SHOWN = 50
"""Newest lines that can be corrected here; all of them are copied and downloaded."""


def show_orders(
    orders: OrderList, labels: Mapping[str, Sequence[str]], feedback: FeedbackLog
) -> None:
    """Draw the list and let a person put it right.

    Args:
        orders: altered by what the person does.
        labels: slot -> labels to choose from.
        feedback: where corrections go.
    """
    st.subheader(tr("Order list"), anchor=False)
    _offer_actions(orders)
    if not orders.lines:
        st.caption(tr("What is understood is written down here."))
        return
    with st.container(height=_LIST_HEIGHT if len(orders.lines) > 6 else "content", border=True):
        for line in reversed(orders.lines[-_N_SHOWN:]):
            if st.session_state.get(_CORRECTING) == line.request_id:
                _ask_correction(orders, line, labels, feedback)
            else:
                _show_line(line)
    if len(orders.lines) > _N_SHOWN:
        st.caption(
            tr(
                "The newest {shown} of {count} lines; the download has all.",
                shown=_N_SHOWN,
                count=len(orders.lines),
            )
        )


def _offer_actions(orders: OrderList) -> None:
    has_lines = bool(orders.lines)
    with st.container(horizontal=True):
        undo = tr("Undo") if has_lines or not orders.can_undo else tr("Bring back")
        st.button(undo, icon=":material/undo:", disabled=not orders.can_undo, on_click=orders.undo)
        with st.popover(tr("Copy"), icon=":material/content_copy:", disabled=not has_lines):
            st.code(orders.as_text(), language=None)
        st.download_button(
            tr("Download CSV"),
            # The mark tells spreadsheets that this is UTF-8.
            orders.as_csv().encode("utf-8-sig"),
            "orders.csv",
            "text/csv",
            icon=":material/download:",
            disabled=not has_lines,
            on_click="ignore",
        )
        st.button(
            tr("New list"),
            icon=":material/note_add:",
            disabled=not has_lines,
            on_click=orders.clear,
            help=tr("Empties the list; until something is added to it, it can be brought back"),
        )


def _show_line(line: OrderLine) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(_text(line))}**", width="stretch")
        how = tr("corrected") if line.is_corrected else f"{line.confidence:.0%}"
        st.caption(f"{line.said_at.astimezone():%H:%M:%S} · {how}", width="content")
        st.button(
            tr("Correct"),
            key=f"correct {line.request_id}",
            icon=":material/edit:",
            type="tertiary",
            on_click=_begin_correction,
            args=(line.request_id,),
        )


def _text(line: OrderLine) -> str:
    return order_in_words(line.labels) or tr("nothing")


def _begin_correction(request_id: str | None) -> None:
    st.session_state[_CORRECTING] = request_id


def _ask_correction(
    orders: OrderList,
    line: OrderLine,
    labels: Mapping[str, Sequence[str]],
    feedback: FeedbackLog,
) -> None:
    with st.form(f"line {line.request_id}"):
        st.caption(tr("What was meant by “{order}”?", order=plain(_text(line))))
        meant, consent = ask_meant(
            labels, line.labels, f"line {line.request_id}", can_keep=line.clip is not None
        )
        with st.container(horizontal=True):
            is_saved = st.form_submit_button(tr("Save what was meant"), type="primary")
            is_dropped = st.form_submit_button(tr("Leave it"))
    if is_saved:
        with errors_shown():
            feedback.append(line.request_id, meant, line.clip, consent=consent)
            orders.correct(line.request_id, meant)
            st.toast(tr("Thank you, the correction is saved."), icon=":material/thumb_up:")
            _begin_correction(None)
            st.rerun()
    if is_dropped:
        _begin_correction(None)
        st.rerun()
