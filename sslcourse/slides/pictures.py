"""Photographs that a room can recognise: a dozen, 256 × 256 pixels, free to use, with their credits.

A lab measures on pictures of 32 × 32, since two cores can learn from nothing larger. A slide is looked at from the last row.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import expect

if TYPE_CHECKING:
    from torch import Tensor

_FOLDER = Path(__file__).parent / "photographs"
SIDE = 256


@functools.cache
def photographs() -> dict[str, dict[str, str]]:
    """{name: what it `shows`, its `credit`, the package it came `from`}, as photographs/credits.toml has them."""
    return tomllib.loads((_FOLDER / "credits.toml").read_text(encoding="utf-8"))


def photograph(name: str, side: int = SIDE) -> Tensor:
    """The photograph called `name`, (3, side, side), uint8; a grey one has three equal channels.

    Raises ValueError for a name that is not in `photographs`, and for a side that is not from 1 to 256.

    >>> photograph("cat", side=64).shape
    torch.Size([3, 64, 64])
    """
    import numpy as np
    import torch
    from PIL import Image

    expect.one_of(name, "name", photographs())
    expect.integer(side, "side", at_least=1)
    expect.that(side <= SIDE, "side", side, f"{SIDE} or less")
    with Image.open(_FOLDER / f"{name}.jpg") as picture:
        pixels = np.array(picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def credited(names: Sequence[str]) -> str:
    """The credits of these photographs in one line."""
    for name in names:
        expect.one_of(name, "photographs", photographs())
    return "; ".join(photographs()[name]["credit"] for name in names) + "."
