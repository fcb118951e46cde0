"""The cache: each data set as one folder, written whole or not at all, read in one gulp or row by row.

    NAME/meta.json             where it came from, and the size and SHA-256 of each file beside it
    NAME/SPLIT.safetensors     the tensors of a split
    NAME/SPLIT.json            its lists of strings

Every function takes the data set's `Entry` of the catalogue.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .. import __version__, expect, runtime
from . import columns
from .catalogue import Entry
from .columns import Split
from .download import sha256_of

FORMAT = 1


def folder(entry: Entry) -> Path:
    """Where the data set is cached, whether or not it is there yet."""
    return runtime.data_folder() / entry.name


def is_cached(entry: Entry) -> bool:
    """Whether it is there, whole, and as this version of the course wants it (by sizes; `verify` looks inside)."""
    files = (_meta(entry) or {}).get("files")
    return bool(files) and all(_size(folder(entry) / file) == known["bytes"] for file, known in files.items())


def meta(entry: Entry) -> dict[str, Any]:
    """What is known about a cached data set: source, files, splits, versions. FileNotFoundError if it is not there."""
    found = _meta(entry) if is_cached(entry) else None
    if found is None:
        where = runtime.data_folder()
        raise FileNotFoundError(f"{entry.name} is not in {where}: run `python -m sslcourse data {entry.name}`")
    return found


def read(entry: Entry, split: str, rows: torch.Tensor | None = None) -> Split:
    """One split of a cached data set, as its reader gave it.

    With `rows`, a tensor of row numbers (K,), only these rows are read, in that order; columns that are not per row,
    those named …classes or …_names, come whole. ValueError for a split or a row that does not exist, FileNotFoundError
    when the set is not cached, another OSError where its files are damaged or may not be read.
    """
    known = meta(entry)
    expect.one_of(split, "split", known["splits"])
    if rows is not None:
        expect.labels(rows, "rows", num_classes=known["splits"][split])
    try:
        return columns.read(folder(entry), split, rows)
    except PermissionError as error:
        raise PermissionError(error.errno, "may not be read by you; its owner can change that, or set SSLCOURSE_DATA to a "
                              "folder of your own", error.filename) from error
    except (ValueError, KeyError, TypeError, RuntimeError) as error:    # of the right size, and not what was written
        raise OSError(f"{entry.name} is damaged in {folder(entry)} ({type(error).__name__}: {error}): run "
                      f"`python -m sslcourse data {entry.name} --again`") from error


def write(entry: Entry, splits: Mapping[str, Split], about: Mapping[str, Any]) -> Path:
    """Store what a reader returned, in place of what was there; `about` goes into meta.json. Returns the folder.

    Everything is written beside the cache, flushed to the disk, and renamed as a whole: a process that is killed, or a
    disk that fills up, leaves no half. ValueError for a value that is neither a tensor nor a list of strings.
    """
    columns.check(splits)
    target = folder(entry)
    fresh = target.with_name(f".{entry.name}.{uuid.uuid4().hex}.tmp")
    fresh.mkdir(parents=True)
    try:
        for split, values in splits.items():
            columns.write(fresh, split, values)
        files = {file.name: {"bytes": _size(file), "sha256": sha256_of(file)} for file in sorted(fresh.iterdir())}
        columns.write_json(fresh / "meta.json", {
            **about, "format": FORMAT, "name": entry.name, "revision": entry.revision,
            "splits": {split: columns.count_rows(values) for split, values in splits.items()}, "files": files,
            "versions": {"sslcourse": __version__, "torch": torch.__version__, "python": platform.python_version()},
            "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        })
        if target.exists():
            os.replace(target, fresh.with_suffix(".old"))
        os.replace(fresh, target)
    finally:
        _remove(fresh)
        _remove(fresh.with_suffix(".old"))
    return target


def verify(entry: Entry) -> list[str]:
    """What is wrong with a cached data set, each file hashed again: a sentence per fault. Not cached is a fault, too."""
    if not is_cached(entry):
        return [f"{entry.name} is not cached, or not whole"]
    files = [(folder(entry) / file, known["sha256"]) for file, known in meta(entry)["files"].items()]
    return [f"{file} is not what was stored" for file, sha256 in files if sha256_of(file) != sha256]


def clear_leftovers(entry: Entry) -> None:
    """Remove what a killed write left. To be called under the lock of this data set only."""
    for pattern in (f".{entry.name}.*.tmp", f".{entry.name}.*.old"):
        for left in runtime.data_folder().glob(pattern):
            _remove(left)


def _remove(path: Path) -> None:
    """A folder with all that is in it, or a link to one, whose files are somebody else's and stay."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _meta(entry: Entry) -> dict[str, Any] | None:
    """meta.json, or None where there is none, it cannot be read, or it is of another format or revision."""
    wanted = {"format": FORMAT, "name": entry.name, "revision": entry.revision}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder(entry) / "meta.json").read_bytes())
        if isinstance(found, dict) and found.items() >= wanted.items():
            return found
    return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
