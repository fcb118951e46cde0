"""KoLeo: spread the batch over the sphere (Sablayrolles et al., 2019, arXiv:1806.03198; DINOv2, arXiv:2304.07193)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from . import inputs


def koleo(x: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Minus the mean log distance to the nearest neighbour in the batch: a differential-entropy estimate, negated.

    After Kozachenko and Leonenko; section 3.1 of Sablayrolles et al., with the rows L2-normalised as in DINOv2,
    section 4:

        L = −1/n Σ_i log d_i,      d_i = min_{j≠i} ‖x_i − x_j‖₂

    `eps` is added to d_i, so that two equal rows cost −log ε instead of infinity. They get no gradient from each other,
    having no direction in which to part.

    Args:
        x: (N, D), N ≥ 2, any length.

    Raises:
        ValueError: wrong rank, non-finite numbers, a single row (it has no neighbour), eps ≤ 0.

        >>> round(float(koleo(torch.tensor([[1.0, 0.0], [0.0, 3.0], [-1.0, 0.0]]))), 4)  # every nearest is √2 away
        -0.3466

    lightly's KoLeoLoss is the same for rows that differ; for two equal rows its gradient is of the order of 10⁷.
    """
    inputs.floats(x, "x", ("N", "D"))
    inputs.rows(len(x), "x", 2)
    expect.positive(eps, "eps")
    with inputs.full_precision(x) as (x,):
        x = inputs.unit(x)
        with torch.no_grad():
            nearest = (x @ x.T).fill_diagonal_(-torch.inf).argmax(dim=1)  # (N,): on the sphere, the largest cosine
        distance = torch.linalg.vector_norm(x - x[nearest], dim=1)
        return -(distance + eps).log().mean()


class KoLeoLoss(nn.Module):
    """`koleo` as a module.

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
