"""All the way from a catalogue or labelled recordings to features, and sets that people bring."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slu.config import CorpusConfig, DataConfig, PreprocessConfig
from slu.errors import ConfigError
from slu.settings import Settings
from slu.workflows.corpus import ingest, preprocess
from slu.workflows.listening import Progress, nothing
from slu.workflows.spreading import mapper

if TYPE_CHECKING:
    from slu.data.imports import ImportReport
    from slu.data.ingest import IngestReport
    from slu.data.preprocess import PreprocessReport
    from slu.data.synthesis import SynthesisReport

Step = Callable[[str], AbstractContextManager[Progress]]
"""Opens a step of the work by its title, and gives who is told how far it is."""


def _unwatched(_title: str) -> AbstractContextManager[Progress]:
    return nullcontext(nothing)


@dataclass(frozen=True)
class PrepareReport:
    """What `prepare` did."""

    spoken: "SynthesisReport | None"
    """None where nothing was spoken."""
    taken_in: "IngestReport"
    features: "PreprocessReport"


def prepare(
    corpus: CorpusConfig | None,
    out_dir: Path,
    data: DataConfig,
    features: PreprocessConfig,
    settings: Settings,
    step: Step = _unwatched,
) -> PrepareReport:
    """Speak a catalogue, take in all recordings, and compute the features that are missing.

    Args:
        corpus: the catalogue; none: nothing is spoken, only what is there is taken in.
        out_dir: where the spoken clips go, in place of those that were spoken before.
        data: sources, slots, splits.
        features: front end and framing.
        settings: where the project is.
        step: told what is being done.

    Raises:
        SLUError: a step failed; those after it did not run.
    """
    spoken = None
    if corpus is not None:
        check_slots(corpus, data)
        from slu.data.synthesis import synthesise_corpus

        with step("Speaking") as progress:
            spoken = synthesise_corpus(
                corpus, out_dir, replace=True, progress=progress, mapper=mapper(settings)
            )
    with step("Reading recordings") as progress:
        taken_in = ingest(data, settings, progress)
    with step("Computing features") as progress:
        report = preprocess(taken_in.metadata_path, features, settings, progress)
    return PrepareReport(spoken, taken_in, report)


def check_slots(corpus: CorpusConfig, data: DataConfig) -> None:
    """Check that what is spoken is what is read.

    Raises:
        ConfigError: the catalogue has other slots.
    """
    if set(corpus.slots) != set(data.slots):
        raise ConfigError(
            f"the catalogue has the slots {', '.join(corpus.slots)} and configs/data.yaml reads "
            f"{', '.join(data.slots)}; list the same slots in both"
        )


def import_zip(
    path: Path,
    name: str,
    corpus: CorpusConfig,
    data: DataConfig,
    settings: Settings,
    progress: Progress = nothing,
) -> "ImportReport":
    """Take a zip of labelled recordings in as a set of its own, `data/raw/<name>`.

    Raises:
        DataError: the zip, its table or the name cannot be used.
    """
    from slu.data.imports import Importer

    importer = Importer(settings.data_dir / "raw", name, data, corpus, progress)
    with path.open("rb") as file:
        return importer.take_zip(file)
