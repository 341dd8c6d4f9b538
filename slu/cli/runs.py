"""Commands that look after training runs."""

from typing import Annotated

import typer
from rich.table import Table

from slu.cli.console import notes, output
from slu.errors import JobError
from slu.jobs import open_jobs
from slu.runs import delete_run, differing_settings, list_runs, read_run
from slu.settings import get_settings

run_commands = typer.Typer(
    help="See, compare and delete training runs, finished or not.", no_args_is_help=True
)

RunNames = Annotated[list[str], typer.Argument(metavar="RUN…", help="Two runs or more.")]


@run_commands.command(name="list")
def list_all() -> None:
    """List training runs, newest first."""
    runs, problems = list_runs(get_settings())
    table = Table("run", "model", "state", "epochs", "best in validation")
    for run in runs:
        best = run.history.best
        done = f"{len(run.history.records)} of {run.epochs}"
        accuracy = f"{best['val_joint_accuracy']:.4f}" if best else ""
        table.add_row(run.name, run.model, run.state, done, accuracy)
    output.print(table)
    for problem in problems:
        notes.print(problem)


@run_commands.command()
def compare(names: RunNames) -> None:
    """Show the settings in which runs differ."""
    runs = {name: read_run(get_settings(), name).settings for name in names}
    table = Table("setting", *runs)
    for key, values in differing_settings(runs).items():
        table.add_row(key, *(str(values.get(name, "")) for name in runs))
    output.print(table)


@run_commands.command()
def delete(name: Annotated[str, typer.Argument(metavar="RUN", help="An unfinished run.")]) -> None:
    """Delete a run that did not become a model, with all that it learned."""
    settings = get_settings()
    for job in open_jobs(settings).list():
        if job.parameters.get("run") == name and not job.status.is_final:
            raise JobError(f"{name} is at work; end it first with `slu jobs cancel {job.id}`")
    delete_run(settings, name)
    output.out(f"{name} is deleted.", highlight=False)
