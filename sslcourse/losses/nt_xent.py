"""NT-Xent, the normalised temperature-scaled cross-entropy of SimCLR (Chen et al., 2020, arXiv:2002.05709)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect
from ..processes import gather_rows
from . import inputs


def _check(z0, z1, temperature):
    expect.positive(temperature, "temperature")
    inputs.pair(z0, z1, ("z0", "z1"))
    inputs.rows(len(z0), "z0, z1", 2)


@expect.checked(_check)
@inputs.full_precision
def nt_xent_logits(z0: Tensor, z1: Tensor, temperature: float = 0.5) -> tuple[Tensor, Tensor]:
    """NT-Xent as a classification: who among all the other views is my partner?

    Returns logits (2N, 2N) and positive (2N,), integers. Rows and columns are the N first views, then the N second views.
    Entry [i, k] is sim(z_i, z_k) / τ with the cosine similarity, and −∞ on the diagonal: nobody may choose itself.
    positive[i] is the column of row i's partner. Their cross-entropy is SimCLR's equation (1) averaged over all 2N rows.

    z0, z1        (N, D), row by row two views of the same images; of any length: they are normalised here; N ≥ 2
    temperature   τ > 0

    Raises ValueError for another rank, mismatched or non-finite embeddings, one pair alone (no negatives), τ ≤ 0.

    >>> z = torch.eye(3)
    >>> logits, positive = nt_xent_logits(z, z, temperature=0.5)
    >>> logits[0].tolist(), positive.tolist()
    ([-inf, 0.0, 0.0, 2.0, 0.0, 0.0], [3, 4, 5, 0, 1, 2])
    """
    z = F.normalize(torch.cat([z0, z1]), dim=1)  # (2N, D)
    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    positive = torch.arange(len(z), device=z.device).roll(len(z0))  # N … 2N − 1, then 0 … N − 1
    return logits, positive


@expect.checked(_check)
@inputs.full_precision
def nt_xent(z0: Tensor, z1: Tensor, temperature: float = 0.5) -> Tensor:
    r"""NT-Xent of two views' embeddings: find your other view among all 2N − 1 others.

    SimCLR, equation (1), with (i, j) the two views of one image and sim the cosine similarity:

        ℓ(i, j) = −log  exp(sim(z_i, z_j) / τ)  /  Σ_{k=1..2N, k≠i} exp(sim(z_i, z_k) / τ)

    The loss is the mean of ℓ over all 2N rows (Algorithm 1). The row itself, k = i, is masked with −∞ before the
    softmax. Subtracting e^{1/τ} from the full sum instead drowns the other terms as τ falls, overflows float32 below
    τ = 0.0113, and has another gradient with respect to embeddings that come in normalised.

    z0, z1        (N, D), row by row two views of the same images; of any length: they are normalised here; N ≥ 2
    temperature   τ > 0

    Returns a scalar in float32 (float64 for float64 input), for float16 and bfloat16 embeddings too. Raises ValueError for
    another rank, mismatched or non-finite embeddings, one pair alone (it has no negatives), τ ≤ 0.

    Embeddings that are all alike leave nothing to tell apart, and the loss is ln(2N − 1):

    >>> z = torch.ones(4, 8)
    >>> round(float(nt_xent(z, z)), 4), round(float(torch.tensor(7.0).log()), 4)
    (1.9459, 1.9459)

    lightly's NTXentLoss computes the same function, from four N × N blocks; for N = 1 it returns 0.
    """
    logits, positive = nt_xent_logits(z0, z1, temperature)
    return F.cross_entropy(logits, positive)


@expect.checked(_check)
@inputs.full_precision
def negative_shares(z0: Tensor, z1: Tensor, temperature: float = 0.5) -> Tensor:
    """Which share of a view's push each of its negatives gets: (2N, 2N), rows that sum to 1, 0 for itself and its partner.

    The derivative of row i's loss with respect to sim(z_i, z_k), k a negative, is w_i · share[i, k] / τ, where w_i is the
    probability that row i picks a wrong one. So the shares, a softmax over the negatives alone, say whom the loss looks
    at, and τ says how unequally. (Chen et al., 2020, arXiv:2002.05709, section 5.1 and table 2; Wang & Liu, 2021,
    arXiv:2012.09740, section 3.2.) Arguments and ValueError as in `nt_xent_logits`: z0 and z1 are (N, D).

    >>> z0 = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> negative_shares(z0, z0)[0].tolist()
    [0.0, 0.5, 0.0, 0.5]
    """
    logits, positive = nt_xent_logits(z0, z1, temperature)
    return logits.scatter(1, positive[:, None], -torch.inf).softmax(dim=1)


class NTXentLoss(nn.Module):
    """`nt_xent` as a module.

    temperature          τ > 0
    gather_distributed   take the views of all processes, with their gradients: each then returns the loss of them all

    >>> criterion = NTXentLoss(temperature=0.5)
    >>> z0, z1 = torch.eye(4), torch.eye(4)
    >>> round(float(criterion(z0, z1)), 4)  # log(1 + 6 exp(−1 / 0.5)): six negatives, all orthogonal
    0.5944
    """

    def __init__(self, temperature: float = 0.5, gather_distributed: bool = False):
        super().__init__()
        expect.positive(temperature, "temperature")
        self.temperature = temperature
        self.gather_distributed = gather_distributed

    def forward(self, z0: Tensor, z1: Tensor) -> Tensor:
        if self.gather_distributed:
            z0, z1 = gather_rows(z0), gather_rows(z1)
        return nt_xent(z0, z1, self.temperature)
