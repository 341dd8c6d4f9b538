import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from slu.config import EngineConfig
from slu.data.command_engine import speak
from slu.errors import SynthesisError

WRITE_TONE = """
import sys, numpy, soundfile
text, out, voice = sys.argv[1:]
level = 0.5 if text == "satu dua; $(echo)" else 0.25
soundfile.write(out, numpy.full((800, 2), [level, 0.0]), 8000 if voice == "slow" else 16000)
"""


def engine(tmp_path: Path, script: str, timeout_s: float = 30.0) -> EngineConfig:
    path = tmp_path / "synthesiser.py"
    path.write_text(script, "utf-8")
    program = shlex.join([sys.executable, str(path)])
    command = f"{program} {{text}} {{out}} '{{voice}}'"
    return EngineConfig(name="command", command=command, timeout_s=timeout_s)


def test_the_program_is_given_text_and_voice(tmp_path: Path) -> None:
    samples, sample_rate = speak("satu dua; $(echo)", engine(tmp_path, WRITE_TONE), "slow")
    assert sample_rate == 8000
    np.testing.assert_allclose(samples, np.full(800, 0.25), atol=1e-3)


def test_the_program_is_told_how_slow_to_be(tmp_path: Path) -> None:
    script = (
        "import sys, soundfile; soundfile.write(sys.argv[1], [float(sys.argv[2]) / 2] * 9, 8000)"
    )
    path = tmp_path / "synthesiser.py"
    path.write_text(script, "utf-8")
    command = shlex.join([sys.executable, str(path)]) + " {out} {stretch} {text}"
    slow = EngineConfig(name="command", command=command)
    samples, _ = speak("satu", slow, stretch=4 / 3)
    np.testing.assert_allclose(samples, np.full(9, 1.333 / 2), atol=1e-3)


def test_a_text_cannot_become_a_placeholder(tmp_path: Path) -> None:
    samples, _ = speak("{out}", engine(tmp_path, WRITE_TONE))
    np.testing.assert_allclose(samples, np.full(800, 0.125), atol=1e-3)


def test_the_program_is_named_without_folder() -> None:
    command = "'/opt/my tools/flite.exe' -t {text} -o {out}"
    assert EngineConfig(name="command", command=command).program == "flite"
    assert EngineConfig(command=command).program == ""


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('bad\\nno such voice\\n')", r"exit code 1 \(no such voice\)"),
        ("raise SystemExit(3)", r"exit code 3 \(it said nothing\)"),
        ("", "wrote no file"),
        ("import sys; open(sys.argv[2], 'w').close()", "wrote a file that is no wav"),
        ("import sys; open(sys.argv[2], 'w').write('RIFF')", "wrote a file that is no wav"),
        (
            "import sys, soundfile; soundfile.write(sys.argv[2], [0.0] * 100, 8000)",
            "wrote a wav without sound",
        ),
        (
            "import sys, soundfile; soundfile.write(sys.argv[2], [], 8000)",
            "wrote a wav without sound",
        ),
        (
            "import sys, soundfile as s; s.write(sys.argv[2], [float('nan')], 8000, 'FLOAT')",
            "wrote a wav without sound",
        ),
    ],
)
def test_failures_say_why(tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(SynthesisError, match=message):
        speak("satu", engine(tmp_path, script))


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match=r"took longer than 0\.2 s"):
        speak("satu", engine(tmp_path, "import time; time.sleep(60)", timeout_s=0.2))


def test_a_missing_program_is_named() -> None:
    config = EngineConfig(name="command", command="no-such-synthesiser {text} {out}")
    with pytest.raises(SynthesisError, match=r"no-such-synthesiser cannot be started \(No such"):
        speak("satu", config)
