"""A table that a person fills in, whose rows outlive a change of tab or page."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from slu.ui.language import language

# Longer tables scroll in themselves.
_MOST_ROWS_SHOWN = 20


def edit_rows(
    rows: Sequence[tuple[Any, ...]], columns: Mapping[str, Any], key: str, alt: str
) -> tuple[tuple[Any, ...], ...]:
    """Let a person change, add and delete rows.

    Args:
        rows: as they are now; they are looked at only when the table appears.
        columns: name -> `st.column_config` of each.
        key: of the widget.
        alt: what the table is, for screen readers.

    Returns:
        the rows as they were left; empty cells are empty texts.
    """
    # The editor counts its changes from the table that it was given first; when the titles of
    # its columns change, it is another editor.
    first, wording = f"{key} first", f"{key} language"
    if key not in st.session_state or st.session_state[wording] != language():
        st.session_state[first] = _as_table(rows, list(columns))
        st.session_state[wording] = language()
    table = st.data_editor(
        st.session_state[first],
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=dict(columns),
        height="content" if len(rows) <= _MOST_ROWS_SHOWN else "auto",
        alt=alt,
    )
    return tuple(
        tuple("" if pd.isna(cell) else cell for cell in row)
        for row in table.itertuples(index=False, name=None)
    )


def _as_table(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    # Without a row, a column of texts would not be known as one.
    return table if rows else table.astype(str)
