"""Images beside each other: a grid of one batch, or rows of several batches that belong together.

All of them are one picture on one pair of axes: matplotlib needs as long for one picture's axes as for everything else here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from .. import expect
from .style import INK, MUTED, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TILE = 96  # pixels that the longer side of an image has in the mosaic: as fine as it is shown
GAP = 0.06  # between two images, as a share of that
TITLE = 0.24  # above an image with a title, as a share of it


def image_grid(images: torch.Tensor, titles: Sequence[str] | None = None, *, columns: int = 10, cell: float = 0.8) -> Figure:
    """A grid of images (N, C, H, W), uint8 or float in [0, 1], `columns` to a row, each `cell` inches wide."""
    expect.images(images)
    expect.integer(columns, "columns", at_least=1)
    _check_length(titles, "titles", len(images))
    rows = math.ceil(len(images) / columns)
    height = cell * images.shape[2] / images.shape[3] + (0.2 if titles is not None else 0.0)
    figure, axis = new_figure(width=cell * columns, height=height * rows)
    mosaic(axis, images, titles, columns=columns)
    return _tight(figure)


def image_rows(
    rows: dict[str, torch.Tensor], *, cell: float = 0.75, titles: dict[str, Sequence[str]] | None = None,
    marked: dict[str, Sequence[bool]] | None = None, frames: dict[str, Sequence[str | None]] | None = None,
) -> Figure:
    """Batches of images under each other, one named row each: {"original": (N, C, H, W), "k = 5": (N, C, H, W), …}.

    titles, marked, frames   of the images in each row, {name: one for each}, as in `mosaic`
    """
    expect.that(bool(rows), "rows", rows, "one named batch of images or more")
    for name, images in rows.items():
        expect.images(images, f"rows[{name!r}]")
    count = min(len(images) for images in rows.values())
    label = max(map(_inches, rows)) + 0.2  # that the longest name needs beside the images
    room = TITLE * cell if titles else 0.0
    figure, axis = new_figure(width=cell * count + label, height=(cell + room) * len(rows))

    def listed(of: dict[str, Sequence] | None) -> list | None:
        """One entry for each image, row after row."""
        return None if of is None else [part for name in rows for part in [*of.get(name, []), *[None] * count][:count]]

    every = [image for images in rows.values() for image in images[:count]]
    middles = mosaic(axis, every, listed(titles), columns=count, marked=listed(marked), frames=listed(frames))
    for name, (_, y) in zip(rows, middles[::count]):
        axis.annotate(name, (0, y), xytext=(-7, 0), textcoords="offset points", ha="right", va="center")
    figure.set_layout_engine("none")  # it would give the names no room: the axes hold their shape, and grow into it
    axis.set_position((label / figure.get_figwidth(), 0.01, 1 - label / figure.get_figwidth() - 0.005, 0.98))
    axis.set_anchor("W")
    return figure


def mosaic(
    axis: Axes, images: torch.Tensor | Sequence[torch.Tensor], titles: Sequence[str | None] | None = None, *,
    columns: int = 10, marked: Sequence[bool | None] | None = None, frames: Sequence[str | None] | None = None,
) -> list[tuple[float, float]]:
    """Draw images on `axis` as one picture, `columns` to a row, and return the middle of each, in the axis's units.

    images   (N, C, H, W), or a sequence of (C, H, W), which may differ in size: all are made as high as the highest
    titles   a word above each image
    marked   where False the title is pale, where True it is bold
    frames   a colour around each image, None for no frame
    """
    for name, given in {"titles": titles, "marked": marked, "frames": frames}.items():
        _check_length(given, name, len(images))
    expect.integer(columns, "columns", at_least=1)
    height = max(image.shape[-2] / max(image.shape[-2:]) for image in images) * TILE
    width = max(image.shape[-1] / max(image.shape[-2:]) for image in images) * TILE
    height, width, gap = round(height), round(width), round(GAP * TILE)
    top = round(TITLE * TILE) if titles is not None else 0
    rows = math.ceil(len(images) / columns)
    canvas = np.full((rows * (top + height + gap) + gap, columns * (width + gap) + gap, 3), 255, dtype=np.uint8)
    middles = []
    for index, image in enumerate(images):
        y = gap + index // columns * (top + height + gap) + top
        x = gap + index % columns * (width + gap)
        if frames is not None and frames[index]:
            from matplotlib.colors import to_rgb

            canvas[y - gap : y + height + gap, x - gap : x + width + gap] = np.round(255 * np.array(to_rgb(frames[index])))
        canvas[y : y + height, x : x + width] = _enlarged(to_pixels(image), height, width)
        middles.append((x + width / 2, y + height / 2))
        if titles is not None and titles[index]:
            mark = marked[index] if marked is not None else None
            axis.text(x + width / 2, y - gap, titles[index], fontsize=8, ha="center", va="bottom",
                      color=MUTED if mark is False else INK, fontweight="bold" if mark else "normal")
    axis.imshow(canvas)
    axis.axis("off")
    return middles


def to_pixels(image: torch.Tensor) -> np.ndarray:
    """One image (C, H, W) as uint8 pixels to show: (H, W) if grey, (H, W, 3) in colour; floats are clipped to [0, 1]."""
    if image.is_floating_point():
        image = (image.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
    pixels = image.cpu().permute(1, 2, 0).numpy()  # (H, W, C)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _enlarged(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The pixels as (height, width, 3) or so that they fit there, each repeated as often as it takes."""
    down = np.arange(height) * pixels.shape[0] // height
    across = np.arange(width) * pixels.shape[1] // width
    large = pixels[down][:, across]
    return large if large.ndim == 3 else large[..., None]


def _check_length(given: Sequence | None, name: str, count: int) -> None:
    if given is not None:
        came = expect.Words(f"{len(given)} {name}")
        expect.that(len(given) == count, name, came, f"one for each of {count} images")


def _inches(text: str) -> float:
    """How wide `text` is, in the size that names have."""
    from matplotlib import rcParams
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, size=rcParams["font.size"]).get_extents().width / 72 if text.strip() else 0.0


def _tight(figure: Figure) -> Figure:
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    return figure
