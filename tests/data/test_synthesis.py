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

from slu.config import CorpusConfig, FurtherEngineConfig, load_config
from slu.data.metadata import metadata_columns
from slu.data.negatives import Sound
from slu.data.rendering import render_clip
from slu.data.synthesis import SynthesisReport, is_spoken, synthesise_corpus
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
    report = synthesise_corpus(corpus(), folder, workers=1)
    assert report == SynthesisReport(folder / "metadata.csv", 40, {}, 0)
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
    assert synthesise_corpus(corpus(3), tmp_path / "shop").metadata_path.exists()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = {"name": "command", "command": "no-such-synthesiser {text} {out}"}
    with pytest.raises(SynthesisError, match="no-such-synthesiser cannot be started"):
        synthesise_corpus(corpus(4, engine=engine), tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_another_program_can_speak(tmp_path: Path) -> None:
    script = tmp_path / "beep.py"
    script.write_text(
        "import sys, numpy, soundfile\n"
        "tone = 0.5 * numpy.sin(numpy.arange(1000 * len(sys.argv[1])))\n"
        "soundfile.write(sys.argv[2], tone, 8000)\n"
    )
    command = shlex.join([sys.executable, str(script)]) + " {text} {out}"
    engine = {"name": "command", "command": command}
    report = synthesise_corpus(corpus(4, engine=engine, voices={}), tmp_path / "shop")
    table = pd.read_csv(report.metadata_path)
    assert set(table["sample_rate"]) == {8000}
    assert (table["duration_s"] > table["text"].str.len() * 1000 / 8000).all()


def test_clips_that_sound_the_same_are_refused(tmp_path: Path) -> None:
    script = tmp_path / "hum.py"
    script.write_text(
        "import sys, numpy, soundfile\n"
        "soundfile.write(sys.argv[2], 0.5 * numpy.sin(numpy.arange(5000)), 8000)\n"
    )
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
    speech, sample_rate = render_clip(whole)
    cut, _ = render_clip(replace(whole, kept=0.5))

    before = round(whole.pause_before_s * sample_rate)
    n_speech = speech.size - before - round(whole.pause_after_s * sample_rate)
    n_kept = round(n_speech / 2)
    np.testing.assert_array_equal(cut[: before + n_kept], speech[: before + n_kept])
    assert not cut[before + n_kept :].any()


def test_babble_is_heard_for_as_long_as_planned() -> None:
    config = corpus(3)
    babble = Sound(None, 1, 1.5, ("none", "none"), "train", tuple(plan_utterances(config)))

    waveform, sample_rate = render_clip(babble)

    assert waveform.size == round(1.5 * sample_rate)
    assert np.abs(waveform).max() == pytest.approx(0.5)


# Hums as long as letters take, but for one voice and one word.
HUM = """
import sys, numpy, soundfile
text, out, voice, stretch = sys.argv[1:]
seconds = (0.1 + 0.075 * len(text)) * float(stretch)
if voice == "broken" or text.startswith("rusak"):
    seconds /= 5
times = numpy.arange(round(8000 * seconds)) / 8000
soundfile.write(out, 0.4 * numpy.sin(2 * numpy.pi * (100 + len(voice)) * times), 8000)
"""


def hum_command(tmp_path: Path) -> str:
    path = tmp_path / "hum.py"
    path.write_text(HUM, "utf-8")
    return shlex.join([sys.executable, str(path)]) + " {text} {out} {voice} {stretch}"


def hummed(tmp_path: Path, voices: list[str], count: int = 20, **changes: Any) -> CorpusConfig:
    engine = {"name": "command", "command": hum_command(tmp_path)}
    return corpus(count, engine=engine, voices={"variants": voices}, **changes)


def test_broken_clips_are_spoken_again_by_others(tmp_path: Path) -> None:
    config = hummed(tmp_path, ["broken", *(f"v{'i' * n}" for n in range(9))])

    report = synthesise_corpus(config, tmp_path / "shop", workers=1)

    table = pd.read_csv(report.metadata_path, keep_default_na=False)
    planned = plan_utterances(config)
    n_broken = sum(clip.voice.variant == "broken" for clip in planned)
    assert report.n_clips == len(table) == 20
    assert report.n_left_out == 0
    assert n_broken > 0
    assert report.faults["too short"] >= n_broken
    # In their order, with the labels, texts and splits that were planned.
    for column, values in (
        ("text", [clip.text for clip in planned]),
        ("product", [clip.labels[0] for clip in planned]),
        ("split", [clip.split for clip in planned]),
    ):
        assert table[column].to_list() == values
    assert not table["speaker"].str.contains("broken").any()
    broken = pd.read_csv(tmp_path / "shop" / "broken.csv")
    assert len(broken) == report.faults["too short"]
    assert broken["speaker"].str.endswith("+broken").all()
    assert is_spoken(tmp_path / "shop")


def test_what_is_spoken_again_is_equal_for_any_number_of_processes(tmp_path: Path) -> None:
    config = hummed(tmp_path, ["broken", *(f"v{'i' * n}" for n in range(9))])
    alone = synthesise_corpus(config, tmp_path / "alone", workers=1)
    helped = synthesise_corpus(config, tmp_path / "helped", workers=3)
    assert contents(tmp_path / "helped") == contents(tmp_path / "alone")
    assert helped.faults == alone.faults


def test_what_stays_broken_is_left_out_and_counted(tmp_path: Path) -> None:
    names = ["rusak", *(f"roti {letter * 3}" for letter in "abcdefghijk")]
    slots = {"product": {name: [name] for name in names}}
    config = hummed(tmp_path, ["a", "bb", "ccc"], 24, templates=["{product}"], slots=slots)

    report = synthesise_corpus(config, tmp_path / "shop", workers=1)

    table = pd.read_csv(report.metadata_path)
    n_left_out = sum(clip.text == "rusak" for clip in plan_utterances(config))
    assert n_left_out > 0
    assert (report.n_clips, report.n_left_out) == (len(table), n_left_out)
    assert report.n_clips == 24 - n_left_out
    assert report.faults == {"too short": 4 * n_left_out}
    assert "rusak" not in set(table["product"])


def test_an_engine_that_breaks_everything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SynthesisError, match=r"5 of 5 clips came out broken .*\(too short 20\); try the engine"
    ):
        synthesise_corpus(hummed(tmp_path, ["broken"], 5), tmp_path / "shop")
    assert not (tmp_path / "shop").exists()


