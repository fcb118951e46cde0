"""Perplexity: how many neighbours a point feels, as t-SNE measures it.

Van der Maaten & Hinton (2008), "Visualizing data using t-SNE", JMLR 9: equation 1, and the definition of Perp after it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import expect


def _check_perplexity(distances_sq, sigma):
    expect.tensor(distances_sq, "distances_sq", ("N", "M"), finite=True)
    expect.that(distances_sq.is_floating_point(), "distances_sq", distances_sq, "floating point")
    negative = expect.Words("a negative number inside")
    expect.that(bool((distances_sq >= 0).all()), "distances_sq", negative, "squared distances, all ≥ 0")
    expect.tensor(sigma, "sigma", (len(distances_sq),), finite=True)
    expect.that(bool((sigma > 0).all()), "sigma", expect.Words("zero or less inside"), "widths, all > 0")
    expect.that(sigma.dtype == distances_sq.dtype, "sigma", sigma, f"the dtype of distances_sq, {distances_sq.dtype}")


@expect.checked(_check_perplexity)
def perplexity(distances_sq: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
    """t-SNE's perplexity: how likely each point is to pick each other one as its neighbor, and how many that amounts to.

        p(j|i) = exp(−d²(i, j) / 2σ(i)²) / Σ over m of exp(−d²(i, m) / 2σ(i)²)         Perp(i) = 2^H(i)
        H(i) = −Σ over j of p(j|i) · log₂ p(j|i)                                       (bits; 0 · log 0 is 0)

    distances_sq is (N, M): the squared distance of point i to each of M *other* points, itself left out, as p(i|i) = 0.
    sigma is (N,): the width of each point's Gaussian, in the units of the (unsquared) distance.
    Returns P (N, M), whose rows sum to 1, and the perplexity (N,), between 1 (one neighbour) and M (all alike).
    Finite however far the neighbours are. Raises ValueError for any other shape, mixed dtypes, NaN, a negative squared
    distance, and a sigma that is not positive.

    >>> P, perp = perplexity(torch.tensor([[1.0, 1.0, 1.0, 400.0]]), sigma=torch.tensor([1.0]))
    >>> perp.round(decimals=3).item()                                   # three near, one far: three neighbours
    3.0
    """
    logits = -distances_sq / (2 * sigma[:, None] ** 2)                  # (N, M)
    P = torch.softmax(logits, dim=1)                                    # subtracts each row's largest logit: no 0 / 0
    H = torch.special.entr(P).sum(dim=1) / math.log(2)                  # (N,) entr(p) = −p ln p, and 0 at p = 0
    return P, 2 ** H
