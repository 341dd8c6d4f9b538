"""Which programs speak a catalogue."""

import shlex
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from slu.config.base import Config

Seconds = Annotated[float, Field(gt=0)]


def _quotes_match(command: str) -> str:
    shlex.split(command)
    return command


CommandLine = Annotated[str, AfterValidator(_quotes_match)]
"""Quoted as for a shell, but run without one."""


def _words_can_be_said(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for word, spellings in table.items():
        if word.split() != [word]:
            raise ValueError(f"'{word}' is not one word; list its words one by one")
        if not spellings or any(not spelling.strip() for spelling in spellings):
            raise ValueError(f"'{word}' needs at least one spelling")
    return table


Pronunciations = Annotated[dict[str, tuple[str, ...]], AfterValidator(_words_can_be_said)]
"""word -> what an engine is given in its place, one of them each time."""


def _check_complete(command: str, language: str) -> None:
    said = "{phones}" if "{phones}" in command else "{text}"
    missing = [part for part in (said, "{out}") if part not in command]
    if missing:
        raise ValueError(f"engine.command must contain {' and '.join(missing)}")
    if ("{phones}" in command) != bool(language):
        raise ValueError(
            "language says whose sounds {phones} in command stands for; give both or none"
        )


class EngineConfig(Config):
    """Which synthesiser speaks."""

    name: Literal["espeak", "command"] = "espeak"
    command: CommandLine | None = None
    """For `command`: a command line with `{text}` and `{out}` (a wav file to write), `{voice}`
    where the program has several, and `{stretch}` where it can speak slower (1 is its usual pace,
    2 takes twice as long); quoted as for a shell, but run without one. In place of `{text}`,
    `{phones}` gives a program that speaks English alone the sounds of another language, as the CMU
    Pronouncing Dictionary names them."""
    language: str = ""
    """For `{phones}`: eSpeak's language or accent, whose sounds they are."""
    timeout_s: Seconds = 30.0
    """For `command`: the longest one phrase may take."""

    @property
    def program(self) -> str:
        """The program of the command line, without folder and ending; empty for eSpeak."""
        if self.name != "command" or self.command is None:
            return ""
        return Path(shlex.split(self.command)[0]).stem

    def takes(self, placeholder: str) -> bool:
        """Whether the command line has a `{placeholder}`."""
        return f"{{{placeholder}}}" in (self.command or "")

    @model_validator(mode="after")
    def _command_is_complete(self) -> Self:
        if self.name == "command":
            _check_complete(self.command or "", self.language)
        return self


class FurtherEngineConfig(Config):
    """A program that speaks some of the clips, beside the first engine."""

    command: CommandLine
    """As in `engine`."""
    language: str = ""
    """As in `engine`."""
    voices: tuple[str, ...] = ()
    """What `{voice}` stands for. A voice is in one split only; a program with fewer than three is
    heard in training alone, so that what is tested on are voices that were never heard."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Share of the clips that it speaks."""
    pronunciations: Pronunciations = Field(default_factory=dict)
    """As those of the catalogue, which are for the first engine, and for one that is given
    `{phones}`."""
    timeout_s: Seconds = 30.0

    @property
    def engine(self) -> EngineConfig:
        """What runs the program."""
        return EngineConfig(
            name="command",
            command=self.command,
            language=self.language,
            timeout_s=self.timeout_s,
        )

    @property
    def speakers(self) -> list[tuple[str, str]]:
        """Program and voice of each of its speakers."""
        return [(self.engine.program, voice) for voice in self.voices or ("",)]

    @field_validator("voices")
    @classmethod
    def _voices_are_distinct(cls, voices: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(voices)) != len(voices):
            raise ValueError("each may be listed once")
        return voices

    @model_validator(mode="after")
    def _command_is_complete(self) -> Self:
        _check_complete(self.command, self.language)
        if ("{voice}" in self.command) != bool(self.voices):
            raise ValueError("voices lists what {voice} in command stands for; give both or none")
        return self
