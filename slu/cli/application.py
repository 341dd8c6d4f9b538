"""The command line application: commands by topic, errors as one line, exit codes."""

import errno
import logging
import signal
import sys
from typing import NoReturn

import typer

from slu.cli.adapting import adapt_commands
from slu.cli.bench import bench_commands
from slu.cli.data import data_commands
from slu.cli.evaluation import evaluation_commands
from slu.cli.following import hand_over, is_handed_over
from slu.cli.jobs import job_commands
from slu.cli.models import model_commands
from slu.cli.runs import run_commands
from slu.cli.tuning import study_commands, tuning_commands
from slu.cli.use import use_commands
from slu.errors import ConfigError, SLUError
from slu.settings import get_settings

FAILED = 1
WRONG_USAGE = 2

# What Typer makes of a KeyboardInterrupt.
_INTERRUPTED = 130

application = typer.Typer(
    name="slu",
    help="SLU Studio: short spoken orders recognised straight from sound.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (
    data_commands,
    model_commands,
    adapt_commands,
    tuning_commands,
    evaluation_commands,
    use_commands,
    bench_commands,
):
    application.add_typer(commands)
application.add_typer(job_commands, name="jobs")
application.add_typer(run_commands, name="runs")
application.add_typer(study_commands, name="studies")


def main() -> None:
    """Run a command; exit with 0 (done), 1 (failed) or 2 (wrong usage)."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    # A cancelled job tidies up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if is_handed_over(sys.argv[1:], get_settings()):
            hand_over(sys.argv[1:], get_settings())
        else:
            application(prog_name="slu")
    except ConfigError as error:
        _fail(error, WRONG_USAGE)
    except SLUError as error:
        _fail(error, FAILED)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _fail("the disk is full; free some space and run this again", FAILED)
        reason = f"{error.filename or 'a file'}: {error.strerror or error}"
        _fail(f"{reason}; check its path, its permissions and the free space", FAILED)
    except KeyboardInterrupt:
        _fail("stopped", FAILED)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            _fail("stopped", FAILED)
        raise


def _fail(reason: object, code: int) -> NoReturn:
    sys.stderr.write(f"slu: {reason}\n")
    sys.exit(code)
