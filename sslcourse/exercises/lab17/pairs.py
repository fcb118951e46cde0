"""What the two losses of lab 17 are tried on: features of images and of their texts, and the table of their cosines."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def pairs(n: int, d: int, *learned: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
    """Features of n images and of n texts, nearer to their own partner than to others, each of a length of its own; and
    each of the numbers that are `learned` with them, as a tensor of no axes."""
    generator = torch.Generator().manual_seed(seed)
    common, first, second = torch.randn(3, n, d, generator=generator, dtype=torch.float64)
    lengths = 0.5 + 2 * torch.rand(2, n, 1, generator=generator, dtype=torch.float64)
    features = ((length * (common + 0.7 * own)).to(dtype) for length, own in zip(lengths, (first, second)))
    return *features, *(torch.tensor(number, dtype=dtype) for number in learned)


def table(image_features: Tensor, text_features: Tensor, *, normalise: bool = True) -> Tensor:
    """(N, N), a row for each image: the cosines, or the plain dot products."""
    if normalise:
        image_features, text_features = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    return image_features @ text_features.T


def own(features: Tensor) -> Tensor:
    """0, 1, …, N − 1: the column of each row's partner."""
    return torch.arange(len(features))
