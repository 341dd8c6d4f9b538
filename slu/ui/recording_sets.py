"""The sets of recordings that a project has, and a way to delete one."""

from pathlib import Path

import streamlit as st

from slu.data.metadata import read_table
from slu.data.sources import recording_sets, remove_set
from slu.errors import DataError
from slu.settings import get_settings
from slu.ui.language import tr, trn
from slu.ui.markdown import plain


def show_sets() -> None:
    """List the folders of `data/raw`."""
    folders = recording_sets(get_settings().data_dir / "raw")
    if not folders:
        return
    st.subheader(tr("Sets of recordings"))
    for folder in folders:
        text, button = st.columns([3, 1], vertical_alignment="center")
        text.markdown(f"**{plain(folder.name)}** · {_size(folder / 'metadata.csv')}")
        with button:
            _offer_deletion(folder)


def _size(table: Path) -> str:
    try:
        return trn("{n} clip", "{n:,} clips", _n_rows(table, table.stat().st_mtime_ns))
    except DataError:
        return tr("its table cannot be read")


@st.cache_data(max_entries=100, show_spinner=False)
def _n_rows(table: Path, written_at_ns: int) -> int:
    return len(read_table(table))


def _offer_deletion(folder: Path) -> None:
    with st.popover(tr("Delete"), icon=":material/delete:", key=f"ask {folder.name}"):
        st.markdown(
            tr("Delete all recordings of **{folder}** for good?", folder=plain(folder.name))
        )
        if st.button(tr("Delete them"), type="primary", key=f"delete {folder.name}"):
            remove_set(folder)
            st.rerun()
