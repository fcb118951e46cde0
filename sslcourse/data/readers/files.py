"""Finding a source's files by name, and saying which one is missing or not what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

Columns = dict[str, torch.Tensor | list[str]]
Splits = dict[str, Columns]


def find(parts: Mapping[str, Path], *names: str) -> Path:
    """The file called one of `names`, in any of the parts, however deep; ValueError when there is none."""
    for path in map(Path, parts.values()):
        if path.is_file() and path.name in names:
            return path
        for name in names:
            for found in sorted(path.rglob(name)) if path.is_dir() else ():
                if found.is_file():
                    return found
    raise ValueError(f"parts: found no {' or '.join(names)} in {', '.join(parts) or 'nothing'}")


def layout(ok: bool, path: Path, what: str) -> None:
    """Raise a ValueError that names the file unless it is laid out as expected."""
    if not ok:
        raise ValueError(f"{path.name}: {what}")
