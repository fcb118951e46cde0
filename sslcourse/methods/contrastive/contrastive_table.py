"""NT-Xent in the open: its whole table of similarities, and how hard each negative is pushed away.

`losses.nt_xent` computes the same a block at a time, and never holds the table; here it can be looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import expect


def nt_xent_logits(z0: Tensor, z1: Tensor, temperature: float = 0.5) -> tuple[Tensor, Tensor]:
    """NT-Xent as a classification: who among all the other views is my partner?

    Returns logits (2N, 2N) and positive (2N,), integers. Rows and columns are the N first views, then the N second views.
    Entry [i, k] is sim(z_i, z_k) / τ with the cosine similarity, and −∞ on the diagonal: nobody may choose itself.
    positive[i] is the column of row i's partner. Their cross-entropy is SimCLR's equation (1) averaged over all 2N rows
    (Chen et al., 2020, arXiv:2002.05709).

    z0, z1        (N, D), row by row two views of the same images; of any length
    temperature   τ > 0

    ValueError: wrong rank, mismatched or non-finite embeddings, one pair alone (no negatives), τ ≤ 0.

    >>> z = torch.eye(3)
    >>> logits, positive = nt_xent_logits(z, z, temperature=0.5)
    >>> logits[0].tolist(), positive.tolist()
    ([-inf, 0.0, 0.0, 2.0, 0.0, 0.0], [3, 4, 5, 0, 1, 2])
    """
    expect.positive(temperature, "temperature")
    for value, name in ((z0, "z0"), (z1, "z1")):
        expect.tensor(value, name, ("N", "D"), finite=True)
    expect.same_shape(z0, z1, "z0, z1")
    expect.that(len(z0) >= 2, "z0, z1", expect.Words("1 row"), "at least 2, for a view needs negatives")
    z = F.normalize(torch.cat([z0, z1]), dim=1)  # (2N, D)
    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    positive = torch.arange(len(z), device=z.device).roll(len(z0))  # N … 2N − 1, then 0 … N − 1
    return logits, positive


def negative_shares(z0: Tensor, z1: Tensor, temperature: float = 0.5) -> Tensor:
    """Which share of a view's push each of its negatives gets: (2N, 2N), rows that sum to 1, 0 for itself and its partner.

    The derivative of row i's loss with respect to sim(z_i, z_k), k a negative, is w_i · share[i, k] / τ, where w_i is the
    probability that row i picks a wrong one. So the shares, a softmax over the negatives alone, say whom the loss looks
    at, and τ says how unequally. (Chen et al., 2020, arXiv:2002.05709, section 5.1 and table 2; Wang & Liu, 2021,
    arXiv:2012.09740, section 3.2.) Arguments and ValueError as in `nt_xent_logits`.

    >>> z0 = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> negative_shares(z0, z0)[0].tolist()
    [0.0, 0.5, 0.0, 0.5]
    """
    logits, positive = nt_xent_logits(z0, z1, temperature)
    return logits.scatter(1, positive[:, None], -torch.inf).softmax(dim=1)
