"""LeJEPA: views agree, and their embeddings are a Gaussian cloud (Balestriero & LeCun, 2025, arXiv:2511.08544)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check_sigreg(z, directions, points, largest):
    inputs.floats(z, "z", ("N", "D"))
    inputs.floats(directions, "directions", ("M", z.shape[1]))
    expect.integer(points, "points", at_least=2)
    expect.positive(largest, "largest")


@expect.checked(_check_sigreg)
@inputs.full_precision
def sigreg(z: Tensor, directions: Tensor, points: int = 17, largest: float = 5.0) -> Tensor:
    r"""How far a cloud of embeddings is from N(0, I): a test of normality along random directions, averaged.

    LeJEPA, section 4 and Algorithm 1. Along a direction a the N numbers x_n = aᵀz_n are compared with N(0, 1) by their
    characteristic function, which is the statistic of Epps & Pulley (1983):

        EP = N ∫ |φ̂(t) − φ(t)|² w(t) dt
        φ̂(t) = 1/N Σ_n exp(i t x_n)          of the numbers
        φ(t) = exp(−t² / 2)                   of N(0, 1), and the weight w(t) is the same

    and SIGReg is its mean over the M directions. Every distribution is told by its projections (Cramér & Wold), so where all
    of them are N(0, 1) the cloud is N(0, I): no direction is lost, and nothing has collapsed. z is taken as it is: were it
    standardised first, as some public code does, a collapsed cloud would pass.

    z            (N, D)
    directions   (M, D), of any length but 0: they are normalised here. Draw others at each step
    points       of the trapezoid rule, evenly from −largest to largest
    largest      the largest t

    Returns a scalar ≥ 0; of draws of N(0, I) itself it is on average √(2π) − √(2π/3) = 1.06, for whatever N. Raises
    ValueError for another rank, shapes that do not fit, numbers that are not finite, fewer than two points, largest ≤ 0.

    >>> collapsed = torch.zeros(100, 2)
    >>> spread = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    >>> bool(sigreg(collapsed, torch.eye(2)) > 20 * sigreg(spread, torch.eye(2)))
    True
    """
    x = z @ F.normalize(directions, dim=1).T                                    # (N, M)
    t = torch.linspace(-largest, largest, points, dtype=z.dtype, device=z.device)
    phi = torch.exp(-t.square() / 2)                                            # (T,)
    angle = x.unsqueeze(2) * t                                                  # (N, M, T)
    error = (angle.cos().mean(dim=0) - phi).square() + angle.sin().mean(dim=0).square()      # |φ̂ − φ|², (M, T)
    return len(z) * torch.trapezoid(error * phi, t, dim=1).mean()


def _check_lejepa(views, directions, n_global, lambda_param, points, largest):
    is_list = isinstance(views, (list, tuple)) and len(views) > 1
    expect.that(is_list, "views", views, "a list of (N, D) tensors, one for each view, two views or more")
    for i, view in enumerate(views):
        inputs.floats(view, f"views[{i}]", ("N", "D"))
        expect.same_shape(views[0], view, f"views[0], views[{i}]")
    inputs.floats(directions, "directions", ("M", views[0].shape[1]))
    expect.integer(n_global, "n_global", at_least=1, at_most=len(views))
    expect.number(lambda_param, "lambda_param", at_least=0, at_most=1)
    expect.integer(points, "points", at_least=2)
    expect.positive(largest, "largest")


@expect.checked(_check_lejepa)
@inputs.full_precision
def lejepa(
    views: Sequence[Tensor], directions: Tensor, n_global: int = 2, lambda_param: float = 0.05, points: int = 17,
    largest: float = 5.0,
) -> Tensor:
    r"""All views of an image lie at the mean of its global ones, and every view's cloud is a standard Gaussian.

    LeJEPA, section 5.1 and Algorithm 2, with G the global views and V all of them:

        L = (1 − λ) · mean over n, v, d of (μ_n,d − z_n,v,d)²  +  λ · 1/V Σ_v SIGReg(z_·,v)
        μ_n = 1/|G| Σ_{v ∈ G} z_n,v                                  gradient goes through it too: nothing is stopped

    views          embeddings, (N, D) for each view, the global ones first
    directions     (M, D), of `sigreg`
    n_global       |G|
    lambda_param   λ in [0, 1]
    points         of `sigreg`
    largest        of `sigreg`

    Raises ValueError for anything but a list of two views or more, shapes that do not fit, numbers that are not finite or out
    of their range.

    >>> z = torch.zeros(4, 2)
    >>> lejepa([z, z + 2], torch.eye(2), lambda_param=0.0).item()               # each lies 1 from the middle
    1.0
    """
    z = torch.stack(list(views))                                                # (V, N, D)
    agree = (z[:n_global].mean(dim=0) - z).square().mean()
    spread = sum(sigreg(view, directions, points, largest) for view in z) / len(z)
    return (1 - lambda_param) * agree + lambda_param * spread
