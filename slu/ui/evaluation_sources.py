"""Whether a version is as often right as it is sure, for each source of clips."""

import pandas as pd
import streamlit as st

from slu.evaluation.confidence import calibration_interval
from slu.evaluation.predictions import all_right
from slu.ui.clips import source_name
from slu.ui.evaluation import Judged
from slu.ui.language import tr


def show_sources(judged: Judged) -> None:
    """The calibration error of all slots together by source, with its 95 % interval."""
    st.markdown(
        tr("**Calibration error by source**"),
        help=tr(
            "How far the model is from being right as often as it is sure, on average over clips."
        ),
    )
    table = _table(judged.key, judged)
    share = st.column_config.NumberColumn
    st.dataframe(
        table.assign(source=table["source"].map(source_name).replace("", tr("unknown"))),
        hide_index=True,
        height="content",
        column_config={
            "source": tr("source"),
            "clips": tr("clips"),
            "calibration error": share(tr("calibration error"), format="%.1f%%"),
            "from": share(tr("from"), format="%.1f%%"),
            "to": share(tr("to"), format="%.1f%%"),
        },
        key="calibration by source",
    )


@st.cache_data(show_spinner=False, max_entries=16)
def _table(key: str, _judged: Judged) -> pd.DataFrame:
    predictions = _judged.predictions
    right = all_right(predictions, _judged.slots)
    confidence = predictions["joint_confidence"].to_numpy(float)
    sources = predictions["source"].to_numpy()
    rows = []
    for source in sorted(set(sources)):
        inside = sources == source
        error = calibration_interval(confidence[inside], right[inside])
        shares = [100 * share for share in (error.value, error.low, error.high)]
        rows.append((source, int(inside.sum()), *shares))
    return pd.DataFrame(rows, columns=["source", "clips", "calibration error", "from", "to"])