def test_a_check_that_is_off_lets_everything_through(tmp_path: Path) -> None:
    config = hummed(tmp_path, ["broken"], 5, checks={"enable": False})
    assert synthesise_corpus(config, tmp_path / "shop").n_clips == 5
    assert not (tmp_path / "shop" / "broken.csv").exists()


def test_two_engines_share_a_corpus(tmp_path: Path) -> None:
    further = {"command": hum_command(tmp_path), "voices": ["a", "bb", "ccc"], "share": 0.3}
    alone = corpus(30, negatives={"share": 0.5})
    shared = alone.model_copy(
        update={"more_engines": (FurtherEngineConfig.model_validate(further),)}
    )
    synthesise_corpus(shared, tmp_path / "one", workers=1)
    synthesise_corpus(shared, tmp_path / "two", workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    table = pd.read_csv(tmp_path / "one" / "metadata.csv", keep_default_na=False)
    orders = table[:30]
    is_hummed = orders["speaker"].str.startswith(shared.more_engines[0].engine.program)
    assert is_hummed.sum() == pytest.approx(9, abs=1)
    assert set(orders["sample_rate"][is_hummed]) == {8000}
    assert set(orders["sample_rate"][~is_hummed]) == {22050}


def test_a_further_program_that_is_missing_is_named(tmp_path: Path) -> None:
    further = {"command": "no-such-synthesiser {text} {out}"}
    with pytest.raises(
        SynthesisError, match=r"no-such-synthesiser cannot be started \(.*install it"
    ):
        synthesise_corpus(corpus(10, more_engines=[further]), tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_babble_of_two_engines_is_mixed_at_one_rate(tmp_path: Path) -> None:
    further = {"command": hum_command(tmp_path), "voices": ["a", "bb", "ccc"], "share": 0.5}
    config = corpus(6, more_engines=[further])
    speakers = tuple(plan_utterances(config))
    assert {speaker.voice.engine.name for speaker in speakers} == {"espeak", "command"}
    waveform, sample_rate = render_clip(Sound(None, 1, 1.5, ("none",) * 2, "train", speakers))
    assert sample_rate in (8000, 22050)
    assert waveform.size == round(1.5 * sample_rate)
