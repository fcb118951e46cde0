"""Draws, one per sample, on the CPU: from an explicit generator, or from torch's global one where it is None."""

from __future__ import annotations

import math

import torch


def uniform(shape: int | tuple[int, ...], low: float, high: float, generator: torch.Generator | None) -> torch.Tensor:
    """Uniform in [low, high)."""
    return torch.rand(shape, generator=generator, device="cpu").mul_(high - low).add_(low)


def log_uniform(shape: int | tuple[int, ...], low: float, high: float,
                generator: torch.Generator | None) -> torch.Tensor:
    """Uniform in the logarithm: as likely between 1/2 and 1 as between 1 and 2."""
    return uniform(shape, math.log(low), math.log(high), generator).exp_()


def chosen(n: int, p: float, generator: torch.Generator | None) -> torch.Tensor:
    """Which of n samples are changed: a boolean mask (n,), true with probability p for each."""
    return torch.rand(n, generator=generator, device="cpu") < p


def orders(n: int, length: int, generator: torch.Generator | None) -> torch.Tensor:
    """A random order of 0..length-1 for each of n samples, (n, length)."""
    return torch.rand(n, length, generator=generator, device="cpu").argsort(dim=1)


def on(device: torch.device, draws: torch.Tensor) -> torch.Tensor:
    """`draws` on the images' device; a GPU fetches them without the CPU waiting for it."""
    return draws.to(device, non_blocking=device.type == "cuda")
