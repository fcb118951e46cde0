"""Negative cosine similarity: the loss of SimSiam (arXiv:2011.10566) and, up to a constant, of BYOL."""

from __future__ import annotations

from torch import Tensor, nn

from .. import expect
from . import inputs


def negative_cosine_similarity(x0: Tensor, x1: Tensor, dim: int = 1) -> Tensor:
    r"""Minus the cosine between prediction and target, averaged over the batch.

    SimSiam (Chen & He, 2021), equation (1):

        D(p, z) = − p / ‖p‖₂ · z / ‖z‖₂

    BYOL (Grill et al., 2020, arXiv:2006.07733), equation (2), is ‖p/‖p‖ − z/‖z‖‖² = 2 + 2 D(p, z).
    Both methods stop the gradient at the target: that is the caller's `z.detach()`, and so is the symmetric sum over
    the views.

    Args:
        x0, x1: two tensors of one shape, (N, D).
        dim: where the vectors lie.

    Raises:
        ValueError: shapes that differ, non-finite numbers, a `dim` that the tensors do not have.

        >>> import torch
        >>> negative_cosine_similarity(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        tensor(-0.)

    lightly's NegativeCosineSimilarity is the same; a zero vector's gradient is divided by `eps` there, and stays
    small here.
    """
    for value, name in ((x0, "x0"), (x1, "x1")):
        expect.tensor(value, name)
        inputs.floats(value, name, (None,) * value.dim())
    expect.same_shape(x0, x1, "x0, x1")
    expect.that(x0.dim() >= 2, "x0", x0, "a batch of vectors, (N, D)")
    expect.integer(dim, "dim", at_least=-x0.dim(), at_most=x0.dim() - 1)
    with inputs.full_precision(x0, x1) as (x0, x1):
        return -(inputs.unit(x0, dim) * inputs.unit(x1, dim)).sum(dim).mean()


class NegativeCosineSimilarity(nn.Module):
    """`negative_cosine_similarity` as a module.

        >>> import torch
        >>> criterion = NegativeCosineSimilarity()
        >>> criterion(torch.eye(3), 5 * torch.eye(3))
        tensor(-1.)
    """

    def __init__(self, dim: int = 1):
        super().__init__()
        expect.integer(dim, "dim")
        self.dim = dim

    def forward(self, x0: Tensor, x1: Tensor) -> Tensor:
        return negative_cosine_similarity(x0, x1, self.dim)
