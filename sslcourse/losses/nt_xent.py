"""NT-Xent, the normalised temperature-scaled cross-entropy of SimCLR (Chen et al., 2020, arXiv:2002.05709)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows, rank
from . import inputs
from .contrast import contrast


def nt_xent(z0: Tensor, z1: Tensor, temperature: float = 0.5, *, gather_distributed: bool = False) -> Tensor:
    r"""NT-Xent of two views' embeddings: find your other view among all 2N − 1 others.

    SimCLR, equation (1), with (i, j) the two views of one image and sim the cosine similarity:

        ℓ(i, j) = −log  exp(sim(z_i, z_j) / τ)  /  Σ_{k=1..2N, k≠i} exp(sim(z_i, z_k) / τ)

    The loss is the mean of ℓ over all 2N rows (Algorithm 1). The row itself, k = i, is masked with −∞ before the
    softmax. Subtracting e^{1/τ} from the full sum instead drowns the other terms as τ falls, overflows float32 below
    τ = 0.0113, and has another gradient with respect to embeddings that come in normalised.

    Args:
        z0, z1: (N, D) embeddings of the first and of the second views, row by row the same images; N ≥ 2. Any length:
            they are normalised here.
        temperature: τ > 0.
        gather_distributed: take the negatives of all processes, with their gradients. Each process then returns the
            mean over its own rows, and the mean over the processes is the single process's loss.

    Returns:
        A scalar in float32 (float64 for float64 input), for float16 and bfloat16 embeddings too. It can be
        differentiated once.

    Raises:
        ValueError: wrong rank, mismatched or non-finite embeddings, one pair (it has no negatives), temperature ≤ 0.

    Embeddings that are all alike leave nothing to tell apart, and the loss is ln(2N − 1):

        >>> z = torch.ones(4, 8)
        >>> round(float(nt_xent(z, z)), 4), round(float(torch.tensor(7.0).log()), 4)
        (1.9459, 1.9459)

    lightly's NTXentLoss computes the same function, from four N × N blocks; for N = 1 it returns 0.
    The softmax and its gradient are in `contrast.py`, which holds a block of the 2N × 2N matrix of similarities at a
    time; autograd would hold three whole ones.
    """
    expect.positive(temperature, "temperature")
    inputs.pair(z0, z1, ("z0", "z1"))
    with inputs.full_precision(z0, z1) as (z0, z1):
        z = inputs.unit(torch.cat([z0, z1])) / math.sqrt(temperature)  # (2n, D), this process's rows: z_i·z_j = sim / τ
        others = gather_rows(z) if gather_distributed else z  # (2N, D), those of all processes
        inputs.rows(len(others) // 2, "z0, z1", 2)

        itself = torch.arange(len(z), device=z.device)
        other_view = itself.roll(len(z0))
        first = rank() * len(z) if gather_distributed else 0  # where this process's rows begin among all rows
        return contrast(z, others, positive=first + other_view, itself=first + itself)


class NTXentLoss(nn.Module):
    """`nt_xent` as a module.

        >>> criterion = NTXentLoss(temperature=0.5)
        >>> z0, z1 = torch.eye(4), torch.eye(4)
        >>> round(float(criterion(z0, z1)), 4)  # log(1 + 6 exp(−1 / 0.5)): six negatives, all orthogonal
        0.5944
    """

    def __init__(self, temperature: float = 0.5, gather_distributed: bool = False):
        super().__init__()
        expect.positive(temperature, "temperature")
        self.temperature = temperature
        self.gather_distributed = gather_distributed

    def forward(self, z0: Tensor, z1: Tensor) -> Tensor:
        return nt_xent(z0, z1, self.temperature, gather_distributed=self.gather_distributed)
