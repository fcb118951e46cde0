"""The cache: each data set as one folder, written whole or not at all, read in one gulp or row by row.

    NAME/meta.json             where it came from, and the size and SHA-256 of each file beside it
    NAME/SPLIT.safetensors     the tensors of a split
    NAME/SPLIT.json            its lists of strings
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
from . import catalogue
from .download import sha256_of

FORMAT = 1
_DTYPES = {  # safetensors' names; what a reader may return
    "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "I32": torch.int32, "I64": torch.int64, "BOOL": torch.bool,
    "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
}
Split = dict[str, torch.Tensor | list[str]]


def folder(name: str) -> Path:
    """Where the data set `name` is cached, whether or not it is there yet."""
    return runtime.data_folder() / name


def is_cached(name: str) -> bool:
    """Whether `name` is there, whole, and as this version of the course wants it (by sizes; `verify` looks inside)."""
    files = (_meta(name) or {}).get("files")
    return bool(files) and all(_size(folder(name) / file) == known["bytes"] for file, known in files.items())


def cached() -> list[str]:
    """The data sets that are there."""
    return [name for name in catalogue.names() if is_cached(name)]


def meta(name: str) -> dict[str, Any]:
    """What is known about a cached data set: source, files, splits, versions. FileNotFoundError if it is not there."""
    found = _meta(name) if is_cached(name) else None
    if found is None:
        raise FileNotFoundError(f"{name} is not in {runtime.data_folder()}: run `python -m sslcourse data {name}`")
    return found


def read(name: str, split: str, rows: torch.Tensor | None = None) -> Split:
    """One split of a cached data set, as its reader gave it.

    With `rows`, a tensor of row numbers (K,), only these rows are read, in that order; columns that are not per row,
    those named …classes or …_names, come whole. ValueError for a split or a row that does not exist, FileNotFoundError
    when the set is not cached.
    """
    known = meta(name)
    expect.one_of(split, "split", known["splits"])
    count = known["splits"][split]
    if rows is not None:
        expect.labels(rows, "rows", num_classes=count)
    result: Split = {}
    if f"{split}.safetensors" in known["files"]:
        result.update(_read_tensors(folder(name) / f"{split}.safetensors", rows))
    if f"{split}.json" in known["files"]:
        strings = json.loads((folder(name) / f"{split}.json").read_bytes())
        for key, values in strings.items():
            result[key] = values if rows is None or not per_row(key) else [values[i] for i in rows.tolist()]
    return result


def write(name: str, splits: Mapping[str, Split], about: Mapping[str, Any]) -> Path:
    """Store what a reader returned, in place of what was there; `about` goes into meta.json. Returns the folder.

    Everything is written beside the cache, flushed to the disk, and renamed as a whole: a process that is killed, or a
    disk that fills up, leaves no half. ValueError for a value that is neither a tensor nor a list of strings.
    """
    for split, values in splits.items():
        for key, value in values.items():
            strings = isinstance(value, list) and all(isinstance(text, str) for text in value)
            tensor = isinstance(value, torch.Tensor) and value.ndim > 0 and value.dtype in _DTYPES.values()
            expect.that(tensor or strings, f"{split}[{key!r}]", value, "a tensor with rows or a list of strings")
    target = folder(name)
    fresh = target.with_name(f".{name}.{uuid.uuid4().hex}.tmp")
    fresh.mkdir(parents=True)
    try:
        for split, values in splits.items():
            _write_split(fresh, split, values)
        files = {file.name: {"bytes": _size(file), "sha256": sha256_of(file)} for file in sorted(fresh.iterdir())}
        _write_json(fresh / "meta.json", {
            **about, "format": FORMAT, "name": name, "revision": catalogue.entry(name).revision,
            "splits": {split: count_rows(values) for split, values in splits.items()}, "files": files,
            "versions": {"sslcourse": __version__, "torch": torch.__version__, "python": platform.python_version()},
            "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        })
        if target.exists():
            os.replace(target, fresh.with_suffix(".old"))
        os.replace(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(fresh.with_suffix(".old"), ignore_errors=True)
    return target


def verify(name: str) -> list[str]:
    """What is wrong with a cached data set, each file hashed anew: a sentence per fault. Not cached is a fault, too."""
    if not is_cached(name):
        return [f"{name} is not cached, or not whole"]
    files = [(folder(name) / file, known["sha256"]) for file, known in meta(name)["files"].items()]
    return [f"{file} is not what was stored" for file, sha256 in files if sha256_of(file) != sha256]


def count_rows(split: Split) -> int:
    """How many rows a split has; ValueError when its columns do not agree, or there is none."""
    lengths = {key: len(column) for key, column in split.items() if per_row(key)}
    expect.that(len(set(lengths.values())) == 1, "split", lengths, "columns of one length")
    return next(iter(lengths.values()))


def per_row(key: str) -> bool:
    """Whether the column `key` has an entry for each row, as all have but those that name what numbers stand for."""
    return not key.endswith(("classes", "_names"))


def clear_leftovers(name: str) -> None:
    """Remove what a killed write of `name` left. To be called under the lock of `name` only."""
    for pattern in (f".{name}.*.tmp", f".{name}.*.old"):
        for left in runtime.data_folder().glob(pattern):
            shutil.rmtree(left, ignore_errors=True)


def _meta(name: str) -> dict[str, Any] | None:
    """meta.json, or None where there is none, it cannot be read, or it is of another format or revision."""
    wanted = {"format": FORMAT, "name": name, "revision": catalogue.entry(name).revision}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder(name) / "meta.json").read_bytes())
        if isinstance(found, dict) and found.items() >= wanted.items():
            return found
    return None


def _write_split(fresh: Path, split: str, values: Split) -> None:
    import safetensors.torch

    tensors = {key: value.cpu().contiguous() for key, value in values.items() if isinstance(value, torch.Tensor)}
    strings = {key: value for key, value in values.items() if isinstance(value, list)}
    if tensors:
        file = fresh / f"{split}.safetensors"
        safetensors.torch.save_file(tensors, file)
        file.chmod(0o644)  # the library makes it 0600; a data folder may serve a whole class
        with file.open("rb+") as written:
            os.fsync(written.fileno())
    if strings:
        _write_json(fresh / f"{split}.json", strings)


def _write_json(file: Path, value: object) -> None:
    with file.open("w", encoding="ascii") as written:  # ASCII: half of a surrogate pair in a text must not stop it
        json.dump(value, written)
        written.flush()
        os.fsync(written.fileno())


def _read_tensors(path: Path, rows: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file: 8 bytes that say how long the JSON header is, the header, and the raw numbers.

    Read by hand because the library maps the file: its pages then count as memory of the process beside every copy, and
    on Windows a mapped file cannot be replaced. Here the numbers go straight to where they stay.
    """
    tensors = {}
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start = file.tell()
        for key, spec in header.items():
            if key == "__metadata__":
                continue
            shape, dtype, (begin, end) = spec["shape"], _DTYPES[spec["dtype"]], spec["data_offsets"]
            if rows is not None and per_row(key) and end > begin:
                raw = _pick_rows(path, start + begin, (shape[0], (end - begin) // shape[0]), rows)
                shape = [len(rows), *shape[1:]]
            else:
                raw = torch.empty(end - begin, dtype=torch.uint8)
                file.seek(start + begin)
                if file.readinto(raw.numpy()) != len(raw):
                    raise OSError(f"{path} ends too soon: run `python -m sslcourse data {path.parent.name} --again`")
            tensors[key] = raw.view(dtype).reshape(shape)
    return tensors


def _pick_rows(path: Path, offset: int, shape: tuple[int, int], rows: torch.Tensor) -> torch.Tensor:
    import numpy as np

    table = np.memmap(path, mode="r", offset=offset, shape=shape, dtype=np.uint8)  # reads only these rows' pages
    return torch.from_numpy(table[rows.numpy()]).flatten()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
