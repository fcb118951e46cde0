"""Minus the cosine: the loss of SimSiam (Chen & He, 2021, arXiv:2011.10566) and, up to a constant, of BYOL."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(x0, x1, dim):
    for value, name in ((x0, "x0"), (x1, "x1")):
        inputs.floats(value, name)
    expect.same_shape(x0, x1, "x0, x1")
    expect.that(x0.dim() >= 2, "x0", x0, "a batch of vectors, (N, D)")
    expect.integer(dim, "dim", at_least=-x0.dim(), at_most=x0.dim() - 1)


@expect.checked(_check)
@inputs.full_precision
def negative_cosine_similarity(x0: Tensor, x1: Tensor, dim: int = 1) -> Tensor:
    r"""Minus the cosine between prediction and target, averaged over the batch.

    SimSiam (Chen & He, 2021), equation (1):

        D(p, z) = − p / ‖p‖₂ · z / ‖z‖₂

    BYOL (Grill et al., 2020, arXiv:2006.07733), equation (2), is ‖p/‖p‖ − z/‖z‖‖² = 2 + 2 D(p, z). Both methods stop the
    gradient at the target and sum over the views: see `simsiam_loss`.

    x0, x1   two tensors of one shape, (N, D) or with more dimensions
    dim      where the vectors lie

    Raises ValueError for shapes that differ, non-finite numbers, a `dim` that the tensors do not have.

    >>> import torch
    >>> negative_cosine_similarity(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
    tensor(-0.)
    """
    return -(F.normalize(x0, dim=dim) * F.normalize(x1, dim=dim)).sum(dim=dim).mean()


def _check_four(p0, p1, z0, z1):
    inputs.floats(p0, "p0", ("N", "D"))
    for value, name in ((p1, "p1"), (z0, "z0"), (z1, "z1")):
        inputs.floats(value, name, tuple(p0.shape))


@expect.checked(_check_four)
@inputs.full_precision
def simsiam_loss(p0: Tensor, p1: Tensor, z0: Tensor, z1: Tensor) -> Tensor:
    """Each view's prediction against the *other* view's projection, which counts as a constant.

    Chen & He (2021), equation (4), with D minus the cosine similarity and sg the stopped gradient:

        L = ½ D(p0, sg(z1)) + ½ D(p1, sg(z0))

    p0, p1, z0, z1   (N, D) each, row by row the same images

    Returns a scalar in [−1, 1]. Raises ValueError for shapes that differ and for numbers that are not finite.

    >>> import torch
    >>> p, z = torch.eye(2), torch.eye(2, requires_grad=True)
    >>> loss = simsiam_loss(p, p, z, z)
    >>> loss.item(), loss.requires_grad  # perfect agreement, and nothing for z to learn
    (-1.0, False)
    """
    D = negative_cosine_similarity
    return (D(p0, z1.detach()) + D(p1, z0.detach())) / 2


class NegativeCosineSimilarity(nn.Module):
    """`negative_cosine_similarity` as a module.

    dim   where the vectors lie

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
