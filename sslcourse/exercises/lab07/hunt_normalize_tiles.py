"""Bug hunt of lab 07: mean 0 and variance 1, and the borders still give the order away."""

from __future__ import annotations

from ..engine import hunt
from .normalize_tiles import EXERCISE as NORMALIZE_TILES


def hunt_normalize_tiles(tiles, eps=1e-4):
    """Tiles (N, T, C, h, w) to mean 0 and variance 1, channel by channel."""
    pixels = tiles.transpose(1, 2).flatten(2)
    mean = pixels.mean(dim=2)
    variance = pixels.var(dim=2, unbiased=False)
    mean, variance = (x[:, None, :, None, None] for x in (mean, variance))
    return (tiles - mean) / (variance + eps).sqrt()


EXERCISE = hunt(
    NORMALIZE_TILES, hunt_normalize_tiles, title="Bug hunt: the borders still match",
    hints=("Take a photograph with a bright sky and a dark ground, and think of two of its tiles. What should be true of "
           "each of them afterwards, and what is true here?",
           "Follow the shapes. How many means does an image of nine tiles and three channels get here, and how many should "
           "it get? Which pixels does one mean run over?",
           "There are (N, C) means where (N, T, C) are wanted. A tile's own pixels are the last two axes: "
           "`tiles.mean(dim=(3, 4), keepdim=True)`, and the variance likewise."),
)
