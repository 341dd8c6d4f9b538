"""What counts as an utterance, with a voice activity detector that only looks at loudness."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slu.config.live import LiveConfig
from slu.live.detector import (
    CHUNK_SAMPLES,
    SAMPLE_RATE,
    Event,
    Samples,
    UtteranceBegan,
    UtteranceDetector,
    UtteranceEnded,
)

CONFIG = LiveConfig()
CHUNK_S = CHUNK_SAMPLES / SAMPLE_RATE
END_SILENCE, MIN_VOICED, MARGIN, LONGEST = 13, 5, 8, 187  # chunks, of the default settings

# Voiced and silent chunks in turn, as people (and door bells) make them.
runs = st.lists(st.integers(1, 60), max_size=12)


class Loudness:
    """Whatever is loud is voice; counts what it is asked."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.n_resets = 0

    def __call__(self, audio: bytes) -> float:
        self.n_asked += 1
        return 1.0 if np.abs(np.frombuffer(audio, np.int16)).max() > 1000 else 0.0

    def reset(self) -> None:
        self.n_resets += 1


def stream(*run_lengths: int, seed: int = 0) -> Samples:
    """Silent and voiced chunks in turn, silent first; no two samples in a row are equal."""
    levels = np.repeat([100 if i % 2 == 0 else 5000 for i in range(len(run_lengths))], run_lengths)
    noise = np.random.default_rng(seed).uniform(0.5, 1, levels.size * CHUNK_SAMPLES)
    return (np.repeat(levels, CHUNK_SAMPLES) * noise).astype(np.int16)


def then_silence(lengths: list[int]) -> Samples:
    """A stream that ends with so much silence that whoever spoke is heard out."""
    return np.concatenate([stream(*lengths), stream(END_SILENCE)])


def detect(samples: Samples, sizes: list[int] | None = None) -> list[Event]:
    detector = UtteranceDetector(CONFIG, Loudness())
    bounds = np.cumsum([0, *(sizes or [])])
    parts = [samples[a:b] for a, b in pairwise(bounds)]
    parts.append(samples[bounds[-1] :])
    return [event for part in parts for event in detector.feed(part)]


def ended(events: list[Event]) -> list[UtteranceEnded]:
    return [event for event in events if isinstance(event, UtteranceEnded)]


class TestWhatIsFound:
    def test_an_utterance_has_margins_and_stands_where_it_was(self) -> None:
        samples = stream(30, 20, 20)
        began, end = detect(samples)
        assert isinstance(began, UtteranceBegan)
        assert isinstance(end, UtteranceEnded)
        assert end.start == began.start == (30 - MARGIN) * CHUNK_SAMPLES
        assert end.samples.size == (MARGIN + 20 + MARGIN) * CHUNK_SAMPLES
        np.testing.assert_array_equal(
            end.samples, samples[end.start : end.start + end.samples.size]
        )
        assert not end.is_cut

    def test_silence_is_nothing(self) -> None:
        assert detect(stream(500)) == []

    def test_a_click_is_nothing(self) -> None:
        assert detect(stream(10, MIN_VOICED - 1, 40)) == []

    def test_clicks_far_apart_never_add_up(self) -> None:
        assert detect(stream(*[20, MIN_VOICED - 1] * 10, 40)) == []

    def test_a_pause_between_words_does_not_end_it(self) -> None:
        (end,) = ended(detect(stream(10, 10, END_SILENCE - 1, 10, 30)))
        assert end.samples.size == (MARGIN + 10 + END_SILENCE - 1 + 10 + MARGIN) * CHUNK_SAMPLES

    def test_a_longer_pause_makes_two(self) -> None:
        assert len(ended(detect(stream(10, 10, END_SILENCE, 10, 30)))) == 2

    def test_it_ends_as_soon_as_the_silence_is_long_enough(self) -> None:
        detector = UtteranceDetector(CONFIG, Loudness())
        assert not ended(detector.feed(stream(10, 20, END_SILENCE - 1)))
        assert ended(detector.feed(stream(1)))
        assert CONFIG.end_silence_s <= END_SILENCE * CHUNK_S < CONFIG.end_silence_s + CHUNK_S

    def test_who_never_pauses_is_cut(self) -> None:
        found = ended(detect(stream(0, 3 * LONGEST)))
        assert [end.is_cut for end in found] == [True] * 3
        assert max(end.samples.size for end in found) <= CONFIG.max_utterance_s * SAMPLE_RATE
        for first, second in pairwise(found):
            assert second.start == first.start + first.samples.size

    def test_who_is_sure_has_begun_and_who_doubts_goes_on(self) -> None:
        doubtful = (CONFIG.silence_probability + CONFIG.speech_probability) / 2
        probabilities = [doubtful] * 20 + [0.9] * 5 + [doubtful] * 20 + [0.0] * 20

        class Sequence(Loudness):
            def __call__(self, audio: bytes) -> float:
                super().__call__(audio)
                return probabilities[self.n_asked - 1]

        detector = UtteranceDetector(CONFIG, Sequence())
        (end,) = ended(detector.feed(stream(len(probabilities))))
        assert end.start == (20 - MARGIN) * CHUNK_SAMPLES
        assert end.samples.size == (MARGIN + 25 + MARGIN) * CHUNK_SAMPLES


