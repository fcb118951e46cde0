"""Archives, honest and hostile: what is unpacked is files below one folder, or nothing at all."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import stat
import tarfile
import zipfile

import pytest

from sslcourse.data import archive
from sslcourse.data.archive import ArchiveError

FILES = {"package/a.txt": b"alpha", "package/deep/er/b.bin": bytes(range(256)) * 5000, "package/empty": b""}
ROOM = 10_000_000


def tar_of(*members: tarfile.TarInfo | tuple[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as tar:
        for member in members:
            if isinstance(member, tuple):
                member, content = tarfile.TarInfo(member[0]), member[1]
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            else:
                tar.addfile(member)
    return buffer.getvalue()


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def special(name: str, type: bytes, linkname: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = type, linkname
    return member


def zip_link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.fixture
def unpack(tmp_path):
    """Unpack `content` below tmp_path/out; whatever happens, nothing may appear beside it."""
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"untouched")

    def run(content: bytes, name: str = "toy.tgz", max_bytes: int = ROOM):
        file = tmp_path / "archive"
        file.write_bytes(content)
        try:
            return archive.unpack(file, tmp_path / "out", name=name, max_bytes=max_bytes)
        except ArchiveError:
            assert not (tmp_path / "out").exists(), "a refused archive left files behind"
            raise
        finally:
            assert outside.read_bytes() == b"untouched"
            assert {path.name for path in tmp_path.iterdir()} <= {"archive", "out", "outside.txt"}
    return run


def contents(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder).as_posix()): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


TAR = tar_of(*FILES.items())
HONEST = {
    "tar": TAR, "tar.gz": gzip.compress(TAR), "tar.bz2": bz2.compress(TAR), "tar.xz": lzma.compress(TAR),
    "gnu tar": gzip.compress(tar_of(*FILES.items(), format=tarfile.GNU_FORMAT)), "zip": zip_of(*FILES.items()),
}


@pytest.mark.parametrize("kind", HONEST)
def test_an_honest_archive_gives_its_files(unpack, kind):
    assert contents(unpack(HONEST[kind])) == FILES


def test_a_lone_gz_gives_the_file_inside(unpack, tmp_path):
    file = unpack(gzip.compress(b"numbers"), name="t10k-labels-idx1-ubyte.gz")
    assert file == tmp_path / "out" / "t10k-labels-idx1-ubyte"
    assert file.read_bytes() == b"numbers"


def test_folders_and_a_leading_dot_are_no_danger(unpack):
    folder = special("./here", tarfile.DIRTYPE)
    assert contents(unpack(tar_of(special(".", tarfile.DIRTYPE), folder, ("./here/a", b"1")))) == {"here/a": b"1"}


def test_permissions_and_owners_are_not_taken_over(unpack):
    member = tarfile.TarInfo("tool")
    member.mode, member.uid = 0o4777, 1234
    file = unpack(tar_of(member)) / "tool"
    assert not file.stat().st_mode & (stat.S_ISUID | stat.S_IXUSR)
    assert os.name == "nt" or file.stat().st_uid == os.geteuid()


HOSTILE = {
    "dot-dot": tar_of(("../evil.txt", b"written")),
    "dot-dot inside": tar_of(("package/../../evil.txt", b"written")),
    "absolute": tar_of(("/no-such-folder/evil.txt", b"written")),
    "drive letter": tar_of(("C:/evil.txt", b"written")),
    "backslashes": tar_of(("..\\evil.txt", b"written")),
    "alternate stream": tar_of(("a.txt:stream", b"hidden")),
    "no name": tar_of(("", b"nameless")),
    "symbolic link": tar_of(special("link", tarfile.SYMTYPE, "../outside.txt"), ("link", b"written")),
    "link to a folder": tar_of(special("up", tarfile.SYMTYPE, ".."), ("up/outside.txt", b"written")),
    "hard link": tar_of(special("link", tarfile.LNKTYPE, "../outside.txt")),
    "device": tar_of(special("null", tarfile.CHRTYPE)),
    "pipe": tar_of(special("pipe", tarfile.FIFOTYPE)),
    "twice": tar_of(("a", b"one"), ("a", b"two")),
    "file as folder": tar_of(("a", b"file"), ("a/b", b"below a file")),
    "folder as file": tar_of(("a/b", b"below"), ("a", b"file")),
    "zip: dot-dot": zip_of(("../evil.txt", b"written")),
    "zip: absolute": zip_of(("/no-such-folder/evil.txt", b"written")),
    "zip: symbolic link": zip_of((zip_link("link"), b"../outside.txt")),
    "zip: twice": zip_of(("a", b"one"), ("./a", b"two")),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused_whole(unpack, kind):
    with pytest.raises(ArchiveError, match="in the archive"):
        unpack(HOSTILE[kind])


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_after_honest_ones_takes_them_with_it(unpack, kind):
    if kind.startswith("zip"):
        buffer = io.BytesIO(HOSTILE[kind])
        with zipfile.ZipFile(buffer, "a") as file:
            file.writestr("honest", b"good")
        mixed = buffer.getvalue()
    else:
        end = b"\0" * 1024  # a tar ends in two empty blocks; without the first one's, the second follows on
        mixed = tar_of(("honest", b"good"))[:1024] + HOSTILE[kind] + end
    with pytest.raises(ArchiveError):
        unpack(mixed)


def long_header(size: int) -> bytes:
    """An extended header that claims `size` bytes: a careless reader takes them into memory."""
    member = special("././@PaxHeader", tarfile.XHDTYPE)
    member.size = size
    return member.tobuf()


ZEROS = bytes(2 * ROOM)
BOMBS = {
    "tar.gz": gzip.compress(tar_of(("zeros", ZEROS))),
    "many files": gzip.compress(tar_of(*((f"{i}", ZEROS[:1_000_000]) for i in range(20)))),
    "header": gzip.compress(long_header(len(ZEROS)) + ZEROS),
    "lone gz": gzip.compress(ZEROS),
    "zip": zip_of(("zeros", ZEROS)),
    "zip, many files": zip_of(*((f"{i}", ZEROS[:1_000_000]) for i in range(20))),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_at_its_bound(unpack, kind):
    with pytest.raises(ArchiveError, match="bytes that the catalogue allows"):
        unpack(BOMBS[kind], name="x.gz")


def test_a_sparse_file_is_refused(unpack):
    member = special("holes", tarfile.GNUTYPE_SPARSE)
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"%011o\0" % 10**12  # the size it claims to have once its holes are filled
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with pytest.raises(ArchiveError, match="not a file"):
        unpack(bytes(header) + bytes(1024))


NOISE = random.Random(0).randbytes(200_000)
DAMAGED = {
    "cut in the middle": gzip.compress(TAR)[:-2000],
    "tar, cut": TAR[:TAR.index(bytes(range(256))) + 5000],
    "bytes turned": gzip.compress(NOISE)[:5000] + b"!!!!" + gzip.compress(NOISE)[5004:],
    "xz, cut": lzma.compress(TAR)[:-20],
    "bz2, cut": bz2.compress(TAR)[:-20],
    "bz2, nonsense": b"BZh9" + b"nonsense" * 100,
    "zip, cut": zip_of(*FILES.items())[:-30],
    "zip, nonsense": b"PK\x03\x04" + b"nonsense" * 100,
    "plain text": b"this is no archive at all" * 100,
    "html": b"<!doctype html><html></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_archive_is_an_archive_error(unpack, kind):
    with pytest.raises(ArchiveError):
        unpack(DAMAGED[kind], name="x.gz")


def test_a_full_disk_is_not_taken_for_a_damaged_archive(unpack, tmp_path, monkeypatch):
    def full(stream, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(HONEST["tar.gz"])
    assert not (tmp_path / "out").exists()


def test_a_tar_from_a_pipe_is_held_to_the_same_rules(tmp_path):
    assert contents(archive.untar_stream(io.BytesIO(TAR), tmp_path / "a", name="x.deb", max_bytes=ROOM)) == FILES
    with pytest.raises(ArchiveError, match="link"):
        archive.untar_stream(io.BytesIO(HOSTILE["symbolic link"]), tmp_path / "b", name="x.deb", max_bytes=ROOM)
    with pytest.raises(ArchiveError, match="allows"):
        archive.untar_stream(io.BytesIO(TAR), tmp_path / "c", name="x.deb", max_bytes=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
