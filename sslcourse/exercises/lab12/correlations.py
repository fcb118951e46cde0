"""What the exercise on Barlow Twins is tried on, and its loss taken apart."""

from __future__ import annotations

import torch
from torch import Tensor


def barlow_twins_cases() -> dict[str, tuple]:
    def two(n: int, d: int, seed: int, dead: int | None = None, faint: int | None = None) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        common, own_a, own_b = torch.randn(3, n, d, generator=generator)
        pair = [2 * common + own + torch.arange(d) / 2 for own in (own_a, own_b)]
        for z in pair if dead is not None else ():
            z[:, dead] = 0.5                                            # a component that says the same of every image
        for z in pair if faint is not None else ():
            z[:, faint] /= 500                                          # and one that hardly varies: here 1e-5 counts
        return pair[0], pair[1]

    return {
        "six images, four components": (*two(6, 4, seed=0), 0.01),
        "as many images as components": (*two(5, 5, seed=1), 0.1),
        "more components than images": (*two(7, 12, seed=2), 0.02),
        "no second term": (*two(9, 3, seed=3), 0.0),
        "a component that is constant": (*two(8, 5, seed=4, dead=2), 0.05),
        "a large second term": (*two(20, 3, seed=5), 2.0),
        "a component that hardly varies": (*two(10, 4, seed=6, faint=1), 0.05),
    }


def standard(z: Tensor, correction: int = 0, centred: bool = True) -> Tensor:
    z = z - z.mean(dim=0) if centred else z
    return z / (z.square().sum(dim=0) / (len(z) - correction) + 1e-5).sqrt()


def loss(c: Tensor, weight: float, of_off=torch.sum) -> Tensor:
    off = c.masked_fill(torch.eye(len(c), dtype=torch.bool), 0)
    return (1 - c.diagonal()).square().sum() + weight * of_off(off.square())


def matrix(z_a: Tensor, z_b: Tensor) -> Tensor:
    return standard(z_a).T @ standard(z_b) / len(z_a)
