"""KoLeo: spread the batch over the sphere (Sablayrolles et al., 2019, arXiv:1806.03198; DINOv2, arXiv:2304.07193)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(x, eps):
    inputs.floats(x, "x", ("N", "D"))
    inputs.rows(len(x), "x", 2)
    expect.positive(eps, "eps")


@expect.checked(_check)
@inputs.full_precision
def koleo(x: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Minus the mean log distance to the nearest neighbor in the batch: a differential-entropy estimate, negated.

    After Kozachenko and Leonenko; section 3.1 of Sablayrolles et al., with the rows L2-normalised as in DINOv2,
    section 4:

        L = −1/n Σ_i log d_i,      d_i = min_{j≠i} ‖x_i − x_j‖₂

    x     (N, D), N ≥ 2, of any length
    eps   ε > 0, added to d_i, so that two equal rows cost −log ε instead of infinity; they get no gradient from each
          other, having no direction in which to part

    Raises ValueError for another rank, non-finite numbers, a single row (it has no neighbor), eps ≤ 0.

    >>> round(float(koleo(torch.tensor([[1.0, 0.0], [0.0, 3.0], [-1.0, 0.0]]))), 4)  # every nearest is √2 away
    -0.3466

    lightly's KoLeoLoss is the same for rows that lie apart. It finds the nearest row by the largest cosine, which float32
    cannot tell once the rows have nearly met: there the differences themselves have to be taken, as here.
    """
    x = F.normalize(x, dim=1)
    distances = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")  # (N, N), by differences
    itself = torch.eye(len(x), dtype=torch.bool, device=x.device)
    nearest = distances.masked_fill(itself, torch.inf).min(dim=1).values
    return -(nearest + eps).log().mean()


class KoLeoLoss(nn.Module):
    """`koleo` as a module.

    eps   ε > 0

    >>> criterion = KoLeoLoss()
    >>> round(float(criterion(torch.eye(4))), 4)
    -0.3466
    """

    def __init__(self, eps: float = 1e-8):
        super().__init__()
        expect.positive(eps, "eps")
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return koleo(x, self.eps)
