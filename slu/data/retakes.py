"""Clips that come out broken are spoken again; those that stay broken are left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from slu.config import CorpusConfig
from slu.data.casting import voices_of_splits
from slu.data.negatives import Clip
from slu.data.soundness import Fault
from slu.data.streams import Stream
from slu.data.templates import pick
from slu.data.utterances import Utterance, draw_delivery
from slu.data.voices import Voice

Row = dict[str, Any]
Record = Callable[[Sequence[Clip]], Sequence[Row | Fault]]
"""Makes clips: a row of the table for each, or what is wrong with it."""

_MOST_TAKES = 4


@dataclass(frozen=True)
class BrokenTake:
    """A clip that was spoken and thrown away."""

    utterance: Utterance
    fault: Fault


def record_whole(
    config: CorpusConfig, clips: Sequence[Clip], record: Record
) -> tuple[list[Row], list[BrokenTake]]:
    """Make clips, those that are broken again and again until they are whole.

    Another take says the same words with the same labels in the same split, by a voice of the same
    engine and accent, in another way: labels, splits and engines keep their shares. What is drawn
    depends on the seed, the clip's place and the number of the take alone.

    Args:
        config: of the corpus.
        clips: all that were planned; no other take is like one of them.
        record: makes them.

    Returns:
        rows in the order of the clips, without those that were broken each time; and every take
        that was thrown away.
    """
    rows: dict[int, Row] = {}
    thrown_away: list[BrokenTake] = []
    planned, waiting = set(clips), dict(enumerate(clips))
    for take in range(_MOST_TAKES):
        broken: dict[int, Utterance] = {}
        results = record(list(waiting.values()))
        for (place, clip), result in zip(waiting.items(), results, strict=True):
            if isinstance(result, Fault):
                assert isinstance(clip, Utterance), "only speech is checked"
                broken[place] = clip
                thrown_away.append(BrokenTake(clip, result))
            else:
                rows[place] = result
        if not broken:
            break
        again = _draw_again(config, broken, take)
        waiting = {place: clip for place, clip in again.items() if clip not in planned}
    return [rows[place] for place in sorted(rows)], thrown_away


def describe_takes(takes: Sequence[BrokenTake]) -> pd.DataFrame:
    """What was thrown away, as a table."""
    rows = [
        {
            "fault": str(take.fault),
            "text": take.utterance.text,
            "spoken": take.utterance.spoken,
            "speaker": take.utterance.speaker,
            "speed_wpm": take.utterance.delivery.speed_wpm,
            "split": take.utterance.split,
        }
        for take in takes
    ]
    return pd.DataFrame(rows)


def _draw_again(
    config: CorpusConfig, broken: Mapping[int, Utterance], take: int
) -> dict[int, Clip]:
    """The same clips by other voices, at their places."""
    voices = voices_of_splits(config)
    return {
        place: _by_another_voice(
            clip,
            voices[clip.split],
            config,
            np.random.default_rng((config.seed, Stream.RETAKES, place, take)),
        )
        for place, clip in broken.items()
    }


def _by_another_voice(
    clip: Utterance, voices: Sequence[Voice], config: CorpusConfig, rng: np.random.Generator
) -> Utterance:
    variants = [voice.variant for voice in voices if voice.engine == clip.voice.engine]
    return replace(
        clip,
        voice=replace(clip.voice, variant=pick(variants, rng)),
        delivery=draw_delivery(config.voices, len(clip.spoken.split()), rng),
    )
