import hashlib
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from slu.config import CorpusConfig, EngineConfig, load_config
from slu.data.metadata import metadata_columns
from slu.data.negatives import Sound
from slu.data.synthesis import is_spoken, render_clip, synthesise_corpus
from slu.data.utterances import plan_utterances
from slu.errors import SynthesisError


def corpus(count: int = 40, **changes: Any) -> CorpusConfig:
    values = {
        "templates": ["catat {quantity} {product}", "{product}"],
        "slots": {
            "product": {"beras": ["beras"], "teh": ["teh"]},
            "quantity": {1: ["satu"], 2: ["dua"]},
        },
        "utterances": count,
        "voices": {"accents": ["id", "ms"]},
    }
    return CorpusConfig(**(values | changes))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus, spoken in one process."""
    folder = tmp_path_factory.mktemp("raw") / "shop"
    assert synthesise_corpus(corpus(), folder, workers=1) == folder / "metadata.csv"
    return folder


def test_the_table_describes_the_clips(spoken: Path) -> None:
    table = pd.read_csv(spoken / "metadata.csv", dtype=str)
    assert list(table.columns) == metadata_columns(["product", "quantity"])
    assert len(table) == 40
    assert table["id"].is_unique
    assert set(table["quantity"]) == {"1", "2", "none"}
    assert set(table["source"]) == {"synthetic"}
    for row in table.to_dict("records"):
        content = (spoken / row["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert row["path"] == f"wav/{row['sha256'][:16]}.wav" == f"wav/{row['id']}.wav"
        info = soundfile.info(spoken / row["path"])
        assert (info.subtype, info.samplerate) == ("PCM_16", int(row["sample_rate"]))
        assert info.duration == pytest.approx(float(row["duration_s"]), abs=1e-4)


def test_clips_are_speech_between_pauses(spoken: Path) -> None:
    for path in (spoken / "wav").iterdir():
        samples, sample_rate = soundfile.read(path)
        heard = np.flatnonzero(np.abs(samples) > 1e-3 * np.abs(samples).max())
        assert np.abs(samples).max() > 0.05
        assert 0.015 < heard[0] / sample_rate < 0.26
        assert 0.015 < (samples.size - heard[-1]) / sample_rate < 0.26


def test_any_number_of_processes_gives_the_same_files(spoken: Path, tmp_path: Path) -> None:
    told: list[int] = []
    again = tmp_path / "again"
    synthesise_corpus(corpus(), again, workers=2, progress=lambda done, _total: told.append(done))
    assert contents(again) == contents(spoken)
    assert told == list(range(1, 41))


def test_the_configuration_is_kept(spoken: Path) -> None:
    assert load_config(CorpusConfig, spoken / "corpus.yaml") == corpus()


def test_a_folder_in_use_is_refused(spoken: Path) -> None:
    before = contents(spoken)
    with pytest.raises(SynthesisError, match="choose another --out or delete it"):
        synthesise_corpus(corpus(), spoken)
    assert contents(spoken) == before


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert synthesise_corpus(corpus(3), tmp_path / "shop").exists()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = {"name": "command", "command": "no-such-synthesiser {text} {out}"}
    with pytest.raises(SynthesisError, match="no-such-synthesiser cannot be started"):
        synthesise_corpus(corpus(4, engine=engine), tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_another_program_can_speak(tmp_path: Path) -> None:
    script = tmp_path / "beep.py"
    script.write_text(
        "import sys, numpy, soundfile\n"
        "tone = numpy.sin(numpy.arange(1000 * len(sys.argv[1])))\n"
        "soundfile.write(sys.argv[2], tone, 8000)\n"
    )
    command = shlex.join([sys.executable, str(script)]) + " {text} {out}"
    engine = {"name": "command", "command": command}
    metadata = synthesise_corpus(corpus(4, engine=engine, voices={}), tmp_path / "shop")
    table = pd.read_csv(metadata)
    assert set(table["sample_rate"]) == {8000}
    assert (table["duration_s"] > table["text"].str.len() * 1000 / 8000).all()


def test_clips_that_sound_the_same_are_refused(tmp_path: Path) -> None:
    script = tmp_path / "hum.py"
    script.write_text("import sys, soundfile\nsoundfile.write(sys.argv[2], [0.5] * 800, 8000)\n")
    command = shlex.join([sys.executable, str(script)]) + " {text} {out}"
    config = corpus(
        4, engine={"name": "command", "command": command}, voices={"pause_s": [0.1, 0.1]}
    )
    with pytest.raises(SynthesisError, match="3 clips sound exactly like another one"):
        synthesise_corpus(config, tmp_path / "shop")
    assert not (tmp_path / "shop").exists()


def test_a_corpus_that_was_spoken_before_can_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    synthesise_corpus(corpus(3), folder)
    before = contents(folder)
    assert is_spoken(folder)
    synthesise_corpus(corpus(4, seed=8), folder, replace=True)
    assert len(pd.read_csv(folder / "metadata.csv")) == 4
    assert not before.keys() & {name for name in contents(folder) if name.startswith("wav/")}
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_failure_keeps_the_corpus_of_before(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    synthesise_corpus(corpus(3), folder)
    before = contents(folder)
    engine = {"name": "command", "command": "no-such-synthesiser {text} {out}"}
    with pytest.raises(SynthesisError, match="cannot be started"):
        synthesise_corpus(corpus(4, engine=engine), folder, replace=True)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


@pytest.mark.parametrize("foreign", ["notes.txt", "recorded row"])
def test_what_people_added_is_never_replaced(tmp_path: Path, foreign: str) -> None:
    folder = tmp_path / "shop"
    synthesise_corpus(corpus(3), folder)
    if foreign == "notes.txt":
        (folder / foreign).write_text("mine")
    else:
        table = pd.read_csv(folder / "metadata.csv", dtype=str)
        table.loc[0, "source"] = "recorded"
        table.to_csv(folder / "metadata.csv", index=False)
    before = contents(folder)
    with pytest.raises(SynthesisError, match="already holds something"):
        synthesise_corpus(corpus(3), folder, replace=True)
    assert contents(folder) == before


def test_what_came_while_speaking_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "shop"

    def add(done: int, _total: int) -> None:
        if done == 2:
            folder.mkdir()
            (folder / "notes.txt").write_text("mine")

    with pytest.raises(SynthesisError, match="already holds something"):
        synthesise_corpus(corpus(3), folder, replace=True, progress=add)
    assert contents(folder) == {"notes.txt": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_clips_that_are_no_orders_are_in_the_table(tmp_path: Path) -> None:
    config = corpus(20, negatives={"share": 1.0})

    synthesise_corpus(config, tmp_path / "raw", workers=1)

    table = pd.read_csv(tmp_path / "raw" / "metadata.csv", dtype=str, keep_default_na=False)
    others = table[(table["product"] == "none") & (table["quantity"] == "none")]
    assert len(table) == 40
    assert len(others) == 20
    assert set(others["source"]) == {"synthetic"}
    assert set(others["split"]) == {"train", "val", "test"}
    assert is_spoken(tmp_path / "raw")


def test_a_cut_clip_is_the_beginning_of_the_whole_one() -> None:
    whole = plan_utterances(corpus(1))[0]
    speech, sample_rate = render_clip(whole, EngineConfig())
    cut, _ = render_clip(replace(whole, kept=0.5), EngineConfig())

    before = round(whole.pause_before_s * sample_rate)
    n_speech = speech.size - before - round(whole.pause_after_s * sample_rate)
    n_kept = round(n_speech / 2)
    np.testing.assert_array_equal(cut[: before + n_kept], speech[: before + n_kept])
    assert not cut[before + n_kept :].any()


def test_babble_is_heard_for_as_long_as_planned() -> None:
    config = corpus(3)
    babble = Sound(None, 1, 1.5, ("none", "none"), "train", tuple(plan_utterances(config)))

    waveform, sample_rate = render_clip(babble, config.engine)

    assert waveform.size == round(1.5 * sample_rate)
    assert np.abs(waveform).max() == pytest.approx(0.5)
