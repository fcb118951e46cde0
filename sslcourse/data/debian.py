"""Fetch files that a Debian package holds: from where it is installed, else out of the package, uninstalled.

`apt-get download` fetches a package, checked against the distribution's signatures, and runs none of it; no rights are
needed for that, and nothing is installed. Works on Debian and Ubuntu; elsewhere the next source is tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import archive, package_manager
from .catalogue import Part, Source
from .errors import SourceFailed

ROOT = Path("/")
_OPTIONS = ("-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30", "-o", "Acquire::https::Timeout=30")
_LISTS_BYTES = 10_000_000  # about what `apt-get update` brings


def fetch(source: Source, parts: Sequence[Part], folder: Path, name: str) -> None:
    """Put each of `parts` at ``folder / part.file``; SourceFailed when neither way works."""
    installed = [ROOT / part.path for part in parts]
    if all(file.is_file() and file.stat().st_size == part.bytes for file, part in zip(installed, parts)):
        for file, part in zip(installed, parts):
            try:
                content = file.read_bytes()
            except OSError as error:
                raise SourceFailed(f"{file} cannot be read ({error.strerror})") from None
            (folder / part.file).write_bytes(content)
        return
    tools = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if tools:
        missing = f"there is no {' and no '.join(tools)} to fetch it with"
        raise SourceFailed(f"the Debian package {source.package} is not installed, and {missing}")
    with tempfile.TemporaryDirectory(dir=folder, prefix="debian-", ignore_cleanup_errors=True) as work:
        package = _download(source, Path(work), f"{name}: {source.package}")
        content = _unpack(package, Path(work) / "content", max_bytes=source.bytes + (1 << 26))
        for part in parts:
            if not (content / part.path).is_file():
                raise SourceFailed(f"this version of the Debian package {source.package} holds no {part.path}")
            os.replace(content / part.path, folder / part.file)


def _download(source: Source, work: Path, desc: str) -> Path:
    """The package as a .deb file. Where the machine's package lists are missing or old, own ones are fetched first."""
    def apt(*words: str, expected: int) -> None:
        package_manager.run(["apt-get", *_OPTIONS, *words], work, tool="apt-get", expected=expected, desc=desc)

    try:
        apt("download", source.package, expected=source.bytes)
    except SourceFailed as first:
        settings = (f"Dir::State::Lists={work / 'lists'}", f"Dir::Cache={work / 'cache'}", "Debug::NoLocking=1")
        own = [word for setting in settings for word in ("-o", setting)]
        (work / "lists" / "partial").mkdir(parents=True)
        (work / "cache" / "archives" / "partial").mkdir(parents=True)
        try:
            apt(*own, "update", expected=_LISTS_BYTES)
            apt(*own, "download", source.package, expected=source.bytes)
        except SourceFailed as second:
            raise SourceFailed("; ".join(dict.fromkeys([str(first), str(second)]))) from None
    packages = list(work.glob("*.deb"))
    if len(packages) != 1:
        raise SourceFailed(f"apt-get download {source.package} left {len(packages)} packages, wanted one")
    return packages[0]


def _unpack(package: Path, folder: Path, *, max_bytes: int) -> Path:
    """The files of a .deb, in `folder`: dpkg-deb decompresses, whatever the format; the tar is unpacked with care."""
    command, nothing = ["dpkg-deb", "--fsys-tarfile", str(package)], subprocess.DEVNULL
    with subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing) as opened:
        try:
            return archive.untar_stream(opened.stdout, folder, name=package.name, max_bytes=max_bytes)
        finally:
            opened.kill()  # it has nothing more to say: the tar has been read to its end, or was refused
