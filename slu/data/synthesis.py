"""A labelled corpus of clips, spoken by a synthesiser."""

import hashlib
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from slu.audio.types import Waveform
from slu.config import CorpusConfig, EngineConfig, save_config
from slu.data import command_engine, espeak
from slu.data.metadata import SYNTHETIC, metadata_columns, read_table, utterance_id
from slu.data.negatives import Clip, plan_negatives
from slu.data.parallel import Progress, map_parallel, no_progress
from slu.data.sounds import SAMPLE_RATE as SOUND_RATE
from slu.data.sounds import make_sound, mix_babble
from slu.data.spreading import Mapper
from slu.data.utterances import Utterance, plan_utterances
from slu.errors import SynthesisError
from slu.files import write_csv

SOURCE = SYNTHETIC
"""What the column `source` says of these clips."""

# Below this share of the peak a sample is silence around the speech.
_SILENCE = 1e-3
_FILES = {"metadata.csv", "corpus.yaml", "wav"}
# Phrases that a process is given together: 0.1 s of work.
_CHUNK = 32


def synthesise_corpus(
    config: CorpusConfig,
    out_dir: Path,
    *,
    replace: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
    mapper: Mapper = map_parallel,
) -> Path:
    """Speak a catalogue.

    Writes `metadata.csv`, `wav/<id>.wav` (16 bits, the engine's sample rate) and `corpus.yaml`
    (the configuration used), all or nothing. Equal configurations give equal files, whatever the
    number of processes and machines.

    Args:
        config: what is said, by whom, how often.
        out_dir: a folder that does not exist yet, or is empty.
        replace: whether a corpus that was spoken before may be in it; it goes when the new one is
            whole. Anything else that is there stays, as an error.
        workers: most processes; none: one a core.
        progress: told after each clip.
        mapper: spreads the work.

    Returns:
        the path of `metadata.csv`.

    Raises:
        SynthesisError: `out_dir` is in use, a voice is missing, or the engine failed.
    """
    _check_usable(out_dir, replace)
    clips: list[Clip] = [*plan_utterances(config), *plan_negatives(config)]
    chunk = _CHUNK if workers is None else math.ceil(len(clips) / workers)
    with _becoming(out_dir, replace) as folder:
        recorder = _Recorder(config.engine, tuple(config.slots), folder / "wav")
        rows = list(mapper(recorder, clips, chunk=chunk, progress=progress))
        table = pd.DataFrame(rows, columns=metadata_columns(tuple(config.slots)))
        _check_ids(table["id"])
        save_config(config, folder / "corpus.yaml")
        write_csv(folder / "metadata.csv", table)
    return out_dir / "metadata.csv"


def is_spoken(folder: Path) -> bool:
    """Whether a folder holds what `synthesise_corpus` wrote, and nothing else."""
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != _FILES:
        return False
    return set(read_table(folder / "metadata.csv").get("source", [])) == {SOURCE}


def speak_utterance(utterance: Utterance, engine: EngineConfig) -> tuple[Waveform, int]:
    """Speak a planned utterance, without its pauses.

    Returns:
        samples, shape = (T,), and their sample rate in Hz.

    Raises:
        SynthesisError: the engine failed, or nothing can be heard.
    """
    if engine.name == "command":
        return command_engine.speak(utterance.spoken, engine, utterance.voice.variant)
    return espeak.speak(utterance.spoken, utterance.voice, utterance.delivery)


@dataclass(frozen=True)
class _Recorder:
    """Makes clips and writes them down; sent to the processes that do the work."""

    engine: EngineConfig
    slots: tuple[str, ...]
    wav_dir: Path

    def __call__(self, clip: Clip) -> dict[str, object]:
        """Write one clip; its row of `metadata.csv`."""
        waveform, sample_rate = render_clip(clip, self.engine)
        content = _encode_wav(waveform, sample_rate)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"{utterance_id(sha256)}.wav"
        (self.wav_dir / name).write_bytes(content)
        return {
            "id": utterance_id(sha256),
            "path": f"{self.wav_dir.name}/{name}",
            "text": clip.text,
            **dict(zip(self.slots, clip.labels, strict=True)),
            "speaker": clip.speaker,
            "source": SOURCE,
            "split": clip.split,
            "duration_s": round(waveform.size / sample_rate, 4),
            "sample_rate": sample_rate,
            "sha256": sha256,
        }


def render_clip(clip: Clip, engine: EngineConfig) -> tuple[Waveform, int]:
    """Make a planned clip.

    Returns:
        samples, shape = (T,), and their sample rate in Hz.

    Raises:
        SynthesisError: the engine failed, or nothing can be heard.
    """
    if isinstance(clip, Utterance):
        speech, sample_rate = _speech_alone(clip, engine)
        pauses_s = (clip.pause_before_s, clip.pause_after_s)
        return np.pad(speech, [round(pause * sample_rate) for pause in pauses_s]), sample_rate
    rng = np.random.default_rng(clip.seed)
    if clip.kind is not None:
        return make_sound(clip.kind, clip.duration_s, rng), SOUND_RATE
    spoken = [_speech_alone(speaker, engine) for speaker in clip.speakers]
    sample_rate = spoken[0][1]
    n_samples = round(clip.duration_s * sample_rate)
    return mix_babble([speech for speech, _ in spoken], n_samples, rng), sample_rate


def _speech_alone(utterance: Utterance, engine: EngineConfig) -> tuple[Waveform, int]:
    """What is heard of an utterance, without the engine's own silence."""
    waveform, sample_rate = speak_utterance(utterance, engine)
    levels = np.abs(waveform)
    heard = np.flatnonzero(levels > _SILENCE * levels.max())
    speech = waveform[heard[0] : heard[-1] + 1]
    return speech[: max(1, round(utterance.kept * speech.size))], sample_rate


def _encode_wav(waveform: Waveform, sample_rate: int) -> bytes:
    content = BytesIO()
    soundfile.write(content, waveform, sample_rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


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
