"""From features to versions: one training, or a search for better settings."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slu.config import ModelConfig, PreprocessConfig, TrainConfig, save_config
from slu.config.tune import TuneConfig
from slu.errors import ModelError
from slu.registry import RegistryEntry
from slu.settings import Settings
from slu.workflows.listening import Progress, TrainListener, never, nothing
from slu.workflows.spreading import run_workers
from slu.workflows.versions import open_registry

if TYPE_CHECKING:
    from slu.training.utterances import Corpus
    from slu.tuning.search import StudyReport
    from slu.tuning.study import TrialSummary


def train(
    features_path: Path,
    model_config: ModelConfig,
    train_config: TrainConfig,
    settings: Settings,
    *,
    preprocess: PreprocessConfig | None = None,
    resume: bool = False,
    listener: TrainListener | None = None,
) -> RegistryEntry:
    """Train a model, evaluate it on validation and test clips, and register it.

    The first version of a project is promoted, so that there is something to talk to.

    Args:
        features_path: `metadata_features.csv`.
        model_config: which model.
        train_config: how.
        settings: where the run goes.
        preprocess: features to learn from, computed where they are missing; none: those that the
            table holds.
        resume: go on with a run that was stopped: the one that `train_config` names, or the last.
        listener: told how it goes, and asked whether to stop.

    Raises:
        SLUError: as the steps say; nothing is registered then, and `resume` continues.
    """
    registry = open_registry(settings)
    name = train_config.run_name or _run_name(model_config, settings, resume)
    registry.check_new(name)

    from slu.training.run import Run
    from slu.training.trainer import Interrupted

    listener = listener or TrainListener()
    corpus = _corpus(features_path, preprocess, settings, listener.on_listen)
    run = Run(settings.artifacts_dir / name, corpus, model_config, train_config)
    listener.on_start(name)
    config = run.train(
        resume=resume,
        on_epoch=listener.on_epoch,
        on_step=listener.on_step,
        should_stop=listener.should_stop,
    )

    from slu.publishing import publish_run

    def tell(done: int, total: int) -> None:
        if listener.should_stop():
            raise Interrupted("evaluation was stopped; continue it with --resume")
        listener.on_evaluate(done, total)

    return publish_run(run.folder, config, corpus, registry, tell)


def tune(
    features_path: Path,
    model_config: ModelConfig,
    train_config: TrainConfig,
    tune_config: TuneConfig,
    settings: Settings,
    *,
    study_name: str,
    storage_url: str,
    n_trials: int,
    preprocess: PreprocessConfig | None = None,
    workers: int = 1,
    on_trial: "Callable[[TrialSummary], None]" = nothing,
    on_listen: Progress = nothing,
    should_stop: Callable[[], bool] = never,
) -> "StudyReport":
    """Search for better settings, or go on with a search.

    Writes figures and `optuna_best.json` to `artifacts/<model>`. See `slu.tuning.search.search`;
    `preprocess` and `on_listen` as for `train`.
    """
    from slu.tuning.search import search

    return search(
        study_name,
        storage_url,
        n_trials,
        model_config,
        train_config,
        _corpus(features_path, preprocess, settings, on_listen),
        tune_config,
        settings.artifacts_dir / model_config.name,
        workers=workers,
        on_trial=on_trial,
        should_stop=should_stop,
        run_workers=run_workers(settings, storage_url),
    )


def train_best(
    features_path: Path,
    study_name: str,
    storage_url: str,
    settings: Settings,
    listener: TrainListener | None = None,
) -> RegistryEntry:
    """Train with the best settings of a study, after writing them to `configs`.

    Files: `model_<name>_best.yaml` and `train_<name>_best.yaml`, with which `slu train` gives the
    same version again.

    Raises:
        StudyError: there is no such study, or none of its trials ran to its end.
    """
    from slu.tuning.study import best_configs, load_study, study_configs

    study = load_study(study_name, storage_url)
    model_config, train_config = best_configs(study)
    configs = settings.project_root / "configs"
    for kind, config in (("model", model_config), ("train", train_config)):
        save_config(config, configs / f"{kind}_{model_config.name}_best.yaml")
    return train(
        features_path,
        model_config,
        train_config,
        settings,
        preprocess=study_configs(study).preprocess,
        listener=listener,
    )


def _corpus(
    features_path: Path,
    preprocess: PreprocessConfig | None,
    settings: Settings,
    on_listen: Progress,
) -> "Corpus":
    """What is trained on; features are computed where they are missing."""
    from slu.training.utterances import compute_corpus, load_corpus

    if preprocess is None:
        return load_corpus(features_path)
    return compute_corpus(features_path, preprocess, settings.data_dir / "features", on_listen)


def _run_name(model_config: ModelConfig, settings: Settings, resume: bool) -> str:
    if resume:
        return _unfinished_run(model_config.name, settings)
    return f"{model_config.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def _unfinished_run(model_name: str, settings: Settings) -> str:
    """The run of this model that was worked on last and is no version yet."""
    registry = open_registry(settings)
    begun = [path.parent for path in settings.artifacts_dir.glob(f"{model_name}-*/config.json")]
    unfinished = [folder for folder in begun if not registry.path_of(folder.name).exists()]
    if not unfinished:
        raise ModelError(f"there is no unfinished run of {model_name}; start one without --resume")
    return max(unfinished, key=lambda folder: folder.stat().st_mtime).name
