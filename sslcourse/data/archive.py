"""Unpack an archive into a new folder, trusting nothing in it.

Only regular files come out, only below the folder, and never more bytes than were agreed: a name with ``..`` or an
absolute one, a link, a device, a file that comes twice, or an archive that swells beyond its bound makes the whole
archive refused. Owners, permissions and times are dropped.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from .errors import SourceFailed

_DECOMPRESSORS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}  # by the first two bytes
_DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, UnicodeError,
)
_CHUNK = 1 << 20


class ArchiveError(SourceFailed):
    """An archive is damaged, is no archive, or holds something that does not belong in a data set."""


def unpack(archive: Path, folder: Path, *, name: str, max_bytes: int) -> Path:
    """Unpack a tar (plain, gz, bz2, xz), zip or gz file into `folder`, which must not exist yet.

    `name` is what the archive is called: a lone ``x.gz`` gives the file ``x``. `max_bytes` bounds what comes out, a
    tar's headers included. Returns the folder, or for a lone .gz that file. ArchiveError when the archive is damaged or
    refused; nothing of it is left then.
    """
    with _all_or_nothing(folder, name), archive.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic == b"PK\x03\x04":
            _unzip(file, folder, max_bytes)
            return folder
        stream = _Bounded(_DECOMPRESSORS.get(magic[:2], lambda plain: plain)(file), max_bytes)
        if stream.looks_like_tar():
            _untar(stream, folder)
            return folder
        if magic[:2] == b"\x1f\x8b" and name.endswith(".gz"):
            target = _below(folder, name.removesuffix(".gz"))
            _write(stream, target)
            return target
        raise ArchiveError(f"{name}: neither a tar, a zip nor a gz file")


def untar_stream(stream: BinaryIO, folder: Path, *, name: str, max_bytes: int) -> Path:
    """Unpack an uncompressed tar from a pipe into `folder`, which must not exist yet; as careful as `unpack`."""
    with _all_or_nothing(folder, name):
        _untar(_Bounded(stream, max_bytes), folder)
    return folder


@contextlib.contextmanager
def _all_or_nothing(folder: Path, name: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, _DAMAGED) or (isinstance(error, OSError) and error.errno is None):  # gzip's and bz2's own
            raise ArchiveError(f"{name}: the archive is damaged ({error})") from error
        raise


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than `limit` bytes, headers included: the bound on a decompression bomb."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.limit, self.given, self.peeked = stream, limit, 0, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        room = self.limit - self.given + 1  # one more than allowed, so that the excess shows
        size = room if size < 0 else min(size, room)
        data, self.peeked = self.peeked[:size], self.peeked[size:]
        if len(data) < size:
            data += self.stream.read(size - len(data))
        self.given += len(data)
        if self.given > self.limit:
            raise ArchiveError(f"the archive holds more than the {self.limit:,} bytes that the catalogue allows; refused")
        return data

    def looks_like_tar(self) -> bool:
        while len(self.peeked) < 512 and (more := self.stream.read(512 - len(self.peeked))):
            self.peeked += more
        try:
            tarfile.TarInfo.frombuf(self.peeked[:512], "utf-8", "surrogateescape")  # checks the header's checksum
        except tarfile.HeaderError:
            return False
        return True


def _untar(stream: _Bounded, folder: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            target = _below(folder, member.name)
            if member.isdir():
                _make_folder(target)
            elif member.isreg() and not member.issparse():
                _make_folder(target.parent)
                _write(tar.extractfile(member), target)
            else:
                raise ArchiveError(f"{member.name!r} in the archive is a link or a device, not a file; refused")
    while stream.read(_CHUNK):  # to the very end, where a compressed file keeps its checksum
        pass


def _unzip(file: BinaryIO, folder: Path, max_bytes: int) -> None:
    room = max_bytes
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            target, kind = _below(folder, member.filename), stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                _make_folder(target)
                continue
            if kind not in (0, stat.S_IFREG) or member.flag_bits & 1:
                raise ArchiveError(f"{member.filename!r} in the archive is a link, a device or encrypted; refused")
            _make_folder(target.parent)
            with archive.open(member) as content:
                room -= _write(_Bounded(content, room), target)


def _below(folder: Path, name: str) -> Path:
    """The path of member `name` below `folder`; ArchiveError where it would lie elsewhere on any operating system."""
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or ".." in path.parts or re.search(r'[\\:*?"<>|\x00-\x1f]', name)
    if unsafe or (not path.parts and name not in (".", "./")):
        raise ArchiveError(f"{name!r} in the archive would lie outside its folder, or is no name for a file; refused")
    return folder.joinpath(*path.parts)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ArchiveError(f"{folder.name!r} in the archive is both a file and a folder; refused") from None


def _write(stream: BinaryIO, target: Path) -> int:
    try:
        file = target.open("xb")  # never onto something that is there already
    except (FileExistsError, IsADirectoryError):
        raise ArchiveError(f"{target.name!r} comes twice in the archive; refused") from None
    written = 0
    with file:
        while chunk := stream.read(_CHUNK):
            written += file.write(chunk)
    return written
