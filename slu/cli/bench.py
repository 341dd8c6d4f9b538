"""Commands that measure: speed here and now, and how well people are understood."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from slu import workflows
from slu.cli.console import VersionOption, notes, output
from slu.settings import get_settings

bench_commands = typer.Typer()
bench = typer.Typer(invoke_without_command=True)
bench_commands.add_typer(bench, name="bench")


@bench.callback()
def measure(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="File for the figures as JSON.")] = Path(
        "bench/bench.json"
    ),
) -> None:
    """Measure features, a training epoch, prediction, cold start and memory here and now."""
    if context.invoked_subcommand is not None:
        return
    table = Table("figure", "value", "unit", "should be")
    for m in workflows.bench(get_settings(), out, notes.print):
        table.add_row(m.name, f"{m.value:.3g}", m.unit, m.target)
    output.print(table)
    output.print(f"The figures are in {out}")


@bench.command()
def voices(
    config: Annotated[Path, typer.Option(help="The suite: what is spoken, trained and scored.")],
    recordings: Annotated[
        Path, typer.Option(help="Labelled table of recordings of people (metadata.csv).")
    ],
    output_dir: Annotated[
        Path | None, typer.Option(help="Default: bench/voices/<name of the suite>.")
    ] = None,
) -> None:
    """Train on a spoken catalogue and score on people; nothing of theirs is trained on."""
    folder = output_dir or Path("bench/voices") / config.stem
    table = Table("score", "mean over seeds (95 % interval)", "each seed", "recordings")
    for score in workflows.bench_voices(config, recordings, folder, notes.print):
        seeds = ", ".join(f"{value:.4f}" for value in score.seeds)
        table.add_row(score.name, str(score.mean), seeds, str(score.recordings))
    output.print(table)
    output.print(f"Scores and predictions are in {folder}")


@bench.command()
def rejection(
    config: Annotated[Path, typer.Option(help="The suite: catalogue, sentences, noise.")] = Path(
        "configs/bench/rejection.yaml"
    ),
    model: VersionOption = None,
    recordings: Annotated[
        Path | None, typer.Option(help="Table of recordings that are no orders (a column path).")
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Default: bench/rejection/<name of the suite>.")
    ] = None,
) -> None:
    """Count what a model answers that is no order, and the orders that it turns away."""
    folder = output_dir or Path("bench/rejection") / config.stem
    table = Table("clips", "how many", "wrong (95 % interval)", "should be")
    scores = workflows.bench_rejection(
        get_settings(), config, model, recordings, folder, notes.print
    )
    for score in scores:
        table.add_row(score.name, str(score.clips), str(score.wrong), score.target)
    output.print(table)
    output.print(f"Scores and answers are in {folder}")


@bench.command("few-shot")
def few_shot(
    config: Annotated[Path, typer.Option(help="The suite: base, counts and draws.")],
    recordings: Annotated[
        Path, typer.Option(help="Labelled table of recordings of people, with speakers.")
    ],
    output_dir: Annotated[
        Path | None, typer.Option(help="Default: bench/few-shot/<name of the suite>.")
    ] = None,
    keep_base: Annotated[
        bool, typer.Option("--keep-base", help="Take the base that the last run trained.")
    ] = False,
) -> None:
    """Teach a model one person after another, and score on the rest of each."""
    folder = output_dir or Path("bench/few-shot") / config.stem
    scores = workflows.bench_few_shot(config, recordings, folder, notes.print, keep_base=keep_base)
    people = list(scores[0].speakers)
    table = Table("recordings a label", "mean over people (95 % interval)", *people, "remembered")
    for score in scores:
        shares = (f"{score.speakers[name]:.4f}" for name in people)
        table.add_row(str(score.count), str(score.mean), *shares, f"{score.remembered:.4f}")
    output.print(table)
    output.print(f"Scores and predictions are in {folder}")
