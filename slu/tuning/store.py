"""The studies of a database, to look at: whole columns, where Optuna makes an object of each value.

10,000 trials with 13 settings each take Optuna half a minute; columns take less than a second.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import optuna
import pandas as pd
from optuna.storages._rdb.models import (
    StudyModel,
    TrialIntermediateValueModel,
    TrialModel,
    TrialParamModel,
    TrialValueModel,
)
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection, Select, func, select

from slu.errors import StudyError
from slu.tuning.storage import open_existing_storage, storage_errors

_STUDIES, _TRIALS, _VALUES, _PARAMS, _EPOCHS = (
    model.__table__
    for model in (
        StudyModel,
        TrialModel,
        TrialValueModel,
        TrialParamModel,
        TrialIntermediateValueModel,
    )
)
Stamp = tuple[int, ...]
"""Alters with every trial that begins, reports or ends."""


@dataclass(frozen=True)
class StudyCount:
    """A study in a list."""

    name: str
    n_trials: int
    """Finished or pruned."""
    n_running: int


class StudyStore:
    """Reads a database of studies; nothing is written, and no file is made.

    Args:
        url: as for `slu.tuning.storage.open_storage`.

    Raises:
        StudyError: the URL is wrong, the database is not there or cannot be used.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._storage = open_existing_storage(url)

    def studies(self) -> list[StudyCount]:
        """All studies, the newest first.

        Raises:
            StudyError: as for every method, the database cannot be read any more.
        """
        query = (
            select(_STUDIES.c.study_name, _TRIALS.c.state, func.count(_TRIALS.c.trial_id))
            .select_from(_STUDIES.outerjoin(_TRIALS, _TRIALS.c.study_id == _STUDIES.c.study_id))
            .group_by(_STUDIES.c.study_id, _STUDIES.c.study_name, _TRIALS.c.state)
            .order_by(_STUDIES.c.study_id.desc())
        )
        counts: dict[str, dict[TrialState, int]] = {}
        for name, state, n_trials in self._rows(query):
            counts.setdefault(name, {})[state] = n_trials
        return [
            StudyCount(
                name,
                n_trials=found.get(TrialState.COMPLETE, 0) + found.get(TrialState.PRUNED, 0),
                n_running=found.get(TrialState.RUNNING, 0),
            )
            for name, found in counts.items()
        ]

    def study(self, name: str) -> optuna.Study:
        """One of the studies, with its attributes and trials read as they are asked for.

        Raises:
            StudyError: there is none of this name.
        """
        self.id(name)
        with storage_errors(self.url):
            return optuna.load_study(study_name=name, storage=self._storage)

    def stamp(self, name: str) -> Stamp:
        """What must be read anew when it differs."""
        study_id = self.id(name)
        ended = select(func.count()).where(
            _TRIALS.c.study_id == study_id, _TRIALS.c.datetime_complete.is_not(None)
        )
        newest = (
            select(func.max(column))
            for column in (
                _TRIALS.c.trial_id,
                _PARAMS.c.param_id,
                _EPOCHS.c.trial_intermediate_value_id,
            )
        )
        with self._reading() as connection:
            return study_id, *(
                connection.execute(query).scalar() or 0 for query in (ended, *newest)
            )

    def outcomes(self, name: str) -> pd.DataFrame:
        """How the trials went.

        Returns:
            one row a trial, by number: `state` (complete, pruned, fail, running, waiting), `value`
            (of the best epoch; of a pruned trial, of its last), `n_epochs`, `duration_s`.
        """
        n_epochs = select(func.count()).where(_EPOCHS.c.trial_id == _TRIALS.c.trial_id)
        query = (
            select(
                _TRIALS.c.number, _TRIALS.c.state, _VALUES.c.value, n_epochs.scalar_subquery(),
                _TRIALS.c.datetime_start, _TRIALS.c.datetime_complete,
            )
            .select_from(_TRIALS.outerjoin(_VALUES, _VALUES.c.trial_id == _TRIALS.c.trial_id))
            .where(_TRIALS.c.study_id == self.id(name))
            .order_by(_TRIALS.c.number)
        )  # fmt: skip
        columns = ["number", "state", "value", "n_epochs", "begun", "ended"]
        table = pd.DataFrame(self._rows(query), columns=columns)
        lasted = pd.to_datetime(table.pop("ended")) - pd.to_datetime(table.pop("begun"))
        table["duration_s"] = lasted.dt.total_seconds()
        # As `TrialState` is a number, a table would keep no more of it.
        table["state"] = [TrialState(state).name.lower() for state in table["state"]]
        return table.set_index("number").astype({"value": float})

    def settings(self, name: str) -> pd.DataFrame:
        """What the trials were run with.

        Returns:
            one row a trial, by number; one column a setting that is varied, by its dotted key.
            Lists are text. Empty where no trial has begun.
        """
        query = (
            select(_PARAMS.c.param_name, _TRIALS.c.number, _PARAMS.c.param_value)
            .select_from(_PARAMS.join(_TRIALS, _TRIALS.c.trial_id == _PARAMS.c.trial_id))
            .where(_TRIALS.c.study_id == self.id(name))
            .order_by(_TRIALS.c.number, _PARAMS.c.param_id)
        )
        stored: dict[str, dict[int, float]] = {}
        for key, number, value in self._rows(query):
            stored.setdefault(key, {})[number] = value
        if not stored:
            return pd.DataFrame(index=pd.Index([], name="number"))
        kinds = self.trial(name, next(iter(next(iter(stored.values()))))).distributions
        columns = {
            key: pd.Series({n: kinds[key].to_external_repr(value) for n, value in values.items()})
            for key, values in stored.items()
        }
        return pd.DataFrame(columns).rename_axis("number").sort_index()

    def curves(self, name: str, numbers: Iterable[int]) -> pd.DataFrame:
        """Scores of some trials, epoch by epoch: columns `number`, `epoch` (from 1), `value`."""
        query = (
            select(_TRIALS.c.number, _EPOCHS.c.step, _EPOCHS.c.intermediate_value)
            .select_from(_EPOCHS.join(_TRIALS, _TRIALS.c.trial_id == _EPOCHS.c.trial_id))
            .where(_TRIALS.c.study_id == self.id(name), _TRIALS.c.number.in_(list(numbers)))
            .order_by(_TRIALS.c.number, _EPOCHS.c.step)
        )
        return pd.DataFrame(self._rows(query), columns=["number", "epoch", "value"])

    def trial(self, name: str, number: int) -> FrozenTrial:
        """One trial with everything that Optuna knows of it.

        Raises:
            StudyError: there is none of this number.
        """
        with storage_errors(self.url):
            try:
                trial_id = self._storage.get_trial_id_from_study_id_trial_number(
                    self.id(name), number
                )
            except KeyError:
                raise StudyError(f"study {name} has no trial {number}") from None
            return self._storage.get_trial(trial_id)

    def id(self, name: str) -> int:
        """The number by which Optuna knows a study.

        Raises:
            StudyError: there is none of this name.
        """
        with storage_errors(self.url):
            try:
                return self._storage.get_study_id_from_name(name)
            except KeyError:
                known = ", ".join(study.name for study in self.studies()) or "none"
                raise StudyError(
                    f"there is no study {name} in this storage; it has: {known}"
                ) from None

    def _rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(query)]

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with storage_errors(self.url), self._storage.engine.connect() as connection:
            yield connection
