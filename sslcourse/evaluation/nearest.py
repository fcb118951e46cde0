"""The nearest rows by cosine similarity: exact, in blocks of bounded memory."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect
from .arrays import points

BLOCK = 2**24  # similarities held at once: 128 MB of float64


def nearest_rows(queries: Tensor, bank: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """For each row of `queries` (N, D) its `k` most similar rows of `bank` (M, D) by cosine, most similar first.

    Returns similarities (N, k), float64, and indices (N, k). All is computed in float64: float32 would lose the small
    angles between rows that lie far from the origin, such as features with a large mean. A row of zeros has similarity 0 to
    everything. ValueError: other shapes, NaN, k > M. The cosine is the vote's of Wu et al. (arXiv:1805.01978), section 3.4.

    >>> nearest_rows(torch.tensor([[1.0, 0.1]]), torch.tensor([[0.0, 1.0], [5.0, 0.0], [1.0, 1.0]]), k=2)[1]
    tensor([[1, 2]])
    """
    queries = points(queries, "queries")
    bank = points(bank, "bank", ("M", queries.shape[1]))
    expect.integer(k, "k", at_least=1, at_most=len(bank))
    queries, bank = unit_rows(queries.double()), unit_rows(bank.double())
    found = [(block @ bank.T).topk(k, dim=1) for block in queries.split(max(1, BLOCK // len(bank)))]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])


def unit_rows(x: Tensor) -> Tensor:
    """Rows of length 1; rows of zeros stay zero."""
    largest = torch.linalg.vector_norm(x, ord=torch.inf, dim=1, keepdim=True)               # (N, 1)
    x = x / largest.masked_fill(largest == 0, 1)  # so that squares neither overflow nor vanish
    length = x.norm(dim=1, keepdim=True)
    return x.div_(length.masked_fill(length == 0, 1))
