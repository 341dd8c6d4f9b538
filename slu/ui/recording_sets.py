"""The sets of recordings that a project has, and a way to delete one."""

from pathlib import Path

import streamlit as st

from slu.data.metadata import read_table
from slu.data.sources import recording_sets, remove_set
from slu.errors import DataError
from slu.settings import get_settings
from slu.ui.markdown import plain


def show_sets() -> None:
    """List the folders of `data/raw`."""
    folders = recording_sets(get_settings().data_dir / "raw")
    if not folders:
        return
    st.subheader("Sets of recordings")
    for folder in folders:
        text, button = st.columns([3, 1], vertical_alignment="center")
        table = folder / "metadata.csv"
        text.markdown(f"**{plain(folder.name)}** · {_size(table, table.stat().st_mtime_ns)}")
        with button:
            _offer_deletion(folder)


@st.cache_data(max_entries=100, show_spinner=False)
def _size(table: Path, written_at_ns: int) -> str:
    try:
        return f"{len(read_table(table)):,} clips"
    except DataError:
        return "its table cannot be read"


def _offer_deletion(folder: Path) -> None:
    with st.popover("Delete", icon=":material/delete:", key=f"ask {folder.name}"):
        st.markdown(f"Delete all recordings of **{plain(folder.name)}** for good?")
        if st.button("Delete them", type="primary", key=f"delete {folder.name}"):
            remove_set(folder)
            st.rerun()
