"""Barlow Twins: redundancy reduction (Zbontar et al., 2021, arXiv:2103.03230)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs


def barlow_twins(
    z_a: Tensor, z_b: Tensor, lambda_param: float = 5e-3, *, gather_distributed: bool = False, eps: float = 1e-5
) -> Tensor:
    r"""Make the views' cross-correlation matrix the identity: invariant on the diagonal, decorrelated off it.

    Barlow Twins, equations (1) and (2), over the batch b, with z centred along it:

        L = Σ_i (1 − C_ii)² + λ Σ_i Σ_{j≠i} C_ij²
        C_ij = Σ_b zA_{b,i} zB_{b,j} / ( √(Σ_b zA_{b,i}²) √(Σ_b zB_{b,j}²) )

    `eps` is added to each variance, as the BatchNorm of the authors' code does, so that a dimension that has died
    counts as uncorrelated; eps = 0 is the equation to the letter. The paper's Algorithm 1 divides by torch's default
    standard deviation (over N − 1), which makes a perfect C_ii = (N − 1) / N; the authors' code, lightly and this
    function divide by N.

    Args:
        z_a, z_b: (N, D), N ≥ 2, row by row the same images.
        lambda_param: λ ≥ 0.
        gather_distributed: correlate over the rows of all processes, with their gradients.

    Raises:
        ValueError: wrong rank, mismatched or non-finite embeddings, a single row, λ < 0, eps < 0.

        >>> z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
        >>> round(float(barlow_twins(z, z)), 4), round(float(barlow_twins(z, -z)), 4)  # C = I; C = −I costs 2² twice
        (0.0, 7.9999)

    lightly's gather_distributed averages C over the processes, each normalised by its own batch; here the whole batch
    is one.
    """
    expect.number(lambda_param, "lambda_param", at_least=0)
    expect.number(eps, "eps", at_least=0)
    inputs.pair(z_a, z_b, ("z_a", "z_b"))
    with inputs.full_precision(z_a, z_b) as (z_a, z_b):
        if gather_distributed:
            z_a, z_b = gather_rows(z_a), gather_rows(z_b)
        inputs.rows(len(z_a), "z_a, z_b", 2)
        c = _standardized(z_a, eps).T @ _standardized(z_b, eps) / len(z_a)  # (D, D)
        itself = torch.eye(len(c), dtype=torch.bool, device=c.device)
        invariance = (1 - c.diagonal()).square().sum()
        redundancy = c.masked_fill(itself, 0).square().sum()
        return invariance + lambda_param * redundancy


class BarlowTwinsLoss(nn.Module):
    """`barlow_twins` as a module.

        >>> criterion = BarlowTwinsLoss(lambda_param=5e-3)
        >>> z = torch.tensor([[1.0], [-1.0]])
        >>> round(float(criterion(z, z)), 4)
        0.0
    """

    def __init__(self, lambda_param: float = 5e-3, gather_distributed: bool = False):
        super().__init__()
        expect.number(lambda_param, "lambda_param", at_least=0)
        self.lambda_param = lambda_param
        self.gather_distributed = gather_distributed

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        return barlow_twins(z_a, z_b, self.lambda_param, gather_distributed=self.gather_distributed)


def _standardized(z: Tensor, eps: float) -> Tensor:
    """Mean 0 and variance 1 along the batch."""
    variance, mean = torch.var_mean(z, dim=0, correction=0)
    return (z - mean) / (variance + eps).sqrt()
