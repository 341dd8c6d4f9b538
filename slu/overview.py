"""A project at a glance: what is there, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from slu.data.eda import CorpusSummary, summarise
from slu.data.labels import NONE
from slu.data.metadata import read_metadata
from slu.errors import RegistryError
from slu.monitoring.log_filter import LogFilter
from slu.monitoring.log_summary import LogSummary
from slu.monitoring.shared_log import shared_log
from slu.registry import Registry, RegistryEntry
from slu.settings import Settings

_TRAFFIC_SPAN = timedelta(days=1)


class NextStep(StrEnum):
    """What a person would do next."""

    MAKE_DATA = "make data"
    BUILD_FEATURES = "build features"
    TRAIN = "train"
    PROMOTE = "promote"
    TALK = "talk"


@dataclass(frozen=True)
class Overview:
    """A project at a glance."""

    active: RegistryEntry | None
    """The version in use."""
    candidates: tuple[str, ...]
    """Versions that are not in use and know every label of the corpus, newest first."""
    corpus: CorpusSummary | None
    """The ingested corpus; none before `slu ingest`."""
    unknown_labels: tuple[str, ...]
    """Labels of the corpus that the version in use never learned."""
    has_features: bool
    """Whether that corpus was prepared for training."""
    traffic: LogSummary
    """Of the last day."""

    @property
    def next_step(self) -> NextStep:
        """What is missing first on the way to a model that understands what was recorded."""
        if self.active is not None and not self.unknown_labels:
            return NextStep.TALK
        if self.candidates:
            return NextStep.PROMOTE
        if self.corpus is None:
            return NextStep.MAKE_DATA
        return NextStep.TRAIN if self.has_features else NextStep.BUILD_FEATURES


def look_over(settings: Settings) -> Overview:
    """The project as it is now.

    Raises:
        SLUError: a file of the project is damaged; the message names it.
    """
    registry = Registry(settings.project_root, settings.registry_dir)
    active = registry.get() if registry.latest_version() else None
    metadata_path = settings.data_dir / "processed" / "metadata.csv"
    corpus = None
    if metadata_path.exists():
        corpus = _summary(metadata_path, metadata_path.stat().st_mtime_ns)
    since = datetime.now(UTC) - _TRAFFIC_SPAN
    return Overview(
        active=active,
        candidates=_candidates(registry, active, corpus),
        corpus=corpus,
        unknown_labels=_unknown_labels(registry, active, corpus) if active else (),
        has_features=metadata_path.with_name("metadata_features.csv").exists(),
        traffic=shared_log(settings.inference_log).fresh().summary(LogFilter(start=since)),
    )


def _candidates(
    registry: Registry, active: RegistryEntry | None, corpus: CorpusSummary | None
) -> tuple[str, ...]:
    knowing = [entry for entry in registry.versions() if _knows_all(registry, entry, corpus)]
    in_use = active.version if active else None
    return tuple(entry.version for entry in knowing if entry.version != in_use)


def _knows_all(registry: Registry, entry: RegistryEntry, corpus: CorpusSummary | None) -> bool:
    try:
        return not _unknown_labels(registry, entry, corpus)
    except RegistryError:  # said where that version is chosen
        return False


def _unknown_labels(
    registry: Registry, entry: RegistryEntry, corpus: CorpusSummary | None
) -> tuple[str, ...]:
    """Labels of the corpus that a version cannot answer with."""
    if corpus is None:
        return ()
    learned = registry.config(entry)["labels"]
    return tuple(
        label
        for slot, known in learned.items()
        for label in corpus.labels.get(slot, {})
        if label not in known and label != NONE
    )


@lru_cache(maxsize=4)
def _summary(metadata_path: Path, _modified_ns: int) -> CorpusSummary:
    """The same table is read once: it may have 100,000 rows, and people come back often."""
    return summarise(read_metadata(metadata_path))
