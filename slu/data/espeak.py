"""eSpeak NG, called in the library that the wheel `espeakng-loader` brings.

The library keeps state from one phrase to the next (where its pitch flutter stands, what is left
in its echo), which no call resets: the same phrase would sound a little different after another
one. So it is loaded anew for every phrase. That takes less than a millisecond, and makes a clip
depend on its own text and voice alone.
"""

import _ctypes
import ctypes
import html
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import espeakng_loader
import numpy as np

from slu.audio.types import Waveform
from slu.data.phonemes import ALL, SEPARATOR, change_sounds
from slu.data.voices import Voice, data_path, voice_file
from slu.errors import SynthesisError

# From espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
_RATE, _VOLUME, _PITCH, _PITCH_RANGE, _WORD_GAP = 1, 2, 3, 4, 7
_UTF8, _SSML, _PHONEMES = 0x01, 0x10, 0x100
_OnChunk: Final = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

# At the default of 100 the louder variants are clipped inside the engine.
_VOLUME_PERCENT: Final = 60
_WORD_GAP_STEP_MS: Final = 10
_NOISE_SEED: Final = 1

_PHONEME_NAMES: Final = ord(SEPARATOR) << 8
_GIVEN_PHONEMES: Final = re.compile(r"\[\[(.*?)\]\]")
_ENDING: Final = re.compile(r"[?!,.]*$")

# Stress, length and pauses, and the language that a foreign word is said in: no sounds.
_NO_SOUND: Final = re.compile(r"\(.*?\)|[\s|',%=_:;?!.]")

_lock = threading.Lock()
_USUAL_SPEED_WPM: Final = 160


@dataclass(frozen=True)
class Delivery:
    """How a phrase is spoken."""

    speed_wpm: int = _USUAL_SPEED_WPM
    """80 to 450."""
    pitch: int = 50
    """0 to 99."""
    pitch_range: int = 50
    """0 to 99; 0 is a monotone."""
    word_gap_ms: int = 0
    """Extra pause between words; the engine's step is 10 ms."""
    stressed_word: int | None = None
    """Index of the word that is emphasised; none: no word in particular."""
    sound_changes: float = 0.0
    """Share of the sounds that are exchanged for neighbouring ones; no word is emphasised then."""
    seed: int = 0
    """Of these changes."""

    @property
    def stretch(self) -> float:
        """How long it takes, against the usual speed."""
        return _USUAL_SPEED_WPM / self.speed_wpm


def speak(text: str, voice: Voice, delivery: Delivery = Delivery()) -> tuple[Waveform, int]:
    """Speak a phrase. The same arguments give the same samples, whatever was spoken before.

    Args:
        text: plain text; phonemes may stand in double brackets (`[[b@R'as]]`).
        voice: who speaks.
        delivery: how.

    Returns:
        samples in [-1, 1], shape = (T,), and their sample rate in Hz.

    Raises:
        SynthesisError: the voice does not exist, nothing can be heard, or the engine failed.
    """
    file = voice_file(voice)
    known = _sounds_of(voice.accent) if delivery.sound_changes else frozenset[str]()
    chunks: list[bytes] = []

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if samples and count > 0:
            chunks.append(ctypes.string_at(samples, 2 * count))
        return 0

    on_chunk = _OnChunk(keep)  # has a name, so that it outlives the calls below
    with _fresh_library() as (library, sample_rate):
        library.espeak_SetSynthCallback(on_chunk)
        _set_voice(library, file, delivery)
        _synthesise(library, _written(library, text, delivery, known))
    waveform = np.frombuffer(b"".join(chunks), np.int16).astype(np.float32) / np.float32(32768)
    if not waveform.any():
        raise SynthesisError(
            f"eSpeak says nothing for '{text}' ({voice.name}); write it in letters"
        )
    return waveform, sample_rate


def name_sounds(text: str, accent: str, delivery: Delivery = Delivery()) -> str:
    """The sounds that a phrase is spoken with, some of them exchanged as `delivery` asks.

    Returns:
        eSpeak's names of them, SEPARATOR between them, words separated by spaces.

    Raises:
        SynthesisError: the language does not exist.
    """
    file = voice_file(Voice(accent))
    known = _sounds_of(accent) if delivery.sound_changes else frozenset[str]()
    with _fresh_library() as (library, _):
        _set_voice(library, file, delivery)
        return _changed_phonemes(library, text, delivery, known)


@lru_cache(maxsize=4096)
def count_sounds(text: str, accent: str) -> int:
    """About how many sounds a text has in a language; diphthongs and affricates count twice.

    Raises:
        SynthesisError: the language does not exist.
    """
    file = voice_file(Voice(accent))
    with _fresh_library() as (library, _):
        _set_voice(library, file, Delivery())
        return len(_NO_SOUND.sub("", _phonemes(library, text)))


