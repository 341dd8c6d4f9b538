"""A tuning study on a page: what is read of it, and which trial a person looks at."""

from dataclasses import dataclass
from functools import cached_property

import optuna
import pandas as pd
import streamlit as st
from optuna.study import StudyDirection

from slu.config.tune import Knob
from slu.settings import Settings
from slu.tuning.importance import importances
from slu.tuning.storage import exists
from slu.tuning.store import Stamp, StudyStore
from slu.tuning.study import metric_of, search_space
from slu.ui.controls import label
from slu.ui.language import tr

TRIAL = "tune trial"
"""Of the session: number of the trial that is looked at; none for the best."""

FINISHED = ("complete", "pruned")


@dataclass(frozen=True)
class StudyView:
    """A study as it was when the page was drawn."""

    store: StudyStore
    name: str
    study: optuna.Study
    stamp: Stamp

    @property
    def is_high_good(self) -> bool:
        """Whether trials with high values are the good ones."""
        return self.study.direction == StudyDirection.MAXIMIZE

    @cached_property
    def metric(self) -> str:
        """`joint_accuracy` or `loss`."""
        return metric_of(self.study)

    @cached_property
    def knobs(self) -> dict[str, Knob]:
        """Setting -> the values that it may take."""
        return dict(search_space(self.study).knobs)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """See `StudyStore.outcomes`."""
        return _outcomes(self.store, self.name, self.stamp)

    @cached_property
    def settings(self) -> pd.DataFrame:
        """See `StudyStore.settings`."""
        return _settings(self.store, self.name, self.stamp)

    @cached_property
    def best_first(self) -> pd.DataFrame:
        """Outcomes of the trials that ran to their end."""
        complete = self.outcomes[self.outcomes["state"] == "complete"]
        return complete.sort_values("value", ascending=not self.is_high_good, kind="stable")

    @property
    def best(self) -> int | None:
        """Number of the best trial."""
        return None if self.best_first.empty else int(self.best_first.index[0])

    def importances(self) -> dict[str, float]:
        """Setting -> share of the differences that it explains; empty where nothing can be told."""
        return _importances(self, self.name, self.stamp)


def open_store(settings: Settings) -> StudyStore | None:
    """The database of studies; none as long as no study was begun.

    Raises:
        StudyError: it cannot be used.
    """
    url = settings.study_storage_url
    return _store(url) if exists(url) else None


def view_study(store: StudyStore, name: str) -> StudyView:
    """A study as it is now.

    Raises:
        StudyError: it is gone, or the database cannot be used.
    """
    return StudyView(store, name, store.study(name), store.stamp(name))


def setting_label(key: str) -> str:
    """What a setting is called: `Noise: probability` for `train.augment.noise.probability`."""
    parts = key.split(".")[1:]
    first, *rest = [tr(label(part)) for part in parts if part != "augment"]
    return ": ".join([first, *(part[0].lower() + part[1:] for part in rest)])


@st.cache_resource(max_entries=2, show_spinner=False)
def _store(url: str) -> StudyStore:
    return StudyStore(url)


@st.cache_data(max_entries=8, show_spinner=False)
def _outcomes(_store: StudyStore, name: str, stamp: Stamp) -> pd.DataFrame:
    return _store.outcomes(name)


@st.cache_data(max_entries=8, show_spinner=False)
def _settings(_store: StudyStore, name: str, stamp: Stamp) -> pd.DataFrame:
    return _store.settings(name)


@st.cache_data(max_entries=8, show_spinner=False)
def _importances(_view: StudyView, name: str, stamp: Stamp) -> dict[str, float]:
    if _view.best is None:
        return {}
    distributions = _view.store.trial(name, _view.best).distributions
    values = _view.best_first["value"]
    return importances(values, _view.settings, distributions, _view.study.direction)
