import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from slu.data import archive as archive_module
from slu.data.archive import Archive, leads_outside, normal_path
from slu.errors import DataError


def packed(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> BytesIO:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content


def test_a_file_is_written_where_it_says(tmp_path: Path) -> None:
    archive = Archive(packed({"set/wav/a.wav": b"sound", "set/labels.CSV": b"path\n"}))
    assert archive.table() == "set/labels.CSV"
    archive.extract("set/wav/a.wav", tmp_path)
    assert (tmp_path / "set/wav/a.wav").read_bytes() == b"sound"


def test_paths_of_windows_and_detours_are_understood(tmp_path: Path) -> None:
    assert normal_path("set\\wav\\..\\a.wav") == "set/a.wav"
    Archive(packed({"set\\a.wav": b"x"})).extract("set/a.wav", tmp_path)
    assert (tmp_path / "set/a.wav").exists()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.wav", "..", ".", "C:/a.wav", "a/../../b.wav", "..\\a.wav"]
)
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    archive = Archive(packed({path: b"evil"}))
    assert leads_outside(normal_path(path))
    with pytest.raises(DataError, match="leads out of the zip"):
        archive.extract(normal_path(path), folder)
    assert list(tmp_path.rglob("*")) == [folder]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "it holds none"),
        ({"a.wav": b""}, "it holds none"),
        ({"__MACOSX/a.csv": b"", "set/._a.csv": b""}, "it holds none"),
        ({"a.csv": b"", "b/b.csv": b""}, r"it holds 2 \(a.csv, b/b.csv\)"),
    ],
)
def test_there_must_be_one_table(files: dict[str, bytes], found: str) -> None:
    with pytest.raises(DataError, match=found):
        Archive(packed(files)).table()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no such file"):
        Archive(packed({"a.csv": b""})).extract("b.wav", tmp_path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = packed({"a.wav": bytes(30_000_000)})
    assert bomb.getbuffer().nbytes < 50_000
    with pytest.raises(DataError, match="more than 1 MB when unpacked"):
        Archive(bomb, max_file_bytes=1_000_000).extract("a.wav", tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2_000_000


def test_a_size_that_is_claimed_is_not_believed(tmp_path: Path) -> None:
    content = bytearray(packed({"a.wav": bytes(5_000_000)}).getvalue())
    for place in (content.find(b"PK\x03\x04") + 22, content.find(b"PK\x01\x02") + 24):
        content[place : place + 4] = (10).to_bytes(4, "little")
    # Either is right: no more than was claimed, or a complaint.
    try:
        Archive(BytesIO(bytes(content)), max_file_bytes=1_000_000).extract("a.wav", tmp_path)
    except DataError:
        return
    assert (tmp_path / "a.wav").stat().st_size <= 1_000_000


def test_all_files_together_may_not_be_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "_MAX_TOTAL_BYTES", 2_500_000)
    archive = Archive(packed({f"{name}.wav": bytes(1_000_000) for name in "abc"}))
    archive.extract("a.wav", tmp_path)
    archive.extract("b.wav", tmp_path)
    with pytest.raises(DataError, match="all files together"):
        archive.extract("c.wav", tmp_path)


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_MAX_FILES", 2)
    with pytest.raises(DataError, match="more than 2 files"):
        Archive(packed(dict.fromkeys("abc", b"")))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(tmp_path: Path, packing: int) -> None:
    with pytest.raises(DataError, match="unusual way"):
        Archive(packed({"a.wav": b"x" * 100}, packing)).extract("a.wav", tmp_path)


def test_damage_is_said_not_raised_as_it_is(tmp_path: Path) -> None:
    """Whatever byte is wrong: it is read, or it is a DataError."""
    whole = packed({"a.csv": b"path\n1.wav\n" * 20, "wav/1.wav": bytes(range(256)) * 8}).getvalue()
    n_refused = 0
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0x5A
        try:
            archive = Archive(BytesIO(bytes(damaged)))
            archive.extract(archive.table(), tmp_path / "x")
            archive.extract("wav/1.wav", tmp_path / "x")
        except DataError:
            n_refused += 1
    assert n_refused > 10


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="no zip file that can be read"):
        Archive(BytesIO(content))


def test_a_locked_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(packed({"a.wav": b"x" * 100}).getvalue())
    for place in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[place] |= 1
    with pytest.raises(DataError, match="locked by a password"):
        Archive(BytesIO(bytes(content))).extract("a.wav", tmp_path)


def test_a_file_and_a_folder_of_one_name_are_no_crash(tmp_path: Path) -> None:
    archive = Archive(packed({"a": b"x", "a/b.wav": b"y"}))
    archive.extract("a", tmp_path)
    with pytest.raises(DataError, match="cannot be unpacked"):
        archive.extract("a/b.wav", tmp_path)
