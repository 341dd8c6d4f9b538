"""One function for each thing a user does; the command line, the API and the pages call these.

Modules that need torch are imported where they are used, so that serving stays light.
"""

from slu.workflows.adapting import adapt
from slu.workflows.corpus import explore, ingest, plan_features, preprocess, synthesise
from slu.workflows.listening import Progress, TrainListener
from slu.workflows.mapping import MapReport, embed
from slu.workflows.preparing import PrepareReport, check_slots, import_zip, prepare
from slu.workflows.training import train, train_best, tune
from slu.workflows.versions import (
    bench,
    bench_few_shot,
    bench_rejection,
    bench_voices,
    evaluate,
    export_model,
    exported_path,
    labelled_recordings,
    labelled_tables,
    open_registry,
    set_threshold,
    sweep_noise,
)
from slu.workflows.watching import (
    check_alerts,
    monitor_config,
    monitor_report,
    training_reference,
)

__all__ = [
    "MapReport",
    "PrepareReport",
    "Progress",
    "TrainListener",
    "adapt",
    "bench",
    "bench_few_shot",
    "bench_rejection",
    "bench_voices",
    "check_alerts",
    "check_slots",
    "embed",
    "evaluate",
    "explore",
    "export_model",
    "exported_path",
    "import_zip",
    "ingest",
    "labelled_recordings",
    "labelled_tables",
    "monitor_config",
    "monitor_report",
    "open_registry",
    "plan_features",
    "prepare",
    "preprocess",
    "set_threshold",
    "sweep_noise",
    "synthesise",
    "train",
    "train_best",
    "training_reference",
    "tune",
]
