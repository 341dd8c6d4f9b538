"""Versions side by side, and how often they were right."""

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.column_config import DatetimeColumn, NumberColumn

from slu.monitoring.accuracy import ALL_SLOTS, accuracy
from slu.ui.language import mark, tr
from slu.ui.monitor import Watched

_SHARES = (
    mark("could not be used"), mark("not understood"), mark("confidence"), mark("accuracy"),
    mark("right"), mark("from"), mark("to"),
)  # fmt: skip
_TIMES = mark("first"), mark("last")
_PLAIN = mark("version"), mark("requests"), mark("judged"), mark("slot")


def show_models(watched: Watched) -> None:
    """What each version does: its proxies, and its accuracy where people judged it."""
    models = watched.analytics.models(watched.where)
    st.markdown(tr("**Versions side by side**"))
    st.dataframe(
        _side_by_side(watched, models), hide_index=True, height="content", key="monitor models",
        column_config=_columns(),
    )  # fmt: skip
    st.caption(
        tr(
            "“right” is the share of judged requests whose whole answer was right, “from” and “to” "
            "its 95 % interval. Requests without a version failed before a model was loaded."
        )
    )
    _show_accuracy(watched)


def _columns() -> dict[str, Any]:
    share, duration = partial(NumberColumn, format="percent"), NumberColumn(format="%.1f ms")
    time = partial(DatetimeColumn, format="YYYY-MM-DD HH:mm")
    return {
        **{name: tr(name) for name in _PLAIN},
        **{name: share(tr(name)) for name in _SHARES},
        **{name: time(tr(name)) for name in _TIMES},
        **dict.fromkeys(("p50", "p95", "p99"), duration),
    }


def _side_by_side(watched: Watched, models: pd.DataFrame) -> pd.DataFrame:
    times = {
        name: models[f"{name}_ts"].dt.tz_convert(watched.zone).dt.tz_localize(None)
        for name in _TIMES
    }
    judged = [_judged(watched, version) for version in models["model_version"]]
    proxies = {
        "confidence": models["mean_confidence"],
        "not understood": models["rejected"] / models["requests"],
        "could not be used": models["error"] / models["requests"],
        **{name: models[f"{name}_latency_ms"] for name in ("p50", "p95", "p99")},
    }
    head = {"version": models["model_version"].fillna(tr("none")), "requests": models["requests"]}
    accuracies = pd.DataFrame(judged, columns=["judged", "right", "from", "to"])
    return pd.concat([pd.DataFrame(head), accuracies, pd.DataFrame(proxies | times)], axis=1)


def _judged(
    watched: Watched, version: object
) -> tuple[int, float | None, float | None, float | None]:
    """How many answers of a version were judged, the share that was right, and its interval."""
    if not isinstance(version, str):
        return 0, None, None, None
    where = replace(watched.where, model_versions=[version])
    scores = accuracy(watched.analytics, watched.corrections, where).set_index("slot")
    if ALL_SLOTS not in scores.index:
        return 0, None, None, None
    whole = scores.loc[ALL_SLOTS]
    return int(whole["corrections"]), whole["accuracy"], whole["low"], whole["high"]


def _show_accuracy(watched: Watched) -> None:
    st.markdown(tr("**Accuracy from corrections**"))
    scores = accuracy(watched.analytics, watched.corrections, watched.where)
    if scores.empty:
        st.info(
            tr(
                "Nobody has judged an answer yet. “Wrong? Correct it” below an answer, and "
                "`POST /feedback`, count here."
            ),
            icon=":material/rate_review:",
        )
        return
    shown = scores.rename(columns={"low": "from", "high": "to", "corrections": "judged"})
    shown["slot"] = shown["slot"].replace(ALL_SLOTS, tr("all slots"))
    st.dataframe(
        shown, hide_index=True, height="content", key="monitor accuracy",
        column_config=_columns() | {"right": tr("right")},
    )  # fmt: skip
    st.caption(
        tr(
            "People correct what is wrong more readily than they confirm what is right, so the "
            "truth is rather above."
        )
    )
