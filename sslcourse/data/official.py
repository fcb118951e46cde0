"""Fetch from a data set's official server, at the addresses that torchvision keeps: none is written here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import download
from .catalogue import Part, Source
from .errors import SourceFailed


def fetch(source: Source, parts: Sequence[Part], folder: Path, name: str) -> None:
    """Download each of `parts` to ``folder / part.file``, from the first address that serves it; else SourceFailed."""
    for part in parts:
        failures = []
        for address in addresses(source.dataset, part.name):
            try:
                target, desc = folder / part.file, f"{name}: {part.name}"
                download.to_file(address, target, sha256=part.sha256, size=part.bytes, desc=desc)
                break
            except SourceFailed as error:
                failures.append(str(error))
        else:
            raise SourceFailed(f"{part.name}: " + "; ".join(dict.fromkeys(failures)))


def addresses(dataset: str, file: str) -> list[str]:
    """Where torchvision's class `dataset` gets `file` from: its mirrors in their order, or its one url."""
    try:
        import torchvision.datasets
    except ImportError:
        raise SourceFailed("torchvision is not installed (pip install torchvision)") from None
    published = getattr(torchvision.datasets, dataset, None)
    if file == getattr(published, "filename", None) and hasattr(published, "url"):
        return [published.url]
    if file in [resource[0] for resource in getattr(published, "resources", [])]:
        return [mirror.rstrip("/") + "/" + file for mirror in published.mirrors]
    raise SourceFailed(f"this version of torchvision names no address for {file} of {dataset}")
