"""VICReg: variance, invariance, covariance (Bardes et al., 2022, arXiv:2105.04906)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs


def vicreg(
    z_a: Tensor,
    z_b: Tensor,
    lambda_param: float = 25.0,
    mu_param: float = 25.0,
    nu_param: float = 1.0,
    *,
    gather_distributed: bool = False,
    eps: float = 1e-4,
) -> Tensor:
    r"""Keep the views together, each dimension spread out, and the dimensions uncorrelated.

    VICReg, equations (1) to (6), with n rows and d dimensions:

        L = λ s(Z, Z') + μ [v(Z) + v(Z')] + ν [c(Z) + c(Z')]
        s(Z, Z') = 1/n Σ_i ‖z_i − z'_i‖²                        invariance
        v(Z) = 1/d Σ_j max(0, 1 − √(Var(z^j) + ε))              variance: a hinge at a standard deviation of 1
        c(Z) = 1/d Σ_{i≠j} [C(Z)]_ij²                           covariance, C and Var over n − 1

    The authors' code, lightly and this function divide s by d as well and take half of v: the published weights 25,
    25, 1 belong to that scale, so it is kept. Equation (6) to the letter is lambda_param = λ·d, mu_param = 2μ.

    Args:
        z_a, z_b: (N, D), N ≥ 2, row by row the same images.
        lambda_param, mu_param, nu_param: λ, μ, ν ≥ 0.
        gather_distributed: variance and covariance over the rows of all processes, with their gradients.

    Raises:
        ValueError: wrong rank, mismatched or non-finite embeddings, a single row, a negative weight, eps ≤ 0.

    Collapsed embeddings agree perfectly and pay for it in variance, 1 − √ε:

        >>> z = torch.ones(4, 2)
        >>> round(float(vicreg(z, z)), 2)  # 25 · (1 − 0.01)
        24.75
    """
    for weight, name in ((lambda_param, "lambda_param"), (mu_param, "mu_param"), (nu_param, "nu_param")):
        expect.number(weight, name, at_least=0)
    expect.positive(eps, "eps")
    inputs.pair(z_a, z_b, ("z_a", "z_b"))
    with inputs.full_precision(z_a, z_b) as (z_a, z_b):
        invariance = (z_a - z_b).square().mean()
        if gather_distributed:
            z_a, z_b = gather_rows(z_a), gather_rows(z_b)
        inputs.rows(len(z_a), "z_a, z_b", 2)
        variance = (_variance(z_a, eps) + _variance(z_b, eps)) / 2
        covariance = _covariance(z_a) + _covariance(z_b)
        return lambda_param * invariance + mu_param * variance + nu_param * covariance


class VICRegLoss(nn.Module):
    """`vicreg` as a module.

        >>> criterion = VICRegLoss(lambda_param=25.0, mu_param=25.0, nu_param=1.0)
        >>> z = torch.tensor([[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]])  # spread and uncorrelated
        >>> criterion(z, z)
        tensor(0.)
    """

    def __init__(
        self,
        lambda_param: float = 25.0,
        mu_param: float = 25.0,
        nu_param: float = 1.0,
        gather_distributed: bool = False,
    ):
        super().__init__()
        for weight, name in ((lambda_param, "lambda_param"), (mu_param, "mu_param"), (nu_param, "nu_param")):
            expect.number(weight, name, at_least=0)
        self.lambda_param = lambda_param
        self.mu_param = mu_param
        self.nu_param = nu_param
        self.gather_distributed = gather_distributed

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        weights = self.lambda_param, self.mu_param, self.nu_param
        return vicreg(z_a, z_b, *weights, gather_distributed=self.gather_distributed)


def _variance(z: Tensor, eps: float) -> Tensor:
    return torch.relu(1 - (z.var(dim=0) + eps).sqrt()).mean()


def _covariance(z: Tensor) -> Tensor:
    z = z - z.mean(dim=0)
    c = z.T @ z / (len(z) - 1)  # (D, D)
    itself = torch.eye(len(c), dtype=torch.bool, device=c.device)
    return c.masked_fill(itself, 0).square().sum() / len(c)
