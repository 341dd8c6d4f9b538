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
    features_path: Path,
    recordings: Path | None,
    config: AdaptConfig,
    settings: Settings,
    *,
    version: str | None = None,
    listener: TrainListener | None = None,
) -> "TeachingReport":
    """Teach a version the voices of a few recordings; the new version is registered.

    Args:
        features_path: `metadata_features.csv` of the corpus that the version learnt from.
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
    if not features_path.exists():
        raise DataError(
            f"{features_path} is missing: a model is reminded of what it knows while it learns; "
            "run `slu prepare` first"
        )

    from slu.teaching import teach
    from slu.training.lesson import check_corpus, prepare_lesson
    from slu.training.utterances import load_corpus

    listener = listener or TrainListener()
    known = registry.config(base)
    corpus = load_corpus(features_path)
    check_corpus(corpus, known)
    lesson = prepare_lesson(
        corpus,
        recordings,
        config,
        known.get("heard", ()),
        settings.data_dir / "features",
        listener.on_listen,
    )
    return teach(base, lesson, config, registry, settings.artifacts_dir / name, listener)
