import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.audio.wav import wav_bytes
from slu.config import DataConfig, QualityConfig
from slu.data import recordings as recordings_module
from slu.data.ingest import ingest
from slu.data.metadata import metadata_columns
from slu.data.prompts import Prompt
from slu.data.recordings import Recordings, clean_name
from slu.data.takes import Take, check_take
from slu.errors import DataError

SLOTS = ["product", "quantity"]
TEA = Prompt("satu teh", {"product": "teh", "quantity": "1"})


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return Recordings(tmp_path / "data/raw/recorded", SLOTS)


def take(seed: int) -> Take:
    rng = np.random.default_rng(seed)
    content = wav_bytes(rng.uniform(-0.3, 0.3, 8000).astype(np.float32), 16000)
    return check_take(content, QualityConfig())


def test_before_the_first_recording_there_is_none(recordings: Recordings) -> None:
    assert recordings.read().empty
    assert not recordings.folder.exists()


def test_a_recording_is_kept_with_its_labels(recordings: Recordings) -> None:
    recording_id = recordings.add(take(1), TEA, " Siti ")
    (row,) = recordings.read().to_dict("records")
    assert list(pd.read_csv(recordings.folder / "metadata.csv").columns) == metadata_columns(SLOTS)
    assert {**row, "sha256": ""} == {
        "id": recording_id, "path": f"wav/{recording_id}.wav", "text": "satu teh",
        "product": "teh", "quantity": "1", "speaker": "Siti", "source": "recorded", "split": "",
        "duration_s": "0.5", "sample_rate": "16000", "sha256": "",
        "audio_path": str(recordings.folder / f"wav/{recording_id}.wav"),
    }  # fmt: skip
    assert Path(row["audio_path"]).read_bytes() == take(1).content


def test_keeping_it_twice_is_keeping_it_once(recordings: Recordings) -> None:
    assert recordings.add(take(1), TEA, "Siti") == recordings.add(take(1), TEA, "Siti")
    assert len(recordings.read()) == 1


def test_a_name_is_spelled_as_before(recordings: Recordings) -> None:
    for seed, name in enumerate(["Siti", "SITI", "siti  ", "Budi"]):
        recordings.add(take(seed), TEA, name)
    assert list(recordings.read()["speaker"]) == ["Siti", "Siti", "Siti", "Budi"]


@pytest.mark.parametrize("name", ["", "  ", "\n", "x" * 61, "Unknown"])
def test_a_speaker_needs_a_name(recordings: Recordings, name: str) -> None:
    with pytest.raises(DataError, match="give the speaker a name"):
        recordings.add(take(1), TEA, name)
    assert recordings.read().empty


def test_a_clean_name_has_no_line_ends() -> None:
    assert clean_name(" Siti\nNur\thayati ") == "Siti Nur hayati"


def test_a_recording_can_be_deleted(recordings: Recordings) -> None:
    ids = [recordings.add(take(seed), TEA, "Siti") for seed in range(3)]
    recordings.remove(ids[1])
    recordings.remove("not there")
    assert list(recordings.read()["id"]) == [ids[0], ids[2]]
    assert len(list((recordings.folder / "wav").iterdir())) == 2
    for recording_id in ids:
        recordings.remove(recording_id)
    assert recordings.read().empty


def test_several_people_may_record_at_once(recordings: Recordings) -> None:
    takes = [take(seed) for seed in range(24)]

    def record(number: int) -> None:
        for one in takes[number::4]:
            Recordings(recordings.folder, SLOTS).add(one, TEA, f"speaker {number}")

    threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(recordings.read()["sha256"]) == {one.facts.sha256 for one in takes}


def test_a_table_that_cannot_be_written_is_as_it_was(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings.add(take(1), TEA, "Siti")
    before = (recordings.folder / "metadata.csv").read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(recordings_module, "write_csv", fail)
    with pytest.raises(OSError, match="no space"):
        recordings.add(take(2), TEA, "Siti")
    assert (recordings.folder / "metadata.csv").read_bytes() == before


def test_a_new_slot_is_added_to_the_rows_before(recordings: Recordings) -> None:
    recordings.add(take(1), TEA, "Siti")
    wider = Recordings(recordings.folder, [*SLOTS, "size"])
    wider.add(take(2), Prompt("x", {**TEA.labels, "size": "besar"}), "Siti")
    assert list(wider.read()["size"]) == ["", "besar"]


def test_a_damaged_table_is_an_error_that_names_it(recordings: Recordings) -> None:
    recordings.folder.mkdir(parents=True)
    (recordings.folder / "metadata.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="there is no column id, path, speaker; mend it"):
        recordings.read()


def test_recordings_are_ingested(recordings: Recordings, tmp_path: Path) -> None:
    for seed in range(4):
        recordings.add(take(seed), TEA, f"speaker {seed}")
    report = ingest(DataConfig(), tmp_path)
    table = pd.read_csv(report.metadata_path, dtype=str)
    assert set(table["source"]) == {"recorded"}
    assert set(table["split"]) == {"train", "val", "test"}
    assert report.n_flagged == report.n_rejected == 0
