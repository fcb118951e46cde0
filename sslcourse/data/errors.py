"""What can go wrong while a data set is fetched, in three kinds: one source, all sources, or this machine's folder."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class SourceFailed(RuntimeError):
    """One source could not serve a data set, or served something else; the next source is tried."""


class NoSource(RuntimeError):
    """No source could serve a data set. The message names each that was tried, why it failed, and what to do.

    tried   pairs (source, reason), in the order of the attempts
    """

    def __init__(self, name: str, tried: Sequence[tuple[str, str]]) -> None:
        self.name, self.tried = name, tuple(tried)
        lines = [f"{name}: no source could be reached or trusted. Tried, in this order:"]
        lines += [f"  {number}. {source}: {reason}" for number, (source, reason) in enumerate(self.tried, start=1)]
        lines += [
            f"What to do: go online and run `python -m sslcourse data {name}` again (what has arrived is kept),",
            "or copy the data folder of someone who has it and point SSLCOURSE_DATA at it.",
            "Meanwhile data.shapes(...) is always there: it is generated, not downloaded.",
        ]
        super().__init__("\n".join(lines))


class DataFolderError(RuntimeError):
    """The data folder of this machine is full, cannot be written, or lacks the room that a data set needs."""


@contextlib.contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Turn the system's "disk full" and "not writable" inside the block into a DataFolderError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DataFolderError(
                f"The disk of the data folder {folder} is full ({free_space(folder) / 1e6:,.0f} MB left). Nothing "
                "half-written was kept. Free some room, or set SSLCOURSE_DATA to a folder on another disk."
            ) from error
        if error.errno == errno.EFBIG:
            raise DataFolderError(
                f"A file in the data folder {folder} may not grow as large as this set needs ({error.strerror or error}): "
                "a limit of this account (ulimit -f) or of the file system. Raise it, or set SSLCOURSE_DATA to another disk."
            ) from error
        if error.errno in _CLOSED:
            raise _unusable(folder, error) from error
        raise


def make_folder(folder: Path) -> None:
    """Make the data folder where it is missing; DataFolderError when that cannot be done, whatever the reason."""
    with folder_errors(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno in FULL:
                raise
            raise _unusable(folder, error) from error  # a drive that does not exist, a name that is too long, …


def _unusable(folder: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"The data folder {folder} cannot be written ({error.strerror or error}). "
        "Set SSLCOURSE_DATA to a folder where you may write."
    )


def free_space(folder: Path) -> int:
    """Bytes that may still be written where `folder` is, or will be once it is made."""
    for place in (folder.absolute(), *folder.absolute().parents):
        if place.is_dir():
            return shutil.disk_usage(place).free
    return 0
