"""Arguments as torchvision spells them: a size that may be one number, a range, a factor per sample."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence

import torch

from .. import expect


def size_pair(size: int | Sequence[int], argument: str = "size") -> tuple[int, int]:
    """`size` as (height, width): one integer stands for a square."""
    pair = tuple(size) if isinstance(size, Sequence) and not isinstance(size, str) else (size, size)
    expect.that(len(pair) == 2, argument, size, "an integer, or (height, width)")
    for side in pair:
        expect.integer(side, argument, at_least=1)
    return pair


def interval(value: Sequence[float], argument: str, *, at_least: float, at_most: float = math.inf,
             above: float = -math.inf) -> tuple[float, float]:
    """`value` as (low, high) with at_least ≤ low ≤ high ≤ at_most, and low > above."""
    pair = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    wanted = "(low, high), low ≤ high" + (f", low > {above:g}" if math.isfinite(above) else "")
    expect.that(len(pair) == 2, argument, value, wanted)
    for bound in pair:
        expect.number(bound, argument, at_least=at_least, at_most=at_most)
    expect.that(above < pair[0] <= pair[1], argument, value, wanted)
    return float(pair[0]), float(pair[1])


def probability(p: float, argument: str = "p") -> float:
    """`p` as a float in [0, 1]."""
    expect.number(p, argument, at_least=0, at_most=1)
    return float(p)


def per_sample(value: float | torch.Tensor, images: torch.Tensor, argument: str, *, at_least: float = -math.inf,
               at_most: float = math.inf) -> torch.Tensor:
    """A number, or a tensor of one number per image, as a float32 tensor (N,) on the images' device."""
    if isinstance(value, numbers.Real):
        expect.number(value, argument, at_least=at_least, at_most=at_most)
        return torch.full((len(images),), float(value), device=images.device)
    wanted = f"a number, or a tensor ({len(images)},) of one number per image"
    expect.that(isinstance(value, torch.Tensor) and value.shape == (len(images),), argument, value, wanted)
    low, high = float(value.min()), float(value.max())
    for bound in (low, high):
        expect.number(bound, argument, at_least=at_least, at_most=at_most)
    return value.to(images.device, torch.float32)
