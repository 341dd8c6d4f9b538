"""Who speaks: a voice of eSpeak NG, such as `id+f3`, or of another program, such as `flite+slt`."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import espeakng_loader

from slu.config import EngineConfig
from slu.errors import SynthesisError

UNUSABLE_VARIANTS: Final = frozenset(
    [
        # Whispers: no voicing at all.
        *("whisper", "whisperf", "caleb"),
        # Robots, and echoes that never fade.
        *("UniRobot", "anikaRobot", "robosoft", *(f"robosoft{number}" for number in range(2, 9))),
        *("RicishayMax", "RicishayMax2", "RicishayMax3"),
        # Under 90 % of 15 Indonesian words told right by a classifier trained on other variants,
        # down to 48 % for kaukovalta; 91 of the 104 variants reached 99 %.
        *("Alicia", "Demonic", "kaukovalta", "shelby", "zac"),
        # Stress so strong that words take half as long again.
        *("AnxiousAndy", "Marco"),
    ]
)
"""Variants of eSpeak NG 1.52 that are left out unless someone asks for them by name."""

_ESPEAK: Final = EngineConfig()


@dataclass(frozen=True)
class Voice:
    """Who speaks."""

    accent: str
    """Language or accent, a key of `languages()`; of another engine, the program's name."""
    variant: str = ""
    """One of `variants()`, or of the voices of a program; empty: the plain voice."""
    engine: EngineConfig = _ESPEAK
    """What makes it heard."""

    @property
    def name(self) -> str:
        """`id+f3`, as eSpeak writes it."""
        return _join(self.accent, self.variant)


def data_path() -> Path:
    """Folder of eSpeak's dictionaries, phonemes and voices."""
    return Path(espeakng_loader.get_data_path())


@cache
def languages() -> dict[str, str]:
    """Languages and accents that eSpeak has: code (`id`, `en-gb-scotland`) -> English name."""
    return {code: _read_entries(path)["name"] for code, path in _language_files().items()}


@cache
def variants() -> tuple[str, ...]:
    """All voice variants that eSpeak has."""
    return tuple(sorted(path.name for path in data_path().joinpath("voices", "!v").iterdir()))


def usable_variants() -> tuple[str, ...]:
    """The variants that sound like a person, see `UNUSABLE_VARIANTS`."""
    return tuple(name for name in variants() if name not in UNUSABLE_VARIANTS)


def check_voices(accents: Sequence[str], names: Sequence[str]) -> None:
    """Check that eSpeak has these accents and variants.

    Raises:
        SynthesisError: naming the first that it has not, and some that it has.
    """
    for accent in accents:
        _check_name("language", accent, tuple(languages()))
    for name in names:
        _check_name("voice variant", name, variants())


def voice_file(voice: Voice) -> str:
    """A voice by the file of its language (`poz/id+f3`).

    By this eSpeak finds it at once; by its name, only after reading all languages (2.6 ms).

    Raises:
        SynthesisError: eSpeak has no such language or variant; the message names some it has.
    """
    check_voices([voice.accent], [voice.variant] if voice.variant else [])
    path = _language_files()[voice.accent].relative_to(data_path() / "lang")
    return _join(path.as_posix(), voice.variant)


def _join(accent: str, variant: str) -> str:
    return f"{accent}+{variant}" if variant else accent


def _check_name(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=8, cutoff=0.3) or known[:8]
        raise SynthesisError(
            f"eSpeak has no {kind} '{name}'; use one of its {len(known)}, such as {', '.join(near)}"
        )


@cache
def _language_files() -> dict[str, Path]:
    files = {}
    for path in data_path().joinpath("lang").rglob("*"):
        if path.is_file():
            dictionary = _read_entries(path).get("dictionary", path.name.split("-")[0])
            # Without a dictionary (three languages of the wheel) a language is silent.
            if data_path().joinpath(f"{dictionary}_dict").exists():
                files[path.name.lower()] = path
    return dict(sorted(files.items()))


def _read_entries(path: Path) -> dict[str, str]:
    """First word of each line of a voice file -> the rest of the line."""
    entries: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        key, _, value = line.strip().partition(" ")
        entries.setdefault(key, value.strip())
    return entries
