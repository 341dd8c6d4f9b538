"""Training runs as they lie on the disk: planned, begun or finished; needs no torch."""

from slu.runs.comparison import differing_settings
from slu.runs.history import History, read_history
from slu.runs.plan import check_run_name, delete_run, plan_run, suggest_run_name, train_command
from slu.runs.run import RunState, TrainingRun, list_runs, read_run
from slu.runs.starting import Start, expected_epoch_s, recommended_model, starting_points

__all__ = [
    "History",
    "RunState",
    "Start",
    "TrainingRun",
    "check_run_name",
    "delete_run",
    "differing_settings",
    "expected_epoch_s",
    "list_runs",
    "plan_run",
    "read_history",
    "read_run",
    "recommended_model",
    "starting_points",
    "suggest_run_name",
    "train_command",
]
