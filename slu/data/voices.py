"""The voices of eSpeak NG: a language or accent with one of its variants, such as `id+f3`."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import espeakng_loader

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


@dataclass(frozen=True)
class Voice:
    """Who speaks."""

    accent: str
    """Language or accent, a key of `languages()`."""
    variant: str = ""
    """One of `variants()`; empty: the accent's plain voice."""

    @property
    def name(self) -> str:
        """`id+f3`, as eSpeak writes it."""
        return f"{self.accent}+{self.variant}" if self.variant else self.accent


def data_path() -> Path:
    """Folder of eSpeak's dictionaries, phonemes and voices."""
    return Path(espeakng_loader.get_data_path())


@cache
def languages() -> dict[str, str]:
    """Languages and accents that eSpeak has: code (`id`, `en-gb-scotland`) -> English name."""
    found = {}
    for path in data_path().joinpath("lang").rglob("*"):
        entries = _read_entries(path) if path.is_file() else {}
        dictionary = entries.get("dictionary", path.name.split("-")[0])
        # Without a dictionary (three languages of the wheel) a language is silent.
        if "name" in entries and data_path().joinpath(f"{dictionary}_dict").exists():
            found[path.name.lower()] = entries["name"]
    return dict(sorted(found.items()))


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


def _check_name(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=8, cutoff=0.3) or known[:8]
        raise SynthesisError(
            f"eSpeak has no {kind} '{name}'; use one of its {len(known)}, such as {', '.join(near)}"
        )


def _read_entries(path: Path) -> dict[str, str]:
    """First word of each line of a voice file -> the rest of the line."""
    entries: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        key, _, value = line.strip().partition(" ")
        entries.setdefault(key, value.strip())
    return entries
