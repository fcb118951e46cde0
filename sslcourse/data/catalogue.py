"""What each data set is and where it comes from: datasets/catalogue.toml, read into frozen dataclasses."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from pathlib import Path

from .. import expect, runtime


@dataclasses.dataclass(frozen=True)
class Part:
    """One file of a source.

    name      what the reader calls it: a file name, or the name of an npm package
    sha256    of the file as it is published; nothing inside it is looked at before this has passed
    bytes     its size as published
    unpacked  the most that it may hold once unpacked, in bytes (a whole tar, headers included)
    version   npm: the version of the package `name`
    path      debian: where the package puts the file, without the leading slash
    """

    name: str
    sha256: str
    bytes: int
    unpacked: int
    version: str = ""
    path: str = ""

    @property
    def file(self) -> str:
        """A file name for it that no other content shares, whichever source it comes from."""
        return f"{self.sha256[:16]}-{self.name.replace('/', '-').replace('@', '')}"


@dataclasses.dataclass(frozen=True)
class Source:
    """One place that a data set comes from: all of its parts are needed together.

    kind     "torchvision", "debian" or "npm"
    reader   the function of sslcourse.data.readers that turns the parts into tensors and strings
    dataset  torchvision: the class whose attributes hold the addresses
    package  debian: the package that holds the files
    """

    kind: str
    reader: str
    parts: tuple[Part, ...]
    dataset: str = ""
    package: str = ""

    def __str__(self) -> str:
        if self.kind == "npm":
            return "npm " + ", ".join(f"{part.name}@{part.version}" for part in self.parts)
        return f"{self.kind} {self.dataset or self.package}"

    @property
    def bytes(self) -> int:
        """What has to be downloaded, all parts together."""
        return sum(part.bytes for part in self.parts)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One data set of the course.

    kind           "images", "texts" or "pairs": an ImageSet, a TextSet or a PairSet comes out
    card           its card, relative to the catalogue: what it is, how it was made, its known faults
    splits         rows in each split, which every reader must deliver; `data.load(name)` gives "train"
    cached_bytes   its size once it is cached
    revision       to be raised when a reader changes what it returns: older caches are then fetched again
    classes        what the labels 0, 1, … stand for, where the files themselves hold numbers only
    """

    name: str
    title: str
    kind: str
    what: str
    licence: str
    citation: str
    card: str
    splits: dict[str, int]
    cached_bytes: int
    revision: int
    sources: tuple[Source, ...]
    classes: tuple[str, ...] = ()

    @property
    def download_bytes(self) -> int:
        """What the largest of its sources has to download."""
        return max(source.bytes for source in self.sources)


def path() -> Path:
    """Where the catalogue is; RuntimeError when the package runs outside the course's folder."""
    root = runtime.course_root()
    if root is None:
        raise RuntimeError(
            "datasets/catalogue.toml is not beside this package: sslcourse runs from its own checkout. "
            "Run `pip install -e .` in the folder of the course (make setup does it)."
        )
    return root / "datasets" / "catalogue.toml"


def names() -> list[str]:
    """The names of all data sets, in the order of the catalogue."""
    return list(_read(path()))


def entry(name: str) -> Entry:
    """The entry of one data set; ValueError, with the nearest names, when there is none."""
    expect.one_of(name, "name", names())
    return _read(path())[name]


@functools.cache
def _read(file: Path) -> dict[str, Entry]:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: _entry(name, table) for name, table in tables.items()}


def _entry(name: str, table: dict) -> Entry:
    try:
        sources = tuple(
            Source(**{**source, "parts": tuple(Part(**part) for part in source["parts"])})
            for source in table["sources"]
        )
        entry = Entry(**{**table, "name": name, "sources": sources, "classes": tuple(table.get("classes", ()))})
        expect.one_of(entry.kind, "kind", ("images", "texts", "pairs"))
        return entry
    except (KeyError, TypeError, ValueError) as error:
        raise RuntimeError(f"datasets/catalogue.toml, [{name}]: {error}") from None
