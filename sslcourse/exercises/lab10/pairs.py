"""What the two exercises on NT-Xent share: their inputs, and the table of similarities with this or that put wrong."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def pairs(n: int, d: int, temperature: float, seed: int, dtype: torch.dtype = torch.float32, lengths: float = 1.0) -> tuple:
    """z0, z1 (N, D), two noisy copies of the same rows, of very different `lengths` where that is above 1, and τ."""
    generator = torch.Generator().manual_seed(seed)
    base, *noise = torch.randn(3, n, d, generator=generator, dtype=torch.float64)
    scale = torch.linspace(1, lengths, n, dtype=torch.float64)[:, None]
    z0, z1 = (base + 0.6 * noise[0]) * scale, base + 0.6 * noise[1]
    return z0.to(dtype), z1.to(dtype), temperature


def cases() -> dict[str, tuple]:
    return {
        "four images": pairs(4, 8, 0.5, seed=0),
        "seven images, a low temperature": pairs(7, 16, 0.2, seed=1),
        "three images in double precision": pairs(3, 5, 0.1, seed=2, dtype=torch.float64),
        "vectors of very different length": pairs(5, 6, 0.4, seed=3, lengths=8.0),
        "as many images as numbers each": pairs(6, 6, 2.0, seed=4),
        "two images": pairs(2, 4, 0.3, seed=5),
    }


def table(z0: Tensor, z1: Tensor, temperature: float, *, normalise: bool = True) -> Tensor:
    """All 2N × 2N similarities over τ, with nothing masked."""
    z = torch.cat([z0, z1])
    z = F.normalize(z, dim=1) if normalise else z
    return z @ z.T / temperature


def masked(logits: Tensor, value: float = -torch.inf) -> Tensor:
    return logits.clone().fill_diagonal_(value)


def partners(z0: Tensor) -> Tensor:
    return torch.arange(2 * len(z0)).roll(len(z0))
