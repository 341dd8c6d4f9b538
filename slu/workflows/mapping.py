"""Clips as a model hears them."""

from dataclasses import dataclass
from pathlib import Path

from slu.inference import Predictor
from slu.registry import Registry
from slu.settings import Settings
from slu.workflows.listening import Progress, nothing


@dataclass(frozen=True)
class MapReport:
    """What became of a corpus on a map."""

    path: Path
    n_clips: int
    n_recordings: int
    """In the corpus; the clips are drawn from them."""
    among_others: dict[str, int]
    """slot -> clips most of whose neighbours have another label."""


def embed(
    metadata_path: Path,
    settings: Settings,
    *,
    version: str | None = None,
    max_clips: int,
    seed: int,
    output_dir: Path | None = None,
    progress: Progress = nothing,
) -> MapReport:
    """Write a map of an ingested corpus by the pooled vectors of a model.

    Args:
        metadata_path: a `metadata.csv` that `slu ingest` wrote.
        settings: of the project.
        version: whose vectors; without one, of the model in use.
        max_clips: more are drawn from at random.
        seed: of the draw and of the reduction to two dimensions.
        output_dir: where to write; without one, in the version's folder.
        progress: told after each clip.

    Raises:
        RegistryError: the version cannot be loaded.
        DataError: the corpus lacks a slot of the model, or has too few clips that can be heard.
    """
    from slu.data.metadata import locate, read_metadata
    from slu.evaluation.embedding import draw_map
    from slu.evaluation.embedding_map import among_others, write_map

    predictor = Predictor.load(
        Registry(settings.project_root, settings.registry_dir), version, settings.inference_threads
    )
    table = read_metadata(metadata_path)
    table["path"] = [locate(cell, metadata_path.parent) for cell in table["path"]]
    clip_map = draw_map(predictor, table, max_clips, seed, progress)
    return MapReport(
        path=write_map(output_dir or settings.artifacts_dir / predictor.version, clip_map),
        n_clips=len(clip_map),
        n_recordings=len(table),
        among_others={slot: len(among_others(clip_map, slot)) for slot in predictor.slots},
    )
