"""One function for each thing a user does; the command line, the API and the pages call these.

Modules that need torch are imported where they are used, so that serving stays light.
"""

from slu.workflows.corpus import explore, ingest, preprocess, synthesise
from slu.workflows.listening import Progress, TrainListener
from slu.workflows.training import train, train_best, tune
from slu.workflows.versions import (
    bench,
    evaluate,
    export_model,
    labelled_recordings,
    monitor_report,
    open_registry,
)

__all__ = [
    "Progress",
    "TrainListener",
    "bench",
    "evaluate",
    "explore",
    "export_model",
    "ingest",
    "labelled_recordings",
    "monitor_report",
    "open_registry",
    "preprocess",
    "synthesise",
    "train",
    "train_best",
    "tune",
]
