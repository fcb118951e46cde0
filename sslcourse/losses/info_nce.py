"""InfoNCE: find the right key among others (van den Oord et al., 2018, arXiv:1807.03748), with or without a bank of them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(query, key, temperature, bank):
    inputs.pair(query, key, ("query", "key"))
    expect.positive(temperature, "temperature")
    if bank is None:
        inputs.rows(len(query), "query, key", 2)
    else:
        inputs.floats(bank, "bank", ("K", query.shape[1]))


@expect.checked(_check)
@inputs.full_precision
def info_nce(query: Tensor, key: Tensor, temperature: float = 0.1, bank: Tensor | None = None) -> Tensor:
    r"""How hard it is to tell each query's own key from the wrong ones, in nats.

    van den Oord et al. (2018), equation (4), with the cosine similarity for the density ratio:

        L = −1/N Σ_i log  exp(sim(q_i, k_i) / τ)  /  ( exp(sim(q_i, k_i) / τ) + Σ_{k' wrong} exp(sim(q_i, k') / τ) )

    query, key    (N, D), row by row what belongs together, of any length: they are normalised here
    temperature   τ > 0
    bank          (K, D), the wrong keys, the same for every query (MoCo's queue, arXiv:1911.05722, equation (1)).
                  None: the wrong ones are the other rows of `key` (CPC, NNCLR), and N ≥ 2

    Gradients go to all three: a bank is a buffer, and a key that must not learn comes detached. Raises ValueError for another
    rank, shapes that do not fit, numbers that are not finite, τ ≤ 0, one row alone without a bank.

    >>> q = torch.eye(2)
    >>> round(info_nce(q, q, 0.5).item(), 4), round(info_nce(q, q, 0.5, bank=-q).item(), 4)
    (0.1269, 0.1429)
    """
    q, k = F.normalize(query, dim=1), F.normalize(key, dim=1)
    if bank is None:
        logits, right = q @ k.T, torch.arange(len(q), device=q.device)          # (N, N): the right ones on the diagonal
    else:
        own = (q * k).sum(dim=1, keepdim=True)                                  # (N, 1)
        logits = torch.cat([own, q @ F.normalize(bank, dim=1).T], dim=1)        # (N, 1 + K): the right one first
        right = torch.zeros(len(q), dtype=torch.long, device=q.device)
    return F.cross_entropy(logits / temperature, right)
