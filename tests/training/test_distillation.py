"""Training the speech embedding on talk and noise."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slu.audio.embedding_network import embedding_network, read_weights, weights_of
from slu.config import FramingConfig, PreprocessConfig, SpeechEmbeddingConfig
from slu.data.preprocess import preprocess
from slu.errors import DataError
from slu.training.distillation import Distillation, Phrases, difference, main

N_FRAMES = 257


@pytest.fixture(scope="module")
def table(tone_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus of tones with features of the speech embedding."""
    folder = tmp_path_factory.mktemp("distillation")
    shutil.copytree(tone_root / "data" / "processed", folder / "processed")
    config = PreprocessConfig(framing=FramingConfig(pad_s=0.4), front_end=SpeechEmbeddingConfig())
    return preprocess(folder / "processed" / "metadata.csv", config, folder / "f").features_path


def test_a_phrase_is_the_same_whoever_draws_it(table: Path) -> None:
    drawn, again = (Phrases([table], "train", 3, seed=1)[2] for _ in range(2))

    for frames, same in zip(drawn, again, strict=True):
        assert frames.shape == (N_FRAMES, 32)
        np.testing.assert_array_equal(frames, same)


def test_what_comes_to_a_phrase_is_heard_beneath_it(table: Path) -> None:
    noise = {"noise": {"probability": 1.0, "snr_db": (10.0, 10.0), "slope": (0.0, 0.0)}}

    for among, alone in (Phrases([table], "val", 6, 1, noise)[index] for index in range(6)):
        # Where the phrase is loudest it is what is heard, where it is silent the noise is.
        loudest = np.unravel_index(alone.argmax(), alone.shape)
        assert among[loudest] == pytest.approx(alone[loudest], abs=0.2)
        assert np.median(among - alone) > 0.5


def test_alone_there_is_no_difference(table: Path) -> None:
    phrases = Phrases([table], "val", 2, 0, around={})

    assert all((among == alone).all() for among, alone in (phrases[0], phrases[1]))
    # bfloat16 on both sides.
    assert Distillation(1e-3, 1).judge(phrases) == pytest.approx(0.0, abs=1e-6)


def test_a_corpus_at_another_rate_is_refused(tone_root: Path) -> None:
    table = tone_root / "data" / "processed" / "metadata_features.csv"

    with pytest.raises(DataError, match=r"at 8000 Hz.*preprocess_m3\.yaml"):
        Phrases([table], "train", 1, 0)


def test_silence_counts_less() -> None:
    mel = torch.full((1, N_FRAMES, 32), -4.0)
    mel[:, : N_FRAMES // 2] = 0.0
    n_embeddings = (N_FRAMES - 56) // 4 + 1
    expected = torch.zeros(1, n_embeddings, 192)
    spoken, silent = expected.clone(), expected.clone()
    spoken[:, 0] = 1.0
    silent[:, -1] = 1.0

    assert difference(spoken, expected, mel) > 3 * difference(silent, expected, mel) > 0


def test_the_copy_learns_to_hear_past_the_noise(table: Path) -> None:
    distillation = Distillation(1e-3, steps=12)
    phrases = Phrases([table], "train", 8, 0)
    pairs = [phrases[index] for index in range(len(phrases))]
    batch = [torch.from_numpy(np.stack(frames)) for frames in zip(*pairs, strict=True)]
    before = distillation.judge(phrases)

    for _ in range(12):
        distillation.learn(*batch)

    assert 0 < distillation.judge(phrases) < 0.9 * before


def test_all_the_way_back_it_is_the_original(table: Path) -> None:
    distillation = Distillation(1e-3, steps=2)
    phrases = Phrases([table], "val", 2, 0)
    alone, among = (torch.from_numpy(np.stack(x)) for x in zip(phrases[0], phrases[1], strict=True))
    distillation.learn(among, alone)

    distillation.go_back(1.0)

    original = weights_of(embedding_network())
    for before, after in zip(original, distillation.student.weights(), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


def test_the_command_keeps_the_weights(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "weights.npz"
    options = ["--steps=1", "--batch-size=2", "--workers=0", f"--out={out}"]
    monkeypatch.setattr(sys, "argv", ["distillation", str(table), *options])

    main()

    original = weights_of(embedding_network())
    for before, after in zip(original, read_weights(out), strict=True):
        assert before.shape == after.shape
        # One step of warming up, and halved precision.
        np.testing.assert_allclose(after, before, atol=2e-3)
