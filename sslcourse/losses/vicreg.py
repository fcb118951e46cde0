"""VICReg: variance, invariance, covariance (Bardes et al., 2022, arXiv:2105.04906)."""

from __future__ import annotations

from torch import Tensor, nn

from .. import expect
from ..processes import gather_rows
from . import inputs


def _check_weights(lambda_param, mu_param, nu_param):
    for weight, name in ((lambda_param, "lambda_param"), (mu_param, "mu_param"), (nu_param, "nu_param")):
        expect.number(weight, name, at_least=0)


def _check(z_a, z_b, lambda_param, mu_param, nu_param, eps):
    _check_weights(lambda_param, mu_param, nu_param)
    expect.positive(eps, "eps")
    inputs.pair(z_a, z_b, ("z_a", "z_b"))
    inputs.rows(len(z_a), "z_a, z_b", 2)


@expect.checked(_check)
@inputs.full_precision
def vicreg(
    z_a: Tensor, z_b: Tensor, lambda_param: float = 25.0, mu_param: float = 25.0, nu_param: float = 1.0, *,
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

    z_a, z_b                           (N, D), N ≥ 2, row by row the same images
    lambda_param, mu_param, nu_param   λ, μ, ν ≥ 0
    eps                                ε > 0

    Raises ValueError for another rank, mismatched or non-finite embeddings, a single row, a negative weight, eps ≤ 0.

    Collapsed embeddings agree perfectly and pay for it in variance, 1 − √ε:

    >>> import torch
    >>> z = torch.ones(4, 2)
    >>> round(float(vicreg(z, z)), 2)  # 25 · (1 − 0.01)
    24.75
    """
    n, d = z_a.shape
    invariance = (z_a - z_b).square().mean()
    variance = covariance = 0.0
    for z in (z_a - z_a.mean(dim=0), z_b - z_b.mean(dim=0)):
        C = z.T @ z / (n - 1)  # (d, d), the variances on its diagonal
        variance = variance + (1 - (C.diagonal() + eps).sqrt()).clamp_min(0).mean() / 2
        covariance = covariance + (C.square().sum() - C.diagonal().square().sum()) / d
    return lambda_param * invariance + mu_param * variance + nu_param * covariance


class VICRegLoss(nn.Module):
    """`vicreg` as a module.

    lambda_param, mu_param, nu_param   λ, μ, ν ≥ 0
    gather_distributed                 over the rows of all processes, with their gradients

    >>> import torch
    >>> criterion = VICRegLoss(lambda_param=25.0, mu_param=25.0, nu_param=1.0)
    >>> z = torch.tensor([[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]])  # spread and uncorrelated
    >>> import torch
    >>> criterion(z, z)
    tensor(0.)
    """

    def __init__(
        self, lambda_param: float = 25.0, mu_param: float = 25.0, nu_param: float = 1.0, gather_distributed: bool = False,
    ):
        super().__init__()
        _check_weights(lambda_param, mu_param, nu_param)
        self.lambda_param, self.mu_param, self.nu_param = lambda_param, mu_param, nu_param
        self.gather_distributed = gather_distributed

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        if self.gather_distributed:
            z_a, z_b = gather_rows(z_a), gather_rows(z_b)
        return vicreg(z_a, z_b, self.lambda_param, self.mu_param, self.nu_param)
