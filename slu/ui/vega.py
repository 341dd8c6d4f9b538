"""Figures drawn with Vega-Lite, whose marks can be clicked.

A browser has loaded and drawn them in half the time that one of Plotly takes, and they are altered
on the page when their data changes, where Streamlit takes down one of Plotly and draws it anew.

A figure that can be clicked has a layer of `click_targets`, the last one, which catches clicks for
all others and tells what was clicked by columns of the data::

    bars = {"mark": "bar", "encoding": {"opacity": faded_unless_chosen()}}
    targets = click_targets("bar", ["label"], {"x": {"value": 0}, "x2": {"value": "width"}})
    spec = titled("Clips", 300) | {"encoding": {"y": …}, "layer": [bars, targets]}
    clicked = Chart(data, spec).show_clickable("clips")  # {"label": "beras"}

Columns have fixed names without dots or brackets, which Vega-Lite would take for paths: labels and
names of slots are values and titles, never columns. Values that tell what was clicked are texts
and numbers; times are written as texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from slu.ui.style import SLOT_COLOURS

Spec = dict[str, Any]
"""A part of a specification of Vega-Lite, or the whole."""

LEGEND: Spec = {"orient": "top", "title": None, "offset": 0}
"""Where colours are told; without a title, as their names say enough."""
TEXT_COLOUR = "currentColor"
"""Of words in a figure: that of the page, in either theme."""

_SELECTION = "clicked"
_IS_CHOSEN = f"vlSelectionTest('{_SELECTION}_store', datum)"
# What was chosen stays so when other data take its place, and may then be no mark at all.
_MARKED: list[Spec] = [
    {"calculate": f"{_IS_CHOSEN} ? 1 : 0", "as": "is_chosen"},
    {"joinaggregate": [{"op": "max", "field": "is_chosen", "as": "is_any_chosen"}]},
]
_IS_BRIGHT = "datum.is_chosen || !datum.is_any_chosen"
_FADED = 0.4
_FRAME_COLOUR = SLOT_COLOURS[4]


@dataclass(frozen=True)
class Chart:
    """A figure."""

    data: pd.DataFrame
    spec: Spec
    """How Vega-Lite draws it; begins with `titled`. One that stays the same is not drawn anew."""

    @property
    def title(self) -> str:
        """What stands above it, and is told to those who do not see it."""
        title: str = self.spec["title"]["text"]
        return title

    def show(self, key: str) -> None:
        """Draw it, or alter what was drawn under this key."""
        st.vega_lite_chart(self.data, self.spec, key=key, alt=self.title)

    def show_clickable(self, key: str) -> Mapping[str, Any] | None:
        """Draw it and let a person choose one of its `click_targets`.

        Returns:
            columns of the one that is chosen, if one is; a second click takes it back.
        """
        spec = self.spec | {"transform": [*self.spec.get("transform", ()), *_MARKED]}
        event = st.vega_lite_chart(
            self.data, spec, key=key, alt=self.title, on_select="rerun", selection_mode=_SELECTION
        )
        chosen: Sequence[Mapping[str, Any]] = event["selection"].get(_SELECTION) or ()
        return next((one for one in chosen if self._holds(one)), None)

    def _holds(self, chosen: Mapping[str, Any]) -> bool:
        """Whether there still is what was chosen."""
        columns = self.data[list(chosen)]
        return bool((columns == list(chosen.values())).all(axis="columns").any())


def titled(title: str, height: int | Spec) -> Spec:
    """The beginning of a figure.

    Args:
        title: above it.
        height: in pixels; or `{"step": …}`, that of each row.
    """
    return {"title": {"text": title, "anchor": "start", "fontSize": 16}, "height": height}


def click_targets(mark: str, columns: Sequence[str], encoding: Spec) -> Spec:
    """A layer of unseen marks that are clicked in place of those below them.

    Args:
        mark: their form, such as `bar` or `rect`.
        columns: of the data, which tell them apart.
        encoding: how large they are, beside what all layers share; tooltips as well.
    """
    return {
        "params": [
            {
                "name": _SELECTION,
                "select": {
                    "type": "point",
                    "fields": list(columns),
                    # A click on what is chosen takes it back, one beside all marks does nothing.
                    "toggle": f"!isValid(datum) || !isValid(datum.{columns[0]}) || {_IS_CHOSEN}",
                    "clear": False,
                },
            }
        ],
        "mark": {"type": mark, "opacity": 0, "cursor": "pointer"},
        "encoding": encoding,
    }


def when_chosen(chosen: Any, otherwise: Any) -> Spec:
    """A channel that shows which mark was clicked."""
    return {
        "condition": {"param": _SELECTION, "empty": False, "value": chosen},
        "value": otherwise,
    }


def faded_unless_chosen() -> Spec:
    """Opacity of marks of which one was clicked."""
    return {"condition": {"test": _IS_BRIGHT, "value": 1}, "value": _FADED}


def frame_of_chosen() -> Spec:
    """A layer that frames the cell that was clicked, where colours mean something else."""
    return {
        "transform": [{"filter": "datum.is_chosen"}],
        "mark": {
            "type": "rect",
            "filled": False,
            "stroke": _FRAME_COLOUR,
            "strokeWidth": 3,
            "aria": False,
        },
    }
