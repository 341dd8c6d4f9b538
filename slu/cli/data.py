"""Commands that make and prepare a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from slu import workflows
from slu.cli.console import SetOption, notes, output, progress_bar
from slu.config import CorpusConfig, DataConfig, PreprocessConfig, load_config, parse_overrides
from slu.settings import get_settings

data_commands = typer.Typer()


@data_commands.command()
def synth(
    config: Annotated[Path, typer.Option(help="Catalogue, phrases and voices.")] = Path(
        "configs/corpus.yaml"
    ),
    out: Annotated[Path, typer.Option(help="Folder of the new corpus.")] = Path("data/raw/warung"),
    settings: SetOption = None,
) -> None:
    """Speak a catalogue with synthetic voices: a labelled corpus in seconds."""
    overrides = parse_overrides(settings or [], ["corpus"])
    corpus = load_config(CorpusConfig, config, overrides["corpus"])
    with progress_bar("Speaking") as progress:
        metadata = workflows.synthesise(corpus, out, progress)
    output.print(f"{corpus.utterances} clips are in {metadata}. Next: slu ingest")


@data_commands.command()
def ingest(
    config: Annotated[Path, typer.Option(help="Sources, slots, splits.")] = Path(
        "configs/data.yaml"
    ),
    settings: SetOption = None,
) -> None:
    """Merge labelled sources into one checked corpus with speaker-disjoint splits."""
    data = load_config(DataConfig, config, parse_overrides(settings or [], ["data"])["data"])
    with progress_bar("Reading recordings") as progress:
        report = workflows.ingest(data, get_settings(), progress)
    folder = report.metadata_path.parent
    splits = ", ".join(f"{name} {count}" for name, count in sorted(report.splits.items()))
    output.print(f"{report.n_utterances} recordings are in {report.metadata_path} ({splits}).")
    if report.n_rejected:
        notes.print(f"{report.n_rejected} rows cannot be used; see {folder / 'rejected.csv'}")
    if report.n_flagged:
        notes.print(
            f"{report.n_flagged} recordings are flagged ({report.n_left_out} of them left out); "
            f"see {folder / 'quality.csv'}"
        )


@data_commands.command()
def eda(
    metadata: Annotated[Path, typer.Option(help="Table of the corpus.")] = Path(
        "data/processed/metadata.csv"
    ),
    output_dir: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("artifacts/eda"),
) -> None:
    """Describe a corpus: summary.json, label counts and durations as figures."""
    summary = workflows.explore(metadata, output_dir)
    output.print(
        f"{summary.utterances} recordings, {summary.total_duration_s / 60:.1f} minutes, "
        f"{len(summary.speakers)} speakers; see {output_dir}"
    )


@data_commands.command()
def preprocess(
    metadata: Annotated[Path, typer.Option(help="Table of the corpus.")] = Path(
        "data/processed/metadata.csv"
    ),
    config: Annotated[Path, typer.Option(help="Front end and framing.")] = Path(
        "configs/preprocess.yaml"
    ),
    settings: SetOption = None,
) -> None:
    """Compute features; only what is missing, so that a killed run continues."""
    overrides = parse_overrides(settings or [], ["preprocess"])
    chosen = load_config(PreprocessConfig, config, overrides["preprocess"])
    with progress_bar("Computing features") as progress:
        report = workflows.preprocess(metadata, chosen, get_settings(), progress)
    output.print(
        f"{report.n_utterances} recordings have features ({report.n_computed} new) in "
        f"{report.store}; the table is {report.features_path}. Next: slu train"
    )
    for path, reason in report.failures:
        notes.print(f"no features: {path}: {reason}")
