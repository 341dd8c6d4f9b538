"""The command that teaches a version the voices of a few recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from slu import workflows
from slu.cli.console import (
    SetOption,
    VersionOption,
    notes,
    output,
    progress_bar,
    stop_on_signals,
)
from slu.config import AdaptConfig, load_config, parse_overrides
from slu.settings import get_settings

if TYPE_CHECKING:
    from slu.evaluation.teaching import BeforeAfter, TeachingReport

adapt_commands = typer.Typer()


@adapt_commands.command()
def adapt(
    recordings: Annotated[
        Path | None,
        typer.Option(
            help="Labelled table of recordings, or its folder, such as data/raw/recorded. "
            "Default: the recorded clips of the corpus."
        ),
    ] = None,
    model: VersionOption = None,
    config: Annotated[Path, typer.Option(help="How gently.")] = Path("configs/adapt.yaml"),
    metadata: Annotated[
        Path, typer.Option(help="Table of the corpus, of which the version is reminded.")
    ] = Path("data/processed/metadata.csv"),
    settings: SetOption = None,
) -> None:
    """Teach a version the voices of a few recordings: a new version, compared with the old one."""
    chosen = load_config(AdaptConfig, config, parse_overrides(settings or [], ["adapt"])["adapt"])
    with (
        stop_on_signals() as should_stop,
        progress_bar("Listening") as on_listen,
        progress_bar("Learning") as on_step,
        progress_bar("Comparing") as on_evaluate,
    ):
        report = workflows.adapt(
            metadata,
            recordings,
            chosen,
            get_settings(),
            version=model,
            listener=workflows.TrainListener(
                on_start=lambda name: notes.print(f"version {name}"),
                on_listen=on_listen,
                on_step=on_step,
                on_evaluate=on_evaluate,
                should_stop=should_stop,
            ),
        )
    _print_report(report)


def _print_report(report: "TeachingReport") -> None:
    for path, reason in report.failures:
        notes.print(f"left out: {path}: {reason}")
    table = Table(
        "all slots right", f"before ({report.base})", f"after ({report.version})", "clips"
    )
    if report.held_back is not None:
        table.add_row("recordings held back", *_cells(report.held_back))
    table.add_row("clips of the corpus", *_cells(report.corpus))
    output.print(table)
    output.print(
        f"{report.version} learnt from {report.recordings} recordings. "
        f"Next: slu promote {report.version}"
    )


def _cells(found: "BeforeAfter") -> tuple[str, str, str]:
    return str(found.before), str(found.after), str(found.utterances)
