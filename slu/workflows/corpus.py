"""From a catalogue or labelled sources to features."""

from pathlib import Path
from typing import TYPE_CHECKING

from slu.config import CorpusConfig, DataConfig, PreprocessConfig
from slu.settings import Settings
from slu.workflows.listening import Progress, nothing
from slu.workflows.spreading import mapper

if TYPE_CHECKING:
    from slu.data.eda import CorpusSummary
    from slu.data.ingest import IngestReport
    from slu.data.preprocess import FeaturePlan, PreprocessReport
    from slu.data.synthesis import SynthesisReport


def synthesise(
    config: CorpusConfig, out_dir: Path, settings: Settings, progress: Progress = nothing
) -> "SynthesisReport":
    """Speak a catalogue."""
    from slu.data.synthesis import synthesise_corpus

    return synthesise_corpus(config, out_dir, progress=progress, mapper=mapper(settings))


def ingest(config: DataConfig, settings: Settings, progress: Progress = nothing) -> "IngestReport":
    """Merge, check, label and split the sources."""
    from slu.data.ingest import ingest as run

    return run(config, settings.project_root, progress)


def explore(metadata_path: Path, output_dir: Path) -> "CorpusSummary":
    """Write `summary.json` and the histograms of a corpus."""
    from slu.data.eda import write_eda

    return write_eda(metadata_path, output_dir)


def preprocess(
    metadata_path: Path, config: PreprocessConfig, settings: Settings, progress: Progress = nothing
) -> "PreprocessReport":
    """Compute the features that are missing."""
    from slu.data.preprocess import preprocess as run

    features_root = settings.data_dir / "features"
    return run(metadata_path, config, features_root, progress, mapper(settings))


def plan_features(
    metadata_path: Path, config: PreprocessConfig, settings: Settings
) -> "FeaturePlan":
    """What `preprocess` would do; nothing is computed."""
    from slu.data.preprocess import plan_features as plan

    return plan(metadata_path, config, settings.data_dir / "features")
