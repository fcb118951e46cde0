"""Points of known shape, to hold a map against: what is true of them is known, so that what a map adds or loses is seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .. import expect

KINDS = ("two widths", "near and far", "pure noise", "a ring")


@dataclass(frozen=True)
class Cloud:
    """Points (N, D), the class of each (N,), the classes' names, and the same points drawn true to scale, (N, 2)."""

    points: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]
    truth: torch.Tensor
    name: str


def clouds(kind: str, n: int = 150, seed: int = 0, dim: int = 10) -> Cloud:
    """`n` points in `dim` dimensions, of a shape that is known.

    "two widths"     two Gaussian clouds of as many points each, one eight times as wide as the other
    "near and far"   three equal Gaussian clouds; the third lies five times as far from the first as the second does
    "pure noise"     one Gaussian cloud, every direction alike: there is nothing to find
    "a ring"         a closed line, evenly filled; its classes are the four quarters of the way round

    The first two coordinates hold what can be drawn true to scale (`truth`); in the others there is only the clouds' own
    width. Raises ValueError for another kind, or for fewer than 12 points or 2 dimensions.

    >>> clouds("a ring", n=100).points.shape
    torch.Size([100, 10])
    """
    expect.one_of(kind, "kind", KINDS)
    expect.integer(n, "n", at_least=12)
    expect.integer(dim, "dim", at_least=2)
    expect.integer(seed, "seed", at_least=0)
    n, dim, seed = int(n), int(dim), int(seed)  # NumPy's integers overflow, and are no seed
    draw = torch.randn(n, dim, generator=torch.Generator().manual_seed(int(seed)))
    if kind == "two widths":
        labels, classes = torch.arange(n) % 2, ("narrow", "wide")
        points = draw * torch.tensor([1.0, 8.0])[labels, None]
        points[:, 0] += 60.0 * labels
    elif kind == "near and far":
        labels, classes = torch.arange(n) % 3, ("A", "B", "C")
        points = draw.clone()
        points[:, 0] += torch.tensor([0.0, 20.0, 100.0])[labels]
    elif kind == "pure noise":
        labels, classes = torch.zeros(n, dtype=torch.long), ("noise",)
        points = draw
    else:
        angle = torch.arange(n) * (2 * torch.pi / n)
        labels, classes = torch.arange(n) * 4 // n, ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
        points = 0.1 * draw
        points[:, :2] += 10 * torch.stack([angle.cos(), angle.sin()], dim=1)
    return Cloud(points, labels, classes, points[:, :2].clone(), kind)
