"""Commands that look after background jobs."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from slu.cli.console import output
from slu.jobs import Job, open_jobs
from slu.settings import get_settings

job_commands = typer.Typer(
    help="Start, see and end background jobs, here or on a cluster.", no_args_is_help=True
)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job, as in the list.")]


@job_commands.command(context_settings={"ignore_unknown_options": True})
def submit(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND…", help="As: train --set train.epochs=5")
    ],
    title: Annotated[str | None, typer.Option(help="What the list calls it.")] = None,
) -> None:
    """Run a command of slu in the background; options of its own go before COMMAND."""
    job = open_jobs(get_settings()).submit(command, title or f"slu {' '.join(command)}")
    output.out(
        f"{job.id} is {job.status}. Next: slu jobs list, slu jobs log {job.id}", highlight=False
    )


@job_commands.command(name="list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest.")] = 20,
) -> None:
    """List background jobs, newest first."""
    table = Table("id", "status", "what", "begun (UTC)", "done", "said")
    for job in open_jobs(get_settings()).list(limit):
        said = job.error or job.result or ""
        begun = f"{job.created_at:%Y-%m-%d %H:%M}"
        # As `Text`, because brackets in words of people mean nothing.
        table.add_row(job.id, job.status, Text(job.title), begun, _done(job), Text(said))
    output.print(table)


@job_commands.command()
def log(job: JobId) -> None:
    """Print the end of what a job said."""
    output.out(open_jobs(get_settings()).log(job).rstrip(), highlight=False)


@job_commands.command()
def cancel(job: JobId) -> None:
    """End a job with all its processes, or take it out of the queue."""
    jobs = open_jobs(get_settings())
    jobs.cancel(job)
    found = jobs.get(job)
    state = "is ending" if found.is_cancelling else found.status
    output.out(f"{found.title}: {state}", highlight=False)


def _done(job: Job) -> str:
    return f"{job.progress.done}/{job.progress.total}" if job.progress else ""
