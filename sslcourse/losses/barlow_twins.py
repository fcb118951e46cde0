"""Barlow Twins: redundancy reduction (Zbontar et al., 2021, arXiv:2103.03230)."""

from __future__ import annotations

from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs


def _check(z_a, z_b, lambda_param, eps):
    expect.number(lambda_param, "lambda_param", at_least=0)
    expect.number(eps, "eps", at_least=0)
    inputs.pair(z_a, z_b, ("z_a", "z_b"))
    inputs.rows(len(z_a), "z_a, z_b", 2)


@expect.checked(_check)
@inputs.full_precision
def barlow_twins(z_a: Tensor, z_b: Tensor, lambda_param: float = 5e-3, *, eps: float = 1e-5) -> Tensor:
    r"""Make the views' cross-correlation matrix the identity: invariant on the diagonal, decorrelated off it.

    Barlow Twins, equations (1) and (2), over the batch b, with z centered along it:

        L = Σ_i (1 − C_ii)² + λ Σ_i Σ_{j≠i} C_ij²
        C_ij = Σ_b zA_{b,i} zB_{b,j} / ( √(Σ_b zA_{b,i}²) √(Σ_b zB_{b,j}²) )

    The paper's Algorithm 1 divides by torch's default standard deviation (over N − 1), which makes a perfect
    C_ii = (N − 1) / N; the authors' code, lightly and this function divide by N.

    z_a, z_b       (N, D), N ≥ 2, row by row the same images
    lambda_param   λ ≥ 0
    eps            ≥ 0, added to each variance, as the BatchNorm of the authors' code does, so that a dimension that has
                   died counts as uncorrelated; 0 is the equation to the letter

    Raises ValueError for another rank, mismatched or non-finite embeddings, a single row, λ < 0, eps < 0.

    >>> import torch
    >>> z = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> round(float(barlow_twins(z, z)), 4), round(float(barlow_twins(z, -z)), 4)  # C = I; C = −I costs 2² twice
    (0.0, 7.9999)
    """
    a = (z_a - z_a.mean(dim=0)) / (z_a.var(dim=0, correction=0) + eps).sqrt()  # (N, D): mean 0, variance 1 over the batch
    b = (z_b - z_b.mean(dim=0)) / (z_b.var(dim=0, correction=0) + eps).sqrt()
    C = a.T @ b / len(a)  # (D, D)
    invariance = (1 - C.diagonal()).square().sum()
    redundancy = C.square().sum() - C.diagonal().square().sum()
    return invariance + lambda_param * redundancy


class BarlowTwinsLoss(nn.Module):
    """`barlow_twins` as a module.

    lambda_param         λ ≥ 0
    gather_distributed   correlate over the rows of all processes, with their gradients (lightly averages C over the
                         processes, each normalised by its own batch; here the whole batch is one)

    >>> import torch
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
        if self.gather_distributed:
            z_a, z_b = gather_rows(z_a), gather_rows(z_b)
        return barlow_twins(z_a, z_b, self.lambda_param)
