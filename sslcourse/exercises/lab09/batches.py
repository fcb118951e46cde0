"""What the lab's exercises on batches are tried on: embeddings, or their squared distances, and labels."""

from __future__ import annotations

import torch
from torch import Tensor


def on_the_sphere(labels: list[int], seed: int, *, dim: int = 3, noise: float = 1.0,
                  dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Squared distances of points on the sphere that scatter around their class, and the labels."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.tensor(labels)
    centres = torch.randn(int(y.max()) + 1, dim, generator=generator, dtype=torch.float64)
    f = centres[y] + noise * torch.randn(len(y), dim, generator=generator, dtype=torch.float64)
    f = f / f.norm(dim=1, keepdim=True)
    return (f[:, None] - f[None]).square().sum(dim=2).to(dtype), y


def on_a_grid() -> tuple[Tensor, Tensor]:
    """Whole squared distances, so that some differ by 0 and some by the margin exactly."""
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [2.0, 1.0], [0.0, 2.0], [1.0, 2.0]])
    return (points[:, None] - points[None]).square().sum(dim=2), torch.tensor([0, 0, 1, 1, 0, 2, 2, 1])


def rounded() -> tuple[Tensor, Tensor]:
    """As a table comes out that is computed by products: a row is 1e-7 away from itself, and its copy is at 0."""
    distances, y = on_the_sphere([0, 0, 0, 1, 1, 1, 2, 2], seed=6)
    distances[1], distances[:, 1] = distances[0].clone(), distances[:, 0].clone()       # row 1 is a copy of row 0
    distances[[0, 1], [1, 0]] = 0.0
    return distances.fill_diagonal_(1e-7), y


def clusters(labels: list[int], d: int, seed: int, *, near: float = 1.0, dtype: torch.dtype = torch.float32
             ) -> tuple[Tensor, Tensor]:
    """Embeddings (N, d) that scatter around their class, and the labels."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.tensor(labels)
    middles = torch.randn(int(y.max()) + 1, d, generator=generator, dtype=torch.float64)
    return (middles[y] + near * torch.randn(len(y), d, generator=generator, dtype=torch.float64)).to(dtype), y


def distances_and_pairs(f: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Distances, who is whose positive, who shares a label: (N, N) each."""
    same = y[:, None] == y
    return torch.cdist(f, f, compute_mode="donot_use_mm_for_euclid_dist"), same & ~torch.eye(len(y), dtype=torch.bool), same


def terms(d: Tensor, positive: Tensor, negative: Tensor, *, nearest_positive: bool = False,
           farthest_negative: bool = False) -> Tensor:
    """max d(a, p) − min d(a, n) of every anchor that has both."""
    to_p = (d.masked_fill(~positive, torch.inf).amin(dim=1) if nearest_positive
            else d.masked_fill(~positive, -torch.inf).amax(dim=1))
    to_n = (d.masked_fill(~negative, -torch.inf).amax(dim=1) if farthest_negative
            else d.masked_fill(~negative, torch.inf).amin(dim=1))
    return (to_p - to_n)[positive.any(dim=1) & negative.any(dim=1)]