class TestFinish:
    def test_the_last_words_count(self) -> None:
        detector = UtteranceDetector(CONFIG, Loudness())
        detector.feed(stream(10, 20))
        (end,) = ended(detector.finish())
        assert end.samples.size == (MARGIN + 20) * CHUNK_SAMPLES

    def test_nothing_is_left_for_the_next_stream(self) -> None:
        activity = Loudness()
        detector = UtteranceDetector(CONFIG, activity)
        detector.feed(stream(10, 20)[: -CHUNK_SAMPLES // 2])
        detector.finish()
        assert detector.finish() == []
        assert detector.n_heard == 0
        assert activity.n_resets == 2
        assert [event.start for event in detector.feed(stream(10, 20))] == [2 * CHUNK_SAMPLES]


@given(runs, st.lists(st.integers(0, 5000), max_size=20))
def test_chunking_changes_nothing(lengths: list[int], sizes: list[int]) -> None:
    samples = stream(*lengths)
    whole, parts = detect(samples), detect(samples, sizes)
    assert [type(event) for event in whole] == [type(event) for event in parts]
    assert [event.start for event in whole] == [event.start for event in parts]
    for one, other in zip(ended(whole), ended(parts), strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


@given(runs)
def test_begins_and_ends_alternate_and_never_overlap_by_more_than_a_margin(
    lengths: list[int],
) -> None:
    events = detect(then_silence(lengths))
    kinds = [type(event) for event in events]
    assert kinds == [UtteranceBegan, UtteranceEnded] * (len(events) // 2)
    for first, second in pairwise(ended(events)):
        end = first.start + first.samples.size
        assert second.start >= end - MARGIN * CHUNK_SAMPLES


@given(runs)
def test_all_voice_of_an_utterance_is_in_it(lengths: list[int]) -> None:
    samples = then_silence(lengths)
    inside = np.zeros(samples.size, bool)
    for end in ended(detect(samples)):
        inside[end.start : end.start + end.samples.size] = True
    position = 0
    for index, length in enumerate(lengths):
        if index % 2 == 1 and length >= MIN_VOICED:
            assert inside[position : position + length * CHUNK_SAMPLES].all()
        position += length * CHUNK_SAMPLES


@given(runs)
def test_memory_is_bounded_whatever_is_said(lengths: list[int]) -> None:
    detector = UtteranceDetector(CONFIG, Loudness())
    for part in np.array_split(stream(*lengths), 50):
        detector.feed(part)
        assert detector.n_heard <= CONFIG.max_utterance_s * SAMPLE_RATE
        assert detector.n_heard == detector.heard.size
