"""A project at a glance: what is there, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from slu.data.eda import CorpusSummary, summarise
from slu.data.metadata import read_metadata
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
    n_versions: int
    corpus: CorpusSummary | None
    """The ingested corpus; none before `slu ingest`."""
    has_features: bool
    """Whether that corpus was prepared for training."""
    traffic: LogSummary
    """Of the last day."""

    @property
    def next_step(self) -> NextStep:
        """What is missing first on the way to a model that is talked to."""
        if self.active is not None:
            return NextStep.TALK
        if self.n_versions:
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
    versions = registry.versions()
    metadata_path = settings.data_dir / "processed" / "metadata.csv"
    since = datetime.now(UTC) - _TRAFFIC_SPAN
    return Overview(
        active=registry.get() if registry.latest_version() else None,
        n_versions=len(versions),
        corpus=_summary(metadata_path, metadata_path.stat().st_mtime_ns)
        if metadata_path.exists()
        else None,
        has_features=metadata_path.with_name("metadata_features.csv").exists(),
        traffic=shared_log(settings.inference_log).fresh().summary(LogFilter(start=since)),
    )


@lru_cache(maxsize=4)
def _summary(metadata_path: Path, _modified_ns: int) -> CorpusSummary:
    """The same table is read once: it may have 100,000 rows, and people come back often."""
    return summarise(read_metadata(metadata_path))
