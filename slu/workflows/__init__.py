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
    bench_voices,
    evaluate,
    export_model,
    labelled_recordings,
    labelled_tables,
    monitor_report,
    open_registry,
    sweep_noise,
)

__all__ = [
    "MapReport",
    "PrepareReport",
    "Progress",
    "TrainListener",
    "adapt",
    "bench",
    "bench_few_shot",
    "bench_voices",
    "check_slots",
    "embed",
    "evaluate",
    "explore",
    "export_model",
    "import_zip",
    "ingest",
    "labelled_recordings",
    "labelled_tables",
    "monitor_report",
    "open_registry",
    "plan_features",
    "prepare",
    "preprocess",
    "sweep_noise",
    "synthesise",
    "train",
    "train_best",
    "tune",
]
