"""Versions side by side, and how often they were right."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from slu.monitoring.accuracy import ALL_SLOTS, accuracy
from slu.ui.monitor import Watched

_SHARE = st.column_config.NumberColumn(format="percent")
_MS = st.column_config.NumberColumn(format="%.1f ms")
_TIME = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")


def show_models(watched: Watched) -> None:
    """What each version does: its proxies, and its accuracy where people judged it."""
    models = watched.analytics.models(watched.where)
    st.markdown("**Versions side by side**")
    st.dataframe(
        _side_by_side(watched, models), hide_index=True, height="content", key="monitor models",
        column_config={
            "first": _TIME, "last": _TIME, "p50": _MS, "p95": _MS, "p99": _MS,
            **dict.fromkeys(
                ("could not be used", "not understood", "confidence", "right", "from", "to"), _SHARE
            ),
        },
    )  # fmt: skip
    st.caption(
        "“right” is the share of judged requests whose whole answer was right, “from” and “to” its "
        "95 % interval. Requests without a version failed before a model was loaded."
    )
    _show_accuracy(watched)


def _side_by_side(watched: Watched, models: pd.DataFrame) -> pd.DataFrame:
    times = {
        name: models[f"{name}_ts"].dt.tz_convert(watched.zone).dt.tz_localize(None)
        for name in ("first", "last")
    }
    judged = [_judged(watched, version) for version in models["model_version"]]
    proxies = {
        "confidence": models["mean_confidence"],
        "not understood": models["rejected"] / models["requests"],
        "could not be used": models["error"] / models["requests"],
        **{name: models[f"{name}_latency_ms"] for name in ("p50", "p95", "p99")},
    }
    head = {"version": models["model_version"].fillna("none"), "requests": models["requests"]}
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
    st.markdown("**Accuracy from corrections**")
    scores = accuracy(watched.analytics, watched.corrections, watched.where)
    if scores.empty:
        st.info(
            "Nobody has judged an answer yet. “Wrong? Correct it” below an answer, and "
            "`POST /feedback`, count here.",
            icon=":material/rate_review:",
        )
        return
    shown = scores.rename(columns={"low": "from", "high": "to", "corrections": "judged"})
    shown["slot"] = shown["slot"].replace(ALL_SLOTS, "all slots")
    st.dataframe(
        shown, hide_index=True, height="content", key="monitor accuracy",
        column_config=dict.fromkeys(("accuracy", "from", "to"), _SHARE),
    )  # fmt: skip
    st.caption(
        "People correct what is wrong more readily than they confirm what is right, so the truth "
        "is rather above."
    )
