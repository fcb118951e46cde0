"""The columns of a split as files: tensors in SPLIT.safetensors, lists of strings in SPLIT.json.

A column has an entry for each row, except those called …classes or …_names: they name what the numbers of another stand for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch

from .. import expect

_DTYPES = {  # safetensors' names; what a reader may return
    "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16, "I32": torch.int32, "I64": torch.int64, "BOOL": torch.bool,
    "F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
}
Split = dict[str, torch.Tensor | list[str]]


def check(splits: Mapping[str, Split]) -> None:
    """ValueError for a value that is neither a tensor with rows nor a list of strings."""
    for split, values in splits.items():
        for key, value in values.items():
            strings = isinstance(value, list) and all(isinstance(text, str) for text in value)
            tensor = isinstance(value, torch.Tensor) and value.ndim > 0 and value.dtype in _DTYPES.values()
            expect.that(tensor or strings, f"{split}[{key!r}]", value, "a tensor with rows or a list of strings")


def count_rows(split: Split) -> int:
    """How many rows a split has; ValueError when its columns do not agree, or there is none."""
    lengths = {key: len(column) for key, column in split.items() if per_row(key)}
    expect.that(len(set(lengths.values())) == 1, "split", lengths, "columns of one length")
    return next(iter(lengths.values()))


def per_row(key: str) -> bool:
    """Whether the column `key` has an entry for each row: all have, except those that name what numbers stand for."""
    return not key.endswith(("classes", "_names"))


def write(folder: Path, split: str, values: Split) -> None:
    """Write one split into `folder`, flushed to the disk."""
    import safetensors.torch

    tensors = {key: value.cpu().contiguous() for key, value in values.items() if isinstance(value, torch.Tensor)}
    strings = {key: value for key, value in values.items() if isinstance(value, list)}
    if tensors:
        file = folder / f"{split}.safetensors"
        safetensors.torch.save_file(tensors, file)
        file.chmod(0o644)  # the library makes it 0600; a data folder may serve a whole class
        with file.open("rb+") as written:
            os.fsync(written.fileno())
    if strings:
        write_json(folder / f"{split}.json", strings)


def read(folder: Path, split: str, rows: torch.Tensor | None = None) -> Split:
    """One split as it was written; with `rows`, (K,), only these rows of the columns that have an entry for each row."""
    tensors, strings = folder / f"{split}.safetensors", folder / f"{split}.json"
    found: Split = _read_tensors(tensors, rows) if tensors.is_file() else {}
    if strings.is_file():
        for key, values in json.loads(strings.read_bytes()).items():
            found[key] = values if rows is None or not per_row(key) else [values[i] for i in rows.tolist()]
    return found


def write_json(file: Path, value: object) -> None:
    """Write `value` as JSON, flushed to the disk."""
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
