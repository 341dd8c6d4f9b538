import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import counting
import optuna
import pytest
from counting import counting_work
from optuna.trial import TrialState

from slu.errors import DataError
from slu.training.trainer import Interrupted
from slu.tuning.study import FINISHED, finished_trials, load_study, stop_after_trials
from slu.tuning.worker import ERROR, make_pruner, run_worker
