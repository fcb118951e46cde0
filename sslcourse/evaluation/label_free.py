"""How good is a representation, without one label? Two ranks that are meant to predict the linear probe.

Both count directions: an entropy over the spectrum, made a number of directions again by exp, as in `effective_rank`.
RankMe looks at the features of images, LiDAR at the features of views, and counts a direction only as far as it tells
images apart more than it tells apart the views of one image.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from .arrays import points, prepared


def _prepare_features(features, eps):
    features = points(features, "features")
    expect.number(eps, "eps", at_least=0, at_most=1)
    expect.that(bool(features.any()), "features", expect.Words("zeros only"), "some variation")
    return {"features": features.double()}


@prepared(_prepare_features)
def rankme(features: Tensor, eps: float = 1e-7) -> float:
    """How many directions the features use, 1 to min(N, D): the smooth rank that predicts the linear probe.

    features   (N, D), one row an image; the paper takes 25,600 images
    eps        added to every share, so that a share of zero has a logarithm

        RankMe(Z) = exp(−Σₖ pₖ log pₖ),   pₖ = σₖ(Z) / ‖σ(Z)‖₁ + ε

    Garrido, Balestriero, Najman and LeCun, "RankMe: assessing the downstream performance of pretrained self-supervised
    representations by their rank", ICML 2023 (arXiv:2210.02885). But for ε it is `effective_rank`; the mean is
    not taken off, so that collapse to one point gives 1. It compares runs of one method, not one method with another.
    Raises ValueError for another shape, NaN, features that are all zero, and eps outside [0, 1].

    >>> round(rankme(torch.eye(4)), 4), round(rankme(torch.ones(5, 3)), 4)
    (4.0, 1.0)
    """
    if len(features) > 2 * features.shape[1]:
        features = torch.linalg.qr(features, mode="r").R             # (D, D): smaller, with the same singular values
    return _smooth_rank(torch.linalg.svdvals(features), eps)


def _prepare_views(views, delta, eps):
    views = points(views, "views", ("n", "q", "D"))
    wanted = "two images or more with two views or more of each, (n, q, D)"
    expect.that(views.shape[0] >= 2 and views.shape[1] >= 2, "views", views, wanted)
    expect.positive(delta, "delta")
    expect.number(eps, "eps", at_least=0, at_most=1)
    views = views.double()
    spread = (views.mean(dim=1) - views.mean(dim=(0, 1))).abs().max()
    differ = bool(spread > 1e-12 * views.abs().max())
    expect.that(differ, "views", expect.Words("the same mean for every image"), "some variation between images")
    return {"views": views}


@prepared(_prepare_views)
def lidar(views: Tensor, delta: float = 1e-4, eps: float = 1e-7) -> float:
    """How many directions tell images apart better than the views of one image, 1 to min(n − 1, D).

    views   (n, q, D), q views of each of n images, embedded by the network whose loss they were trained with; the paper
            takes n = 1,000 and q = 50
    delta   added to the diagonal of Σ_w, so that it has an inverse: only directions in which views vary by much more
            than that are counted by their ratio
    eps     added to every share, so that a share of zero has a logarithm

    It is the rank of linear discriminant analysis with every image as a class of its own. With μᵢ the mean of image i's
    views and μ the mean of all,

        Σ_b = meanᵢ (μᵢ − μ)(μᵢ − μ)ᵀ     Σ_w = meanᵢⱼ (zᵢⱼ − μᵢ)(zᵢⱼ − μᵢ)ᵀ + δ I

        LiDAR = exp(−Σₖ pₖ log pₖ),   pₖ = λₖ / ‖λ‖₁ + ε,   λ the eigenvalues of Σ_w^(−1/2) Σ_b Σ_w^(−1/2)

    Thilak, Huang, Saremi, Dinh, Goh, Nakkiran, Susskind and Littwin, "LiDAR: sensing linear probing performance in joint
    embedding SSL architectures", ICLR 2024 (arXiv:2312.04000). Noise that has full rank for RankMe varies
    within images as well, and counts for little here.
    Raises ValueError for another shape, fewer than two images or views, NaN, δ ≤ 0, and images that are all the same.

    >>> corners = torch.tensor([[3.0, 0.0], [-3.0, 0.0], [0.0, 3.0], [0.0, -3.0]])     # four images, two directions
    >>> jitter = torch.tensor([[0.1, 0.1], [-0.1, -0.1], [0.1, -0.1], [-0.1, 0.1]])    # the same four views of each
    >>> round(lidar(corners[:, None] + jitter), 4)
    2.0
    """
    means = views.mean(dim=1)                                        # (n, D): one for each image
    between, within = means - means.mean(dim=0), (views - means[:, None]).flatten(0, 1)
    between, within = between.T @ between / len(between), within.T @ within / len(within)
    within.diagonal().add_(delta)

    values, U = torch.linalg.eigh(within)
    inverse_root = (U * values.rsqrt()) @ U.T                        # Σ_w^(−1/2), (D, D)
    return _smooth_rank(torch.linalg.eigvalsh(inverse_root @ between @ inverse_root).clamp(min=0), eps)


def _smooth_rank(spectrum: Tensor, eps: float) -> float:
    p = spectrum / spectrum.sum() + eps
    return torch.special.entr(p).sum().exp().item()                  # entr(p) = −p log p, and 0 for p = 0
