"""flite, a small synthesiser whose voices are made of recorded speech, beside eSpeak's.

Its voices are American and Scottish, and speak any language of eSpeak with that accent. Models that
heard them understand people far better (docs/results.md).
"""

import shutil
from typing import Final

from slu.config import CorpusConfig
from slu.config.engine import FurtherEngineConfig

_PROGRAM: Final = "flite"
SHARE: Final = 0.3
"""Of the clips, which it speaks."""

_COMMAND: Final = _PROGRAM + " -voice {voice} --setf duration_stretch={stretch} %s -o {out}"
# Fewer than three of an engine are heard in training alone, where they are worth most.
_VOICES: Final = (("slt", "rms"), ("awb", "kal16"))


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which(_PROGRAM) is not None


def speaks_in(corpus: CorpusConfig) -> bool:
    """Whether it speaks some of the clips."""
    return any(_is_flite(other) for other in corpus.more_engines)


def with_flite(
    others: tuple[FurtherEngineConfig, ...], language: str
) -> tuple[FurtherEngineConfig, ...]:
    """Further engines, and flite in a language of eSpeak."""
    reads = language.partition("-")[0] == "en"
    entries = {
        "command": _COMMAND % ("-t {text}" if reads else "-p {phones}"),
        "language": "" if reads else language,
        "share": SHARE / len(_VOICES),
    }
    engines = [FurtherEngineConfig.model_validate({**entries, "voices": v}) for v in _VOICES]
    return (*without_flite(others), *engines)


def without_flite(engines: tuple[FurtherEngineConfig, ...]) -> tuple[FurtherEngineConfig, ...]:
    """Further engines but flite."""
    return tuple(engine for engine in engines if not _is_flite(engine))


def _is_flite(other: FurtherEngineConfig) -> bool:
    return other.engine.program == _PROGRAM
