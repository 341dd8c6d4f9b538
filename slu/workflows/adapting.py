"""From a version and a few recordings to a version that knows these voices."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slu.config import AdaptConfig
from slu.errors import DataError
from slu.settings import Settings
from slu.workflows.listening import TrainListener
from slu.workflows.versions import open_registry

if TYPE_CHECKING:
    from slu.evaluation.teaching import TeachingReport


def adapt(
    metadata_path: Path,
    recordings: Path | None,
    config: AdaptConfig,
    settings: Settings,
    *,
    version: str | None = None,
    listener: TrainListener | None = None,
) -> "TeachingReport":
    """Teach a version the voices of a few recordings; the new version is registered.

    Args:
        metadata_path: the corpus that the version learnt from; its features are computed where
            they are missing.
        recordings: labelled table of recordings, or its folder; none: the recorded ones of the
            corpus.
        config: how.
        settings: where the project is.
        version: that is taught; without one, the one in use.
        listener: told how it goes, and asked whether to stop.

    Raises:
        SLUError: the recordings, the corpus or the version cannot be used, or it was stopped; the
            project is then as it was.
    """
    registry = open_registry(settings)
    base = registry.get(version)
    name = config.run_name or f"voice-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    registry.check_new(name)
    if not metadata_path.exists():
        raise DataError(
            f"{metadata_path} is missing: a model is reminded of what it knows while it learns; "
            "make clips on the page Data, or run `slu prepare`"
        )

    from slu.teaching import teach
    from slu.training.lesson import corpus_of, prepare_lesson

    listener = listener or TrainListener()
    known, features_root = registry.config(base), settings.data_dir / "features"
    corpus = corpus_of(known, metadata_path, features_root, listener.on_listen)
    heard = known.get("heard", ())
    lesson = prepare_lesson(corpus, recordings, config, heard, features_root, listener.on_listen)
    return teach(base, lesson, config, registry, settings.artifacts_dir / name, listener)
