"""Images beside each other: a grid of one batch, or rows of several batches that belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from .. import expect
from .style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def image_grid(images: torch.Tensor, titles: Sequence[str] | None = None, *, columns: int = 10, cell: float = 0.8) -> Figure:
    """A grid of images (N, C, H, W), uint8 or float in [0, 1], `columns` to a row, each `cell` inches wide."""
    expect.images(images)
    expect.integer(columns, "columns", at_least=1)
    if titles is not None:
        came = expect.Words(f"{len(titles)} titles")
        expect.that(len(titles) == len(images), "titles", came, f"one for each of {len(images)} images")
    rows = math.ceil(len(images) / columns)
    height = cell * images.shape[2] / images.shape[3] + (0.2 if titles is not None else 0.0)
    figure, axes = new_figure(rows, columns, width=cell * columns, height=height * rows, squeeze=False)
    for index, axis in enumerate(axes.flat):
        axis.axis("off")
        if index < len(images):
            axis.imshow(to_pixels(images[index]), cmap="gray", vmin=0, vmax=255)
            if titles is not None:
                axis.set_title(titles[index], fontsize=8, loc="center", pad=2, fontweight="normal")
    return _tight(figure)


def image_rows(rows: dict[str, torch.Tensor], *, cell: float = 0.75) -> Figure:
    """Batches of images under each other, one named row each: {"original": (N, C, H, W), "k = 5": (N, C, H, W), …}."""
    expect.that(bool(rows), "rows", rows, "one named batch of images or more")
    for name, images in rows.items():
        expect.images(images, f"rows[{name!r}]")
    count = min(len(images) for images in rows.values())
    label = 0.085 * max(map(len, rows)) + 0.15  # inches that the longest name needs beside the images
    figure, axes = new_figure(
        len(rows), count + 1, width=cell * count + label, height=cell * len(rows), squeeze=False,
        width_ratios=[label / cell] + [1] * count,
    )
    for (name, images), row in zip(rows.items(), axes):
        row[0].axis("off")
        row[0].text(1.0, 0.5, name, ha="right", va="center", transform=row[0].transAxes)
        for image, axis in zip(images, row[1:]):
            axis.axis("off")
            axis.imshow(to_pixels(image), cmap="gray", vmin=0, vmax=255)
    return _tight(figure)


def to_pixels(image: torch.Tensor) -> np.ndarray:
    """One image (C, H, W) as uint8 pixels to show: (H, W) if grey, (H, W, 3) in colour; floats are clipped to [0, 1]."""
    if image.is_floating_point():
        image = (image.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
    pixels = image.cpu().permute(1, 2, 0).numpy()  # (H, W, C)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _tight(figure: Figure) -> Figure:
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    return figure
