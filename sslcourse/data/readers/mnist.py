"""MNIST and Fashion-MNIST: four IDX files, gzipped or not."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from .files import Columns, Splits, find, layout

IMAGES, LABELS = 0x00000803, 0x00000801  # unsigned bytes in three dimensions, and in one


def mnist_idx(parts: Mapping[str, Path]) -> Splits:
    """The files train-images-idx3-ubyte, train-labels-idx1-ubyte and their t10k twins, gzipped or not, in any folder.

    IDX is a big-endian header (two zero bytes, the type, the number of dimensions, each dimension's size) and then
    the bytes. Images come out as (N, 1, rows, columns).
    """
    return {"train": _split(parts, "train"), "test": _split(parts, "t10k")}


def _split(parts: Mapping[str, Path], prefix: str) -> Columns:
    images_file, labels_file = _file(parts, f"{prefix}-images", 3), _file(parts, f"{prefix}-labels", 1)
    images, labels = _idx(images_file, IMAGES), _idx(labels_file, LABELS)
    layout(len(labels) == len(images), labels_file, f"{len(labels):,} labels for {len(images):,} images")
    layout(int(labels.max()) < 10, labels_file, f"a label of {int(labels.max())}, wanted 0 to 9")
    return {"images": images[:, None].contiguous(), "labels": labels.long()}


def _file(parts: Mapping[str, Path], stem: str, dimensions: int) -> Path:
    names = [f"{stem}{joint}idx{dimensions}-ubyte" for joint in "-."]  # both spellings are about
    return find(parts, *names, *(f"{name}.gz" for name in names))


def _idx(path: Path, magic: int) -> torch.Tensor:
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path.name}: damaged gzip file ({error})") from error
    dimensions = magic & 0xFF
    header = 4 + 4 * dimensions
    layout(len(content) >= header, path, "too short for an IDX file")
    found, *sizes = struct.unpack(f">{1 + dimensions}I", content[:header])
    layout(found == magic, path, f"starts with {found:#010x}, wanted {magic:#010x}")
    fits = len(content) == header + math.prod(sizes) and sizes[0] > 0
    layout(fits, path, f"{len(content):,} bytes do not hold {sizes}")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=header).reshape(sizes).copy())
