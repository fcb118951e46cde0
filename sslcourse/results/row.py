"""One measured number: what was measured, how, and where."""

from __future__ import annotations

import functools
import importlib.metadata
import math
import numbers
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

import torch

from .. import __version__, expect, runtime

TEXT = ("lab", "method", "data", "protocol", "metric")
#: Two rows that agree in these are the same measurement, and the later one replaces the earlier.
KEY = (*TEXT, "size", "seed", "machine")
_FORBIDDEN = '| < > " ]('  # they would break a Markdown table or a marker in README.md, or be a link there
PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "umap-learn")


@dataclass(frozen=True)
class Row:
    """One number. `size` counts the examples seen, `seconds` is what it took; either may be unknown (None)."""

    lab: str
    method: str
    data: str
    protocol: str
    metric: str
    value: float
    seed: int
    size: int | None
    seconds: float | None
    machine: str
    device: str
    versions: dict[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        for name in TEXT:
            text = getattr(self, name)
            expect.that(_is_label(text), name, text, f"a short text without {_FORBIDDEN} or line breaks")
        expect.that(_is_label(self.device, most=200), "device", self.device, f"a text without {_FORBIDDEN} or line breaks")
        is_notebook = bool(re.fullmatch(r"\d\d_\w+", self.lab))
        expect.that(is_notebook, "lab", self.lab, "the notebook's name, like 01_pca_tsne_umap")
        finite = isinstance(self.value, numbers.Real) and not isinstance(self.value, bool) and math.isfinite(self.value)
        expect.that(finite, "value", self.value, "a finite number")
        expect.integer(self.seed, "seed", at_least=0)
        if self.size is not None:
            expect.integer(self.size, "size", at_least=1)
        if self.seconds is not None:
            expect.number(self.seconds, "seconds", at_least=0)
        expect.one_of(self.machine, "machine", ("cpu", "gpu"))

    @property
    def key(self) -> tuple:
        """What identifies the measurement."""
        return tuple(getattr(self, name) for name in KEY)


def _is_label(text: object, most: int = 80) -> bool:
    is_line = isinstance(text, str) and 1 <= len(text) <= most and text.isprintable() and text == text.strip()
    return is_line and not any(mark in text for mark in _FORBIDDEN.split())


def sort_key(row: Row) -> tuple:
    """The order of rows on file; an unknown size comes first."""
    return tuple(-1 if part is None else part for part in row.key)


def plain(number: object) -> float | int:
    """A Python number from a Python, NumPy or one-element torch number; anything else comes back as it is."""
    if getattr(number, "ndim", None) == 0 and hasattr(number, "item"):
        number = number.item()
    if isinstance(number, numbers.Integral) and not isinstance(number, bool):
        return int(number)
    return float(number) if isinstance(number, numbers.Real) and not isinstance(number, bool) else number


@functools.cache
def environment() -> tuple[str, dict[str, str]]:
    """The device's name, and the versions of what the numbers depend on."""
    versions = {"python": platform.python_version(), "sslcourse": __version__}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    if runtime.device().type == "cuda":
        return torch.cuda.get_device_name(), versions
    if runtime.device().type == "mps":
        return f"{_processor()} (MPS)", versions
    threads = torch.get_num_threads()
    return f"{_processor()}, {threads} thread{'s' if threads > 1 else ''}", versions


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
