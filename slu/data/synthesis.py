"""A labelled corpus of clips, spoken by a synthesiser."""

import hashlib
import math
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
import soundfile

from slu.audio.types import Waveform
from slu.config import CorpusConfig, save_config
from slu.data.metadata import SYNTHETIC, metadata_columns, read_table, utterance_id
from slu.data.negatives import Clip, plan_negatives
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.data.rendering import render_clip, speech_alone, stage
from slu.data.retakes import BrokenTake, Row, describe_takes, record_whole
from slu.data.soundness import Fault, find_fault
from slu.data.spreading import Mapper
from slu.data.utterances import Utterance, plan_utterances
from slu.errors import SynthesisError
from slu.files import write_csv

SOURCE = SYNTHETIC
"""What the column `source` says of these clips."""

_FILES = {"metadata.csv", "corpus.yaml", "wav"}
BROKEN_NAME = "broken.csv"
"""Where it is written what was thrown away, if anything was."""
# Phrases that a process is given together: 0.1 s of work.
_CHUNK = 32
# Share of the clips that may be left out; more, and something is wrong with an engine.
_MOST_LEFT_OUT = 0.1


@dataclass(frozen=True)
class SynthesisReport:
    """What became of the clips that were planned."""

    metadata_path: Path
    n_clips: int
    faults: dict[str, int]
    """What was wrong -> how many takes were thrown away for it."""
    n_left_out: int
    """Clips of which every take was broken."""


def synthesise_corpus(
    config: CorpusConfig,
    out_dir: Path,
    *,
    replace: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
    mapper: Mapper = map_parallel,
) -> SynthesisReport:
    """Speak a catalogue.

    Writes `metadata.csv`, `wav/<id>.wav` (16 bits, the engine's sample rate), `corpus.yaml` (the
    configuration used) and, where clips came out broken, `broken.csv`; all or nothing. Equal
    configurations give equal files, whatever the number of processes and machines.

    Args:
        config: what is said, by whom, how often.
        out_dir: a folder that does not exist yet, or is empty.
        replace: whether a corpus that was spoken before may be in it; it goes when the new one is
            whole. Anything else that is there stays, as an error.
        workers: most processes; none: one a core.
        progress: told after each clip.
        mapper: spreads the work.

    Raises:
        SynthesisError: `out_dir` is in use, a voice is missing, an engine failed, or too many clips
            came out broken.
    """
    _check_usable(out_dir, replace)
    clips: list[Clip] = [*plan_utterances(config), *plan_negatives(config)]
    chunk = _CHUNK if workers is None else math.ceil(len(clips) / workers)
    with _becoming(out_dir, replace) as folder:
        recorder = _Recorder(config, folder / "wav")

        def record(clips: Sequence[Clip]) -> list[Row | Fault]:
            return list(mapper(recorder, clips, chunk=chunk, progress=progress))

        rows, broken = record_whole(config, clips, record)
        report = _report(out_dir, len(clips), rows, broken)
        table = pd.DataFrame(rows, columns=metadata_columns(tuple(config.slots)))
        _check_ids(table["id"])
        save_config(config, folder / "corpus.yaml")
        write_csv(folder / "metadata.csv", table)
        if broken:
            write_csv(folder / BROKEN_NAME, describe_takes(broken))
    return report


def is_spoken(folder: Path) -> bool:
    """Whether a folder holds what `synthesise_corpus` wrote, and nothing else."""
    if not folder.is_dir() or _names(folder) - {BROKEN_NAME} != _FILES:
        return False
    return set(read_table(folder / "metadata.csv").get("source", [])) == {SOURCE}


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@dataclass(frozen=True)
class _Recorder:
    """Makes clips and writes them down; sent to the processes that do the work."""

    config: CorpusConfig
    wav_dir: Path

    def __call__(self, clip: Clip) -> Row | Fault:
        """Write one clip; its row of `metadata.csv`, or what is wrong with it."""
        if not isinstance(clip, Utterance):
            return self._write(clip, *render_clip(clip))
        speech, sample_rate = speech_alone(clip)
        fault = find_fault(clip, speech, sample_rate, self.config)
        return fault or self._write(clip, stage(clip, speech, sample_rate), sample_rate)

    def _write(self, clip: Clip, waveform: Waveform, sample_rate: int) -> Row:
        content = _encode_wav(waveform, sample_rate)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"{utterance_id(sha256)}.wav"
        (self.wav_dir / name).write_bytes(content)
        return {
            "id": utterance_id(sha256),
            "path": f"{self.wav_dir.name}/{name}",
            "text": clip.text,
            **dict(zip(self.config.slots, clip.labels, strict=True)),
            "speaker": clip.speaker,
            "source": SOURCE,
            "split": clip.split,
            "duration_s": round(waveform.size / sample_rate, 4),
            "sample_rate": sample_rate,
            "sha256": sha256,
        }


def _encode_wav(waveform: Waveform, sample_rate: int) -> bytes:
    content = BytesIO()
    soundfile.write(content, waveform, sample_rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def _report(
    out_dir: Path, n_planned: int, rows: Sequence[Row], broken: Sequence[BrokenTake]
) -> SynthesisReport:
    faults = Counter(str(take.fault) for take in broken)
    n_left_out = n_planned - len(rows)
    if n_left_out > _MOST_LEFT_OUT * n_planned:
        reasons = ", ".join(f"{fault} {count}" for fault, count in faults.most_common())
        raise SynthesisError(
            f"{n_left_out} of {n_planned} clips came out broken each time they were spoken "
            f"({reasons}); try the engine by hand, or widen the limits under `checks`"
        )
    return SynthesisReport(out_dir / "metadata.csv", len(rows), dict(faults), n_left_out)


def _check_ids(ids: "pd.Series[str]") -> None:
    n_doubles = int(ids.duplicated().sum())
    if n_doubles:
        raise SynthesisError(
            f"{n_doubles} clips sound exactly like another one; ask for fewer utterances, or "
            "widen a range under `voices`"
        )


def _check_usable(out_dir: Path, replace: bool) -> None:
    is_empty = out_dir.is_dir() and not any(out_dir.iterdir())
    if out_dir.exists() and not is_empty and not (replace and is_spoken(out_dir)):
        raise SynthesisError(
            f"{out_dir} already holds something; choose another --out or delete it first"
        )


@contextmanager
def _becoming(out_dir: Path, replace: bool) -> Iterator[Path]:
    """A folder beside `out_dir` that takes its place when the block ends well."""
    final = out_dir.resolve()
    folder = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    old = folder.with_suffix(".old.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wav").mkdir(parents=True)
    try:
        yield folder
        _check_usable(final, replace)
        if final.exists():
            final.rename(old)
        folder.rename(final)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