@contextmanager
def _fresh_library() -> Iterator[tuple[ctypes.CDLL, int]]:
    """The library in its first state, and its sample rate; one at a time in a process."""
    with _lock:
        try:
            library = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise SynthesisError(
                f"eSpeak NG cannot be loaded ({error}); install `espeakng-loader` again"
            ) from error
        try:
            yield library, _initialise(library)
        finally:
            library.espeak_Terminate()
            _unload(library)


def _initialise(library: ctypes.CDLL) -> int:
    path = os.fsencode(data_path())
    sample_rate = int(library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, path, _DO_NOT_EXIT))
    if sample_rate <= 0:
        raise SynthesisError(
            f"eSpeak NG cannot read its data in {data_path()}; install `espeakng-loader` again, "
            "in a folder with a shorter path if this one is longer than 150 characters"
        )
    _seed_noise(library)
    return sample_rate


def _seed_noise(library: ctypes.CDLL) -> None:
    # Breath has a generator of its own, seeded with the time; the Klatt voices use the C library's.
    library.espeak_ng_SetRandSeed(_NOISE_SEED)
    ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).srand(_NOISE_SEED)


def _unload(library: ctypes.CDLL) -> None:
    if sys.platform == "win32":
        _ctypes.FreeLibrary(library._handle)
    else:
        _ctypes.dlclose(library._handle)


def _set_voice(library: ctypes.CDLL, file: str, delivery: Delivery) -> None:
    if library.espeak_SetVoiceByName(file.encode()) != 0:
        raise SynthesisError(f"eSpeak NG cannot load the voice '{file}'; choose another")
    for parameter, value in (
        (_RATE, delivery.speed_wpm),
        (_VOLUME, _VOLUME_PERCENT),
        (_PITCH, delivery.pitch),
        (_PITCH_RANGE, delivery.pitch_range),
        (_WORD_GAP, delivery.word_gap_ms // _WORD_GAP_STEP_MS),
    ):
        library.espeak_SetParameter(parameter, value, 0)


def _synthesise(library: ctypes.CDLL, ssml: str) -> None:
    content = ctypes.create_string_buffer(ssml.encode())
    flags = _UTF8 | _SSML | _PHONEMES
    length = ctypes.c_size_t(len(content))
    if library.espeak_Synth(content, length, 0, 0, 0, flags, None, None) != 0:
        raise SynthesisError("eSpeak NG failed to speak; try again, or with a shorter text")


@cache
def _sounds_of(accent: str) -> frozenset[str]:
    """Those of the sounds that may come in which an accent has: after others it falls silent."""
    return frozenset(name for name in ALL if _can_say(f"[[{name}|a|s|a]]", accent))


def _can_say(phonemes: str, accent: str) -> bool:
    try:
        speak(phonemes, Voice(accent))
    except SynthesisError:
        return False
    return True


def _written(library: ctypes.CDLL, text: str, delivery: Delivery, known: frozenset[str]) -> str:
    """What the library is given: SSML, or phonemes where sounds are changed."""
    if not delivery.sound_changes:
        return _mark_up(text, delivery.stressed_word)
    ending = _ENDING.search(text)
    changed = _changed_phonemes(library, text, delivery, known)
    return f"[[{changed}]]{ending.group() if ending else ''}"


def _changed_phonemes(
    library: ctypes.CDLL, text: str, delivery: Delivery, known: frozenset[str]
) -> str:
    rng = np.random.default_rng(delivery.seed)
    return change_sounds(_phonemes(library, text), delivery.sound_changes, known, rng)


def _phonemes(library: ctypes.CDLL, text: str) -> str:
    """Names of a text's sounds, SEPARATOR between them; those in double brackets as they are."""
    parts = _GIVEN_PHONEMES.split(text)
    # Plain text and given phonemes take turns.
    named = [_name_sounds(library, part) for part in parts[::2]]
    for place, given in enumerate(parts[1::2]):
        named.insert(2 * place + 1, given)
    return " ".join(part for part in named if part)


def _name_sounds(library: ctypes.CDLL, text: str) -> str:
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    content = ctypes.create_string_buffer(text.encode())
    rest = ctypes.c_void_p(ctypes.addressof(content))
    clauses = []
    while text.strip() and rest.value:
        clauses.append(library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _PHONEME_NAMES))
    return " ".join(clause.decode() for clause in clauses)


def _mark_up(text: str, stressed_word: int | None) -> str:
    """SSML of a plain text; phonemes cannot be emphasised and stay as they are."""
    words = [html.escape(word, quote=False) for word in text.split()]
    if stressed_word is not None and "[[" not in words[stressed_word]:
        words[stressed_word] = f'<emphasis level="strong">{words[stressed_word]}</emphasis>'
    return " ".join(words)
