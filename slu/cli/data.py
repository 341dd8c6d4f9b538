"""Commands that make and prepare a corpus."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slu import workflows
from slu.cli.console import SetOption, notes, output, progress_bar
from slu.config import (
    CorpusConfig,
    DataConfig,
    PreprocessConfig,
    load_config,
    load_configs,
    parse_overrides,
)
from slu.errors import DataError
from slu.files import write_json
from slu.settings import get_settings

if TYPE_CHECKING:
    from slu.data.ingest import IngestReport
    from slu.data.preprocess import PreprocessReport
    from slu.data.synthesis import SynthesisReport

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
        report = workflows.synthesise(corpus, out, get_settings(), progress)
    _note_broken(report)
    output.print(f"{report.n_clips} clips are in {report.metadata_path}. Next: slu ingest")


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
    _note_losses(report)
    output.print(
        f"{report.n_utterances} recordings are in {report.metadata_path} "
        f"({_in_words(report.splits)})."
    )


@data_commands.command()
def prepare(
    config: Annotated[Path, typer.Option(help="Catalogue, phrases and voices.")] = Path(
        "configs/corpus.yaml"
    ),
    out: Annotated[
        Path, typer.Option(help="Folder of the spoken clips; those of before are replaced.")
    ] = Path("data/raw/warung"),
    data_config: Annotated[Path, typer.Option(help="Sources, slots, splits.")] = Path(
        "configs/data.yaml"
    ),
    preprocess_config: Annotated[Path, typer.Option(help="Front end and framing.")] = Path(
        "configs/preprocess.yaml"
    ),
    synth: Annotated[
        bool, typer.Option(help="Speak the catalogue first, or only take in what is there.")
    ] = True,
) -> None:
    """Speak a catalogue, take in all recordings, compute the features: synth to preprocess."""
    data, features = load_configs(
        [(DataConfig, data_config, {}), (PreprocessConfig, preprocess_config, {})]
    )
    corpus = load_config(CorpusConfig, config) if synth else None
    report = workflows.prepare(corpus, out, data, features, get_settings(), progress_bar)
    if report.spoken is not None:
        _note_broken(report.spoken)
    _note_losses(report.taken_in)
    _note_failures(report.features)
    output.print(
        f"{report.features.n_utterances} recordings are ready "
        f"({_in_words(report.taken_in.splits)}). Next: slu train"
    )


@data_commands.command("import")
def import_zip(
    file: Annotated[Path, typer.Argument(help="Zip of recordings with one CSV of their labels.")],
    name: Annotated[str, typer.Option(help="Name of the new set, a folder of data/raw.")],
    corpus_config: Annotated[Path, typer.Option(help="Catalogue, whose labels are known.")] = Path(
        "configs/corpus.yaml"
    ),
    data_config: Annotated[Path, typer.Option(help="Slots and column names.")] = Path(
        "configs/data.yaml"
    ),
    problems_path: Annotated[
        Path | None, typer.Option(help="JSON file for what is wrong with rows.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the zip afterwards.")] = False,
) -> None:
    """Take in a zip of labelled recordings, if all of its rows are good."""
    corpus, data = load_configs([(CorpusConfig, corpus_config, {}), (DataConfig, data_config, {})])
    try:
        with progress_bar("Checking recordings") as progress:
            report = workflows.import_zip(file, name, corpus, data, get_settings(), progress)
    finally:
        if delete:
            file.unlink(missing_ok=True)
    if problems_path is not None:
        write_json(problems_path, [vars(problem) for problem in report.problems])
    for problem in report.problems:
        notes.print(f"row {problem.row}, {problem.file or 'no file'}: {problem.problem}")
    if report.problems:
        n_bad = len({problem.row for problem in report.problems})
        raise DataError(
            f"nothing was imported: {n_bad} of {report.n_rows} rows of {file.name} are wrong; "
            "mend them and import all of it again"
        )
    output.print(f"{report.n_rows} recordings are in {report.folder}. Next: slu ingest")


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
    _note_failures(report)


def _note_broken(report: "SynthesisReport") -> None:
    if report.faults:
        notes.print(
            f"{sum(report.faults.values())} takes came out broken ({_in_words(report.faults)}) and "
            f"were spoken again; {report.n_left_out} clips stayed broken and are left out; see "
            f"{report.metadata_path.with_name('broken.csv')}"
        )


def _note_losses(report: "IngestReport") -> None:
    folder = report.metadata_path.parent
    if report.n_rejected:
        notes.print(f"{report.n_rejected} rows cannot be used; see {folder / 'rejected.csv'}")
    if report.n_flagged:
        notes.print(
            f"{report.n_flagged} recordings are flagged ({report.n_left_out} of them left out); "
            f"see {folder / 'quality.csv'}"
        )


def _note_failures(report: "PreprocessReport") -> None:
    for path, reason in report.failures:
        notes.print(f"no features: {path}: {reason}")


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
