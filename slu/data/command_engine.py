"""Any synthesiser that can be started from a command line and writes a wav file."""

import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from slu.audio.types import Waveform
from slu.config import EngineConfig
from slu.errors import SynthesisError

_PLACEHOLDER = re.compile(r"\{(text|phones|out|voice|stretch)\}")


def speak(
    text: str, engine: EngineConfig, voice: str = "", stretch: float = 1.0
) -> tuple[Waveform, int]:
    """Have a program speak a phrase.

    The command line is taken apart before the text is put in, and is run without a shell: nothing
    in a text can become a command.

    Args:
        text: what stands for `{text}` or `{phones}`.
        engine: command line and time limit.
        voice: what stands for `{voice}`.
        stretch: what stands for `{stretch}`: how long, against the usual length.

    Returns:
        samples, shape = (T,), channels averaged, and their sample rate in Hz.

    Raises:
        SynthesisError: the program is missing, failed, took too long, or wrote no usable wav.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder, "speech.wav")
        values = {
            "text": text,
            "phones": text,
            "out": str(out),
            "voice": voice,
            "stretch": f"{stretch:.3f}",
        }
        arguments = [
            _PLACEHOLDER.sub(lambda match: values[match[1]], argument)
            for argument in shlex.split(engine.command or "")
        ]
        _run(arguments, engine.timeout_s, Path(folder, "stderr"))
        return _read(out, arguments[0])


def _run(arguments: Sequence[str], timeout_s: float, stderr: Path) -> None:
    program = arguments[0]
    try:
        # Into a file: a pipe would keep us waiting for whatever the program left running.
        with stderr.open("wb") as messages:
            status = subprocess.run(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=messages,
                timeout=timeout_s,
                check=False,
            ).returncode
    except subprocess.TimeoutExpired:
        raise SynthesisError(
            f"{program} took longer than {timeout_s:g} s for a phrase; raise timeout_s"
        ) from None
    except OSError as error:
        raise SynthesisError(
            f"{program} cannot be started ({error.strerror}); install it, or mend its command line"
        ) from error
    if status != 0:
        lines = stderr.read_text("utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        raise SynthesisError(f"{program} ended with exit code {status} ({said}); try it by hand")


def _read(wav: Path, program: str) -> tuple[Waveform, int]:
    if not wav.exists():
        raise SynthesisError(f"{program} wrote no file; check where its command line has {{out}}")
    try:
        samples, sample_rate = soundfile.read(wav, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise SynthesisError(
            f"{program} wrote a file that is no wav ({error}); check its output format"
        ) from error
    waveform: Waveform = samples.mean(axis=1)
    if not np.isfinite(waveform).all() or not waveform.any():
        raise SynthesisError(f"{program} wrote a wav without sound; check the voice and the text")
    return waveform, int(sample_rate)
